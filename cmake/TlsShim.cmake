# The two libraries through which civetweb finds OpenSSL 3 at run time (why:
# exporter/http/tls_shim/tls_shim.cc). The program looks for them in tls/ beside
# itself and in ../lib/plimsoll/tls, and only when TLS is configured: building
# needs libssl-dev, running needs libssl.so.3 at most.
find_package(OpenSSL 3 REQUIRED)

function(plimsoll_tls_library name source library)
  add_library(${name} SHARED exporter/http/tls_shim/${source})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${library} LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tls)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Werror -Wshadow -O2)
  # Not a symbol of libcrypto is used here, yet it must come along.
  target_link_options(${name} PRIVATE -Wl,--no-as-needed -Wl,-z,relro -Wl,-z,now)
  target_link_libraries(${name} PRIVATE ${ARGN})
  install(TARGETS ${name} LIBRARY DESTINATION lib/plimsoll/tls)
endfunction()

plimsoll_tls_library(plimsoll_tls_crypto crypto_shim.cc crypto OpenSSL::Crypto)
plimsoll_tls_library(plimsoll_tls_ssl tls_shim.cc ssl OpenSSL::SSL OpenSSL::Crypto)
add_custom_target(plimsoll_tls DEPENDS plimsoll_tls_crypto plimsoll_tls_ssl)
