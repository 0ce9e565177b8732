# Writes build_facts.hpp, at every build and only if it changes: the commit in it must be the one that is built, not the one that was configured.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty=+ OUTPUT_VARIABLE OFFPRINT_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT OFFPRINT_COMMIT)
  set(OFFPRINT_COMMIT unknown)
endif()
configure_file(${SOURCE}/src/offprint/base/build_facts.hpp.in ${FACTS} @ONLY)
