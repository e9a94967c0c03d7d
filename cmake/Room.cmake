# A room is a library whose headers can be seen only by those who link it: each
# room gets an include root of its own that holds nothing but the room. A wrong
# arrow fails at the #include.
#
#   plimsoll_room(NAME DIR SOURCES... [USES rooms/libraries seen by users too] [PRIVATE libraries nobody else sees])
function(plimsoll_room name dir)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;PRIVATE" ${ARGN})
  get_filename_component(parent ${dir} DIRECTORY)
  set(root ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${root}/${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${dir} ${root}/${dir} SYMBOLIC)
  list(TRANSFORM ROOM_SOURCES PREPEND ${dir}/)
  if(ROOM_SOURCES)
    add_library(${name} STATIC ${ROOM_SOURCES})
    target_include_directories(${name} PUBLIC ${root})
    target_link_libraries(${name} PUBLIC ${ROOM_USES} PRIVATE ${ROOM_PRIVATE} plimsoll_flags)
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${root})
    target_link_libraries(${name} INTERFACE ${ROOM_USES})
  endif()
endfunction()

# One test program per room: plimsoll_test(NAME ROOM_DIR USES libraries...)
# takes every tests/unit/<dir>/*_test.cc, so no test file can be forgotten.
function(plimsoll_test name dir)
  cmake_parse_arguments(TEST "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${dir}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  # What is tested is compiled as it ships. To optimise the tests themselves takes 1.8 times as long (5.7 s a file, and
  # 3.1 s without), for programs that run once. Fortification wants optimised code.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0 -U_FORTIFY_SOURCE>)
  target_compile_definitions(${name} PRIVATE PLIMSOLL_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             PLIMSOLL_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${TEST_USES} plimsoll_flags GTest::gmock GTest::gtest_main)
  # GoogleTest's headers are read once for all test programs: 0.9 s less for each of their files.
  get_property(first GLOBAL PROPERTY plimsoll_first_test)
  if(first)
    target_precompile_headers(${name} REUSE_FROM ${first})
  else()
    target_precompile_headers(${name} PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
    set_property(GLOBAL PROPERTY plimsoll_first_test ${name})
  endif()
  add_test(NAME ${name} COMMAND ${name})
  # Counted lines run ten times as long, and `./dev coverage` lets everything else go first.
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT $<IF:$<BOOL:${PLIMSOLL_COVERAGE}>,1500,300>)
endfunction()
