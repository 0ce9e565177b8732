# How floors, rooms and tests are declared: one call each, the same flags for all.

find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(TBB REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(clp REQUIRED IMPORTED_TARGET clp)
pkg_check_modules(fftw3 REQUIRED IMPORTED_TARGET fftw3)
pkg_check_modules(openblas REQUIRED IMPORTED_TARGET openblas)
if(OFFPRINT_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(OFFPRINT_BENCH)
  find_package(benchmark REQUIRED)
endif()

add_library(offprint_flags INTERFACE)
target_include_directories(offprint_flags INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(offprint_flags INTERFACE cxx_std_20)

# Flags of our own build, not of those who link us.
add_library(offprint_own INTERFACE)
# g++ 12 wrongly reports overlapping string concatenations (its bug 105329) and uninitialised members of std::variant (its bug 105562).
target_compile_options(offprint_own INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers -Werror -fno-math-errno
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-maybe-uninitialized>")
if(OFFPRINT_SANITIZE STREQUAL "address")
  target_compile_options(offprint_own INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
  target_link_options(offprint_own INTERFACE -fsanitize=address,undefined)
elseif(OFFPRINT_SANITIZE STREQUAL "thread")
  # g++ warns of every fence in Asio; the sanitizer does not follow fences.
  target_compile_options(offprint_own INTERFACE -fsanitize=thread -fno-omit-frame-pointer -O1 $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_link_options(offprint_own INTERFACE -fsanitize=thread)
endif()
if(OFFPRINT_FUZZ)
  target_compile_options(offprint_own INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(offprint_own INTERFACE -fsanitize=address,undefined)
endif()

# libtorch, by plain names: Debian's own CMake files ask for far more than is used. Only targets that need it link it; see docs/design.md.
add_library(offprint_torch INTERFACE)
add_library(offprint::torch ALIAS offprint_torch)
set_target_properties(offprint_torch PROPERTIES EXPORT_NAME torch)
target_include_directories(offprint_torch SYSTEM INTERFACE /usr/include/torch/csrc/api/include)
target_link_libraries(offprint_torch INTERFACE torch torch_cpu c10)
set_property(GLOBAL APPEND PROPERTY OFFPRINT_EXPORTED offprint_torch)

# Its header takes a quarter of a minute to read: once, for all.
function(offprint_torch_header target)
  if(NOT TARGET offprint_torch_pch)
    file(WRITE ${CMAKE_BINARY_DIR}/torch_header.cpp "")
    add_library(offprint_torch_pch OBJECT ${CMAKE_BINARY_DIR}/torch_header.cpp)
    target_link_libraries(offprint_torch_pch PRIVATE offprint_flags offprint_own offprint_torch)
    target_precompile_headers(offprint_torch_pch PRIVATE <torch/torch.h>)
  endif()
  target_compile_options(${target} PRIVATE -fpch-preprocess)
  target_precompile_headers(${target} REUSE_FROM offprint_torch_pch)
endfunction()

# offprint_torch_floor(nn_torch SOURCES torch_cnn.cpp LIBRARIES PUBLIC x): a floor on libtorch, offprint::nn_torch.
function(offprint_torch_floor name)
  offprint_floor(${name} ${ARGN})
  target_link_libraries(offprint_${name} PUBLIC offprint_torch)
  offprint_torch_header(offprint_${name})
endfunction()

# The bodies of a room's or tool's verbs and experiments that need libtorch, linked into offprint-torch only.
function(offprint_torch_bodies slug owner)
  cmake_parse_arguments(BODIES "" "" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT BODIES_SOURCES)
    return()
  endif()
  add_library(offprint_${slug}_torch_bodies STATIC ${BODIES_SOURCES})
  target_link_libraries(offprint_${slug}_torch_bodies PUBLIC ${owner} ${BODIES_LIBRARIES} offprint_torch PRIVATE offprint_own)
  offprint_torch_header(offprint_${slug}_torch_bodies)
  set_property(GLOBAL APPEND PROPERTY OFFPRINT_TORCH_BODIES offprint_${slug}_torch_bodies)
endfunction()

# Code that describes, parses or prints runs once: optimising it hard only costs the compiler's time.
add_library(offprint_described INTERFACE)
target_compile_options(offprint_described INTERFACE $<$<CONFIG:Release>:-O1>)

# offprint_floor(math SOURCES a.cpp LIBRARIES PUBLIC x PRIVATE y): the static library offprint_math, exported as offprint::math.
# With DESCRIPTION: no hot loops in it.
function(offprint_floor name)
  cmake_parse_arguments(FLOOR "DESCRIPTION" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(offprint_${name} STATIC ${FLOOR_SOURCES})
  add_library(offprint::${name} ALIAS offprint_${name})
  set_target_properties(offprint_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(offprint_${name} PUBLIC offprint_flags PRIVATE $<BUILD_INTERFACE:offprint_own>)
  target_link_libraries(offprint_${name} ${FLOOR_LIBRARIES})
  if(FLOOR_DESCRIPTION)
    target_link_libraries(offprint_${name} PRIVATE $<BUILD_INTERFACE:offprint_described>)
  endif()
  set_property(GLOBAL APPEND PROPERTY OFFPRINT_EXPORTED offprint_${name})
endfunction()

# offprint_test(name SOURCES a_test.cpp LIBRARIES x [LABELS y]): one test program, each of its tests known to ctest.
function(offprint_test name)
  if(NOT OFFPRINT_TESTS)
    return()
  endif()
  cmake_parse_arguments(TEST "" "" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE offprint_own offprint_described ${TEST_LIBRARIES} GTest::gmock_main)
  set_target_properties(${name} PROPERTIES OFFPRINT_CHOOSES_BLAS ON)  # heard where the test links offprint::blas
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 300)
endfunction()

function(offprint_bench name)
  if(NOT OFFPRINT_BENCH)
    return()
  endif()
  cmake_parse_arguments(BENCH "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} EXCLUDE_FROM_ALL ${BENCH_SOURCES})
  target_link_libraries(${name} PRIVATE offprint_own ${BENCH_LIBRARIES} benchmark::benchmark_main)
  set_target_properties(${name} PROPERTIES OFFPRINT_CHOOSES_BLAS ON)
  set_property(GLOBAL APPEND PROPERTY OFFPRINT_BENCHES ${name})
endfunction()

# A room's CMakeLists.txt is this one call: offprint_room(presto SOURCES presto.cpp solver.cpp LIBRARIES offprint::math Eigen3::Eigen).
# SOURCES are the method; it becomes offprint::presto, without Run, page or files. paper.cpp, reproduce*.cpp and verbs/*.cpp are the room's
# description, experiments and verbs; *_test.cpp and *_bench.cpp are found by name, examples/* become the data sets data:example-NAME.
# DESCRIPTION_LIBRARIES are what only verbs and experiments need. Files torch_*.cpp hold what needs libtorch, linked with TORCH_LIBRARIES into
# offprint-torch and into the room's tests, not into offprint; tests that read libtorch's header are named torch_*_test.cpp.
function(offprint_room slug)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LIBRARIES;DESCRIPTION_LIBRARIES;TORCH_LIBRARIES" ${ARGN})
  offprint_floor(${slug} SOURCES ${ROOM_SOURCES} LIBRARIES PUBLIC offprint::base ${ROOM_LIBRARIES})
  file(GLOB own CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/verbs/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/reproduce*.cpp)
  add_library(offprint_${slug}_room STATIC paper.cpp ${own})
  target_link_libraries(offprint_${slug}_room PUBLIC offprint_${slug} offprint::reproduction offprint::data ${ROOM_DESCRIPTION_LIBRARIES}
    PRIVATE offprint_own offprint_described)
  set_property(GLOBAL APPEND PROPERTY OFFPRINT_ROOMS ${slug})
  # What needs neither libtorch nor a simulator is built first; see offprint-first.
  if(NOT "${ROOM_LIBRARIES};${ROOM_DESCRIPTION_LIBRARIES};${ROOM_TORCH_LIBRARIES}" MATCHES "offprint::(control|lm|nn|torch)")
    set_property(GLOBAL APPEND PROPERTY OFFPRINT_LIGHT_ROOMS ${slug})
  endif()
  file(GLOB torch_bodies CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/torch_*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/verbs/torch/*.cpp)
  list(FILTER torch_bodies EXCLUDE REGEX "_test\\.cpp$")
  offprint_torch_bodies(${slug} offprint_${slug}_room SOURCES ${torch_bodies} LIBRARIES ${ROOM_TORCH_LIBRARIES})
  set(tested offprint_${slug}_room)
  if(TARGET offprint_${slug}_torch_bodies)
    set(tested "$<LINK_LIBRARY:WHOLE_ARCHIVE,offprint_${slug}_torch_bodies>")
  endif()
  offprint_examples()
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  file(GLOB torch_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/torch_*_test.cpp)
  if(OFFPRINT_TESTS AND torch_tests)
    list(REMOVE_ITEM tests ${torch_tests})
    add_library(${slug}_torch_tests OBJECT ${torch_tests})
    target_link_libraries(${slug}_torch_tests PRIVATE offprint_own offprint_${slug}_room ${ROOM_TORCH_LIBRARIES} offprint_torch GTest::gmock)
    offprint_torch_header(${slug}_torch_tests)
    list(APPEND tests $<TARGET_OBJECTS:${slug}_torch_tests>)
  endif()
  offprint_test(${slug}_test SOURCES ${tests} LIBRARIES ${tested} LABELS room)
  file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_bench.cpp)
  offprint_bench(${slug}_bench SOURCES ${benches} LIBRARIES ${tested})
endfunction()

# The folder examples/ beside a room's or tool's CMakeLists.txt: small files of our own to try its verbs with.
function(offprint_examples)
  file(GLOB examples CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/examples/*)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/offprint/examples)
  foreach(example ${examples})
    get_filename_component(name ${example} NAME)
    configure_file(${example} ${CMAKE_BINARY_DIR}/share/offprint/examples/${name} COPYONLY)  # a run's sandbox does not see the sources
    set_property(GLOBAL APPEND PROPERTY OFFPRINT_EXAMPLES ${example})
  endforeach()
endfunction()

# offprint_tool(control LIBRARIES offprint::control): the noun `offprint control`, described by tool.cpp, its verbs in verbs/ as a room's are, what
# needs libtorch in torch_verbs*.cpp.
function(offprint_tool slug)
  if(OFFPRINT_ONLY AND NOT slug IN_LIST OFFPRINT_ONLY)
    return()
  endif()
  cmake_parse_arguments(TOOL "" "" "LIBRARIES;TORCH_LIBRARIES" ${ARGN})
  file(GLOB own CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/verbs/*.cpp)
  add_library(offprint_${slug}_tool STATIC tool.cpp ${own})
  target_link_libraries(offprint_${slug}_tool PUBLIC offprint::paper offprint::data ${TOOL_LIBRARIES} PRIVATE offprint_own offprint_described)
  set_property(GLOBAL APPEND PROPERTY OFFPRINT_TOOLS ${slug})
  file(GLOB torch_bodies CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/torch_verbs*.cpp)
  offprint_torch_bodies(${slug} offprint_${slug}_tool SOURCES ${torch_bodies} LIBRARIES ${TOOL_TORCH_LIBRARIES})
  offprint_examples()
endfunction()
