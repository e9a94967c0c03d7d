# Compiles files into a target as the table `extern const EmbeddedFile kEmbeddedFiles[]`
# of plimsoll::page (exporter/page/embedded.h), each under its own name with the
# hash of its bytes, so that a browser asks for a file again only when it changed.
#
#   plimsoll_embed_page(TARGET PATHS...)
function(plimsoll_embed_page target)
  set(texts "")
  set(table "")
  set(number 0)
  foreach(path ${ARGN})
    get_filename_component(name ${path} NAME)
    file(READ ${path} text)
    file(SHA256 ${path} hash)
    string(SUBSTRING ${hash} 0 20 hash)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    string(APPEND texts "constexpr char kText${number}[] = R\"embedded(${text})embedded\";\n")
    string(APPEND table "    {\"${name}\", \"${hash}\", {kText${number}, sizeof kText${number} - 1}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  set(generated ${CMAKE_BINARY_DIR}/embedded/page.cc)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT "#include \"exporter/page/embedded.h\"

namespace plimsoll::page {
namespace {
@texts@}  // namespace
extern const EmbeddedFile kEmbeddedFiles[] = {
@table@};
extern const size_t kEmbeddedFileCount = sizeof kEmbeddedFiles / sizeof kEmbeddedFiles[0];
}  // namespace plimsoll::page
")
  # The charts' library is one literal, longer than the 64 KiB that clang says every compiler must take.
  set_source_files_properties(${generated} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
  target_sources(${target} PRIVATE ${generated})
endfunction()

# The charts' library. Where Debian's package is not installed the page says so in place of charts.
find_file(PLIMSOLL_DYGRAPHS_JS NAMES dygraph.min.js dygraph.js
          PATHS /usr/share/javascript/dygraphs /usr/share/javascript/dygraph PATH_SUFFIXES dist NO_DEFAULT_PATH
          DOC "dygraphs 2: charts of the page (Debian's libjs-dygraphs)")
if(NOT PLIMSOLL_DYGRAPHS_JS)
  message(WARNING "libjs-dygraphs is not installed: the page is built without charts (./dev deps run installs it)")
endif()
