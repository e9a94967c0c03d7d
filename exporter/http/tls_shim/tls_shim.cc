// Debian's civetweb opens "libssl.so" and "libcrypto.so", names that only the
// -dev package of OpenSSL provides, and asks them for SSL_get_peer_certificate,
// which OpenSSL 3 renamed; it then calls a null pointer at the first handshake.
// These two libraries carry those names, bring the real ones (…so.3) with them
// and add the missing function. The program opens them by path, if TLS is
// configured, before civetweb asks: the loader then gives it these.
//
// The server's SSL_CTX never changes, civetweb holds it. Each handshake is moved
// to a context of the settings in force when the client's hello comes, so that
// certificates are renewed without dropping the listener or any connection.

#include "tls_shim.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using CertPtr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;

// What a context cannot carry for the connections moved to it; owned by the context.
struct Rules {
  bool verify = false;
  int verify_mode = SSL_VERIFY_NONE;
  int min_version = TLS1_2_VERSION, max_version = TLS1_3_VERSION;
  std::string groups;
  bool prefer_server_ciphers = true;
  std::vector<std::string> allowed_sans;
};

void FreeRules(void*, void* rules, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Rules*>(rules); }

int RulesIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &FreeRules);
  return index;
}

const Rules* RulesOf(const SSL_CTX* context) {
  return static_cast<const Rules*>(SSL_CTX_get_ex_data(context, RulesIndex()));
}

std::string NameText(const GENERAL_NAME* name) {
  const ASN1_STRING* text = nullptr;
  if (name->type == GEN_DNS) text = name->d.dNSName;
  if (name->type == GEN_EMAIL) text = name->d.rfc822Name;
  if (name->type == GEN_URI) text = name->d.uniformResourceIdentifier;
  if (name->type == GEN_IPADD) text = name->d.iPAddress;
  if (!text) return {};
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<size_t>(ASN1_STRING_length(text))};
}

// An IP address stands in the certificate as 4 or 16 bytes, in the settings as text.
bool IsAllowed(const GENERAL_NAME* name, const std::string& allowed) {
  const std::string text = NameText(name);
  if (text.empty()) return false;
  if (name->type != GEN_IPADD) return text == allowed;
  const std::unique_ptr<ASN1_OCTET_STRING, Deleter<ASN1_OCTET_STRING_free>> address(
      a2i_IPADDRESS(allowed.c_str()));
  return address && static_cast<size_t>(ASN1_STRING_length(address.get())) == text.size() &&
         std::memcmp(ASN1_STRING_get0_data(address.get()), text.data(), text.size()) == 0;
}

bool HasAllowedSan(X509* cert, const std::vector<std::string>& allowed) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(cert, NID_subject_alt_name, nullptr, nullptr));
  bool found = false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    found = std::any_of(allowed.begin(), allowed.end(),
                        [&](const std::string& one) { return IsAllowed(name, one); });
  }
  GENERAL_NAMES_free(names);
  return found;
}

// Called in place of X509_verify_cert when a client gave a certificate.
int VerifyClient(X509_STORE_CTX* store, void* argument) {
  const auto* rules = static_cast<const Rules*>(argument);
  if (rules->verify && X509_verify_cert(store) <= 0) return 0;
  X509* cert = X509_STORE_CTX_get0_cert(store);
  if (!rules->allowed_sans.empty() && !(cert && HasAllowedSan(cert, rules->allowed_sans))) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
  }
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

// A fault, with OpenSSL's own reason where it has one.
struct Fault {
  PlimsollTlsPart part = kPlimsollTlsNone;
  std::string why;
};

Fault Wrong(PlimsollTlsPart part, std::string why) {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error ? ERR_reason_error_string(error) : nullptr;
  ERR_clear_error();
  if (reason) why += std::string(" (OpenSSL: ") + reason + ")";
  return {part, std::move(why)};
}

BioPtr Reader(const char* text) { return BioPtr(BIO_new_mem_buf(text ? text : "", -1)); }

// No key of a server that starts by itself has a passphrase; without this OpenSSL would ask on the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

CertPtr NextCert(BIO* in) { return CertPtr(PEM_read_bio_X509_AUX(in, nullptr, &NoPassphrase, nullptr)); }

Fault UseCert(SSL_CTX* context, const char* pem) {
  const BioPtr in = Reader(pem);
  const CertPtr cert = NextCert(in.get());
  if (!cert) return Wrong(kPlimsollTlsCert, "holds no PEM certificate");
  if (SSL_CTX_use_certificate(context, cert.get()) != 1)
    return Wrong(kPlimsollTlsCert, "the certificate cannot be used");
  while (CertPtr next = NextCert(in.get()))
    if (SSL_CTX_add0_chain_cert(context, next.get()) == 1) static_cast<void>(next.release());
  ERR_clear_error();  // the end of the text is an error to PEM_read
  return {};
}

Fault UseKey(SSL_CTX* context, const char* pem) {
  const BioPtr in = Reader(pem);
  const KeyPtr key(PEM_read_bio_PrivateKey(in.get(), nullptr, &NoPassphrase, nullptr));
  if (!key) return Wrong(kPlimsollTlsKey, "holds no PEM private key without a passphrase");
  // Checks, too, that it fits the certificate.
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return Wrong(kPlimsollTlsKey, "the private key does not belong to the certificate");
  return {};
}

Fault UseSystemsAuthorities(SSL_CTX* context) {
  if (SSL_CTX_set_default_verify_paths(context) != 1)
    return Wrong(kPlimsollTlsOther, "the system's certificate authorities cannot be read");
  return {};
}

Fault UseClientCa(SSL_CTX* context, const char* pem) {
  const BioPtr in = Reader(pem);
  int count = 0;
  while (const CertPtr cert = NextCert(in.get())) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), cert.get());
    SSL_CTX_add_client_CA(context, cert.get());
    ++count;
  }
  if (count == 0) return Wrong(kPlimsollTlsClientCa, "holds no PEM certificate");
  ERR_clear_error();
  return {};
}

Fault UseOther(SSL_CTX* context, const PlimsollTlsSettings& settings) {
  if (settings.ciphers && *settings.ciphers && SSL_CTX_set_cipher_list(context, settings.ciphers) != 1)
    return Wrong(kPlimsollTlsOther, "none of the cipher_suites is possible here");
  if (settings.groups && *settings.groups && SSL_CTX_set1_groups_list(context, settings.groups) != 1)
    return Wrong(kPlimsollTlsOther, "none of the curve_preferences is possible here");
  return {};
}

Rules* MakeRules(const PlimsollTlsSettings& settings) {
  auto rules = std::make_unique<Rules>();
  rules->verify = settings.verify_client != 0;
  if (settings.ask_client) rules->verify_mode |= SSL_VERIFY_PEER;
  if (settings.require_client) rules->verify_mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  rules->min_version = settings.min_version;
  rules->max_version = settings.max_version;
  rules->groups = settings.groups ? settings.groups : "";
  rules->prefer_server_ciphers = settings.prefer_server_ciphers != 0;
  rules->allowed_sans.assign(settings.allowed_sans, settings.allowed_sans + settings.allowed_san_count);
  return rules.release();
}

// A context with all settings, or the fault.
Fault MakeContext(const PlimsollTlsSettings& settings, ContextPtr& made) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return Wrong(kPlimsollTlsOther, "OpenSSL cannot make a context");
  Rules* rules = MakeRules(settings);
  SSL_CTX_set_ex_data(context.get(), RulesIndex(), rules);
  SSL_CTX_set_cert_verify_callback(context.get(), &VerifyClient, rules);
  for (const auto& [use, text] : {std::pair(&UseCert, settings.cert), std::pair(&UseKey, settings.key)})
    if (Fault wrong = use(context.get(), text); wrong.part != kPlimsollTlsNone) return wrong;
  Fault fault;
  if (settings.client_ca)
    fault = UseClientCa(context.get(), settings.client_ca);
  else if (settings.verify_client)
    fault = UseSystemsAuthorities(context.get());
  if (fault.part != kPlimsollTlsNone) return fault;
  if (fault = UseOther(context.get(), settings); fault.part != kPlimsollTlsNone) return fault;
  made = std::move(context);
  return {};
}

int OnClientHello(SSL* ssl, int* alert, void* argument);

}  // namespace

struct PlimsollTls {
  ContextPtr front;  // civetweb's
  // Who wants to know of connections; set before the first.
  PlimsollTlsBegun begun = nullptr;
  PlimsollTlsEnded ended = nullptr;
  void* user = nullptr;
  std::mutex mutex;
  ContextPtr current;  // guarded by mutex

  ContextPtr Current() {
    const std::lock_guard lock(mutex);
    if (current) SSL_CTX_up_ref(current.get());
    return ContextPtr(current.get());
  }
};

namespace {

// What `begun` returned for a connection; owned by its SSL.
struct Watched {
  PlimsollTls* tls;
  void* connection;
};

void EndWatched(void*, void* watched, CRYPTO_EX_DATA*, int, long, void*) {
  const std::unique_ptr<Watched> one(static_cast<Watched*>(watched));
  if (one) one->tls->ended(one->tls->user, one->connection);
}

int WatchedIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, &EndWatched);
  return index;
}

int TlsIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Called at many steps of a connection; the first is the start of the handshake.
void OnStep(const SSL* const_ssl, int where, int) {
  if ((where & SSL_CB_HANDSHAKE_START) == 0) return;
  SSL* ssl = const_cast<SSL*>(const_ssl);
  auto* tls = static_cast<PlimsollTls*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), TlsIndex()));
  if (!tls || SSL_get_ex_data(ssl, WatchedIndex())) return;
  auto watched = std::make_unique<Watched>(Watched{tls, tls->begun(tls->user, SSL_get_fd(ssl))});
  if (SSL_set_ex_data(ssl, WatchedIndex(), watched.get()) == 1)
    static_cast<void>(watched.release());
  else
    tls->ended(tls->user, watched->connection);
}

int OnClientHello(SSL* ssl, int* alert, void* argument) {
  const ContextPtr context = static_cast<PlimsollTls*>(argument)->Current();
  const Rules* rules = context ? RulesOf(context.get()) : nullptr;
  if (!rules || !SSL_set_SSL_CTX(ssl, context.get())) {
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
  }
  // SSL_set_SSL_CTX moves certificates, ciphers and the trust store; these the connection copied when it
  // began.
  SSL_set_verify(ssl, rules->verify_mode, nullptr);
  SSL_set_min_proto_version(ssl, rules->min_version);
  SSL_set_max_proto_version(ssl, rules->max_version);
  if (!rules->groups.empty()) SSL_set1_groups_list(ssl, rules->groups.c_str());
  if (!rules->prefer_server_ciphers) SSL_clear_options(ssl, SSL_OP_CIPHER_SERVER_PREFERENCE);
  return SSL_CLIENT_HELLO_SUCCESS;
}

}  // namespace

extern "C" {

PlimsollTls* plimsoll_tls_new() {
  auto tls = std::make_unique<PlimsollTls>();
  tls->front.reset(SSL_CTX_new(TLS_server_method()));
  if (!tls->front) return nullptr;
  SSL_CTX* front = tls->front.get();
  SSL_CTX_set_client_hello_cb(front, &OnClientHello, tls.get());
  // A resumed session would skip the client's certificate, a changed CA included.
  SSL_CTX_set_session_cache_mode(front, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(front, 0);
  SSL_CTX_set_options(front, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  return tls.release();
}

void plimsoll_tls_free(PlimsollTls* tls) { delete tls; }

PlimsollTlsPart plimsoll_tls_use(PlimsollTls* tls, const PlimsollTlsSettings* settings, char* why,
                                 size_t why_size) {
  ERR_clear_error();
  ContextPtr made;
  const Fault fault = MakeContext(*settings, made);
  if (fault.part != kPlimsollTlsNone) {
    std::snprintf(why, why_size, "%s", fault.why.c_str());
    return fault.part;
  }
  const std::lock_guard lock(tls->mutex);
  tls->current.swap(made);
  return kPlimsollTlsNone;
}

void plimsoll_tls_watch(PlimsollTls* tls, PlimsollTlsBegun begun, PlimsollTlsEnded ended, void* user) {
  tls->begun = begun;
  tls->ended = ended;
  tls->user = user;
  SSL_CTX_set_ex_data(tls->front.get(), TlsIndex(), tls);
  SSL_CTX_set_info_callback(tls->front.get(), &OnStep);
}

void* plimsoll_tls_ssl_ctx(PlimsollTls* tls) { return tls->front.get(); }

// The name before OpenSSL 3; the caller owns what it gets, as ever.
#undef SSL_get_peer_certificate
__attribute__((visibility("default"))) X509* SSL_get_peer_certificate(const SSL* ssl) {
  return SSL_get1_peer_certificate(ssl);
}
}
