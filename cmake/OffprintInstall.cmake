# The installed tree: the program, its headers, libraries and shared files, the man page and completion, and the CMake package:
# find_package(offprint) gives one target a floor (offprint::math) and one a paper (offprint::presto).
include(CMakePackageConfigHelpers)
get_property(exported GLOBAL PROPERTY OFFPRINT_EXPORTED)
install(TARGETS ${exported} offprint_flags EXPORT offprint-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT offprint-targets NAMESPACE offprint:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/offprint)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/src/offprint DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp" PATTERN "page" EXCLUDE PATTERN "cli" EXCLUDE)
install(TARGETS offprint offprint-torch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/data/papers.json ${CMAKE_SOURCE_DIR}/results/claims.json DESTINATION ${CMAKE_INSTALL_DATADIR}/offprint)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/src/offprint/page/assets DESTINATION ${CMAKE_INSTALL_DATADIR}/offprint)
get_property(examples GLOBAL PROPERTY OFFPRINT_EXAMPLES)
install(FILES ${examples} DESTINATION ${CMAKE_INSTALL_DATADIR}/offprint/examples)
install(DIRECTORY ${CMAKE_BINARY_DIR}/share/offprint/assets/vendor DESTINATION ${CMAKE_INSTALL_DATADIR}/offprint/assets)

configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/offprint-config.cmake.in ${CMAKE_BINARY_DIR}/offprint-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/offprint)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/offprint-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/offprint-config.cmake ${CMAKE_BINARY_DIR}/offprint-config-version.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/offprint)

# Generated from the contract by the program itself: see src/offprint/cli.
install(FILES ${CMAKE_BINARY_DIR}/offprint.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_BINARY_DIR}/offprint.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME offprint)
