# The installed CMake package: find_package(offprint) gives one target a floor and one a paper.
include(CMakePackageConfigHelpers)
