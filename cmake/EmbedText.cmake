# Compiles a text file into a target as `extern const char NAME[]` of a namespace,
# so that the file stays the only place where the text stands.
#
#   plimsoll_embed_text(TARGET FILE NAMESPACE NAME)
function(plimsoll_embed_text target file namespace name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${file})
  file(READ ${CMAKE_SOURCE_DIR}/${file} text)
  set(generated ${CMAKE_BINARY_DIR}/embedded/${file}.cc)
  file(CONFIGURE OUTPUT ${generated} @ONLY
       CONTENT "namespace @namespace@ {\nextern const char @name@[];\nconst char @name@[] = R\"embedded(@text@)embedded\";\n}\n")
  target_sources(${target} PRIVATE ${generated})
endfunction()
