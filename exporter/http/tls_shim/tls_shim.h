#pragma once

// What this program needs of OpenSSL and civetweb does not offer, behind C
// functions that are looked up with dlsym: OpenSSL is loaded only where TLS is
// configured. They live in a library named libssl.so, see tls_shim.cc.

#include <cstddef>
#include <cstdint>

extern "C" {

// cert, key and client_ca are PEM, client_ca null for the system's authorities; "" stands
// for OpenSSL's defaults in the others. Everything is copied.
struct PlimsollTlsSettings {
  const char* cert;  // the server's, then its chain
  const char* key;
  const char* client_ca;
  int ask_client;                   // for a certificate
  int require_client;               // to give one
  int verify_client;                // against client_ca
  const char* const* allowed_sans;  // the client's certificate must hold one; none: any
  size_t allowed_san_count;
  int min_version, max_version;  // 0x0303 TLS 1.2, 0x0304 TLS 1.3
  const char* ciphers;           // of TLS 1.2, in OpenSSL's names
  const char* groups;
  int prefer_server_ciphers;
};

// Which setting a fault is about.
enum PlimsollTlsPart {
  kPlimsollTlsNone,
  kPlimsollTlsCert,
  kPlimsollTlsKey,
  kPlimsollTlsClientCa,
  kPlimsollTlsOther
};

struct PlimsollTls;

// Null when OpenSSL cannot even make a context.
PlimsollTls* plimsoll_tls_new();
void plimsoll_tls_free(PlimsollTls* tls);

// Takes new settings for handshakes that begin from now on; connections that
// are open keep theirs. Either all of them or, on a fault, none: then the part
// is returned and `why` told. Thread-safe.
PlimsollTlsPart plimsoll_tls_use(PlimsollTls* tls, const PlimsollTlsSettings* settings, char* why,
                                 size_t why_size);

// Tells of connections from the first byte of their handshake on, on the thread that serves them: `begun`
// with the socket, `ended` with what that returned. Before the first handshake; both must not throw.
using PlimsollTlsBegun = void* (*)(void* user, int fd);
using PlimsollTlsEnded = void (*)(void* user, void* connection);
void plimsoll_tls_watch(PlimsollTls* tls, PlimsollTlsBegun begun, PlimsollTlsEnded ended, void* user);

// The SSL_CTX for the server; belongs to `tls`.
void* plimsoll_tls_ssl_ctx(PlimsollTls* tls);

using PlimsollTlsNew = PlimsollTls* (*)();
using PlimsollTlsFree = void (*)(PlimsollTls*);
using PlimsollTlsUse = PlimsollTlsPart (*)(PlimsollTls*, const PlimsollTlsSettings*, char*, size_t);
using PlimsollTlsWatch = void (*)(PlimsollTls*, PlimsollTlsBegun, PlimsollTlsEnded, void*);
using PlimsollTlsSslCtx = void* (*)(PlimsollTls*);
}
