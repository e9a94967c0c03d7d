# What `plimsoll --version` and plimsoll_build_info say. A tree without git (a
# source package, a container build) passes -DPLIMSOLL_REVISION= and
# -DPLIMSOLL_BRANCH=, or has none.
set(PLIMSOLL_REVISION "" CACHE STRING "commit of this tree; empty: asked of git when CMake runs")
set(PLIMSOLL_BRANCH "" CACHE STRING "branch of this tree; empty: asked of git when CMake runs")

function(plimsoll_ask_git variable)
  if(NOT "${${variable}}" STREQUAL "" OR NOT GIT_FOUND)
    return()
  endif()
  execute_process(COMMAND ${GIT_EXECUTABLE} ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE answer
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(${variable} ${answer} PARENT_SCOPE)
  endif()
endfunction()

find_package(Git QUIET)
plimsoll_ask_git(PLIMSOLL_REVISION describe --always --abbrev=12 --exclude=* --dirty)
plimsoll_ask_git(PLIMSOLL_BRANCH rev-parse --abbrev-ref HEAD)
set_source_files_properties(
  ${CMAKE_SOURCE_DIR}/model/version.cc
  PROPERTIES COMPILE_DEFINITIONS
             "PLIMSOLL_VERSION=\"${PROJECT_VERSION}\";PLIMSOLL_REVISION=\"${PLIMSOLL_REVISION}\";PLIMSOLL_BRANCH=\"${PLIMSOLL_BRANCH}\"")
