// An empty library named libcrypto.so that brings libcrypto.so.3 with it: see tls_shim.cc.
extern "C" const char* plimsoll_crypto_shim() { return "libcrypto.so.3"; }
