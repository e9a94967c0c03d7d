#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/load.h"

namespace plimsoll::http {

// What a server asks of a client's certificate; the names of Go's crypto/tls.
enum class ClientAuth {
  kNone,              // NoClientCert
  kRequest,           // RequestClientCert: asked for, not checked
  kRequireAny,        // RequireAnyClientCert: must be there, not checked
  kVerifyIfGiven,     // VerifyClientCertIfGiven
  kRequireAndVerify,  // RequireAndVerifyClientCert
};

// PEM text of the file or of the configuration itself, and where the
// configuration names it (0 when it does not).
struct Pem {
  std::string text;
  std::string file;  // "" when inline
  int line = 0, column = 0;
  bool operator==(const Pem&) const = default;
};

struct TlsSettings {
  Pem cert, key, client_ca;  // without client_ca the system's authorities count
  ClientAuth client_auth = ClientAuth::kNone;
  std::vector<std::string> client_allowed_sans;
  uint16_t min_version = 0x0303, max_version = 0x0304;  // as on the wire: TLS 1.2 and 1.3
  std::string ciphers;                                  // of TLS 1.2 in OpenSSL's names, "" for its default
  std::string groups;                                   // in OpenSSL's names, "" for its default
  bool prefer_server_ciphers = true;
  bool operator==(const TlsSettings&) const = default;
};

struct RateLimit {
  std::chrono::milliseconds interval{0};  // one request each, 0: no limit
  int burst = 0;                          // that many at once
  bool operator==(const RateLimit&) const = default;
};

// exporter-toolkit's web configuration file: TLS, headers, users, rate limit.
struct WebConfig {
  std::optional<TlsSettings> tls;
  std::vector<std::pair<std::string, std::string>> headers;  // for every answer
  std::map<std::string, std::string> users;                  // name to bcrypt hash
  RateLimit rate_limit;
  std::vector<std::string> files;  // read besides the configuration: certificate, key, CA
  bool operator==(const WebConfig&) const = default;
};

struct LoadedWebConfig {
  WebConfig config;
  std::vector<ConfigFault> faults;  // all of the file's, in its order; config is usable only when empty
};

// Reads and checks the file and the files it names (relative to its folder).
// Whether certificate and key fit each other only TLS itself finds out. Faults
// never quote a key, password or hash.
LoadedWebConfig LoadWebConfigFile(const std::string& file);
LoadedWebConfig LoadWebConfigText(const std::string& text, const std::string& file);

// "$2y$10$" and 53 characters, cost 4 to 18 (18 takes seconds).
bool IsBcryptHash(std::string_view text);
// Of a bcrypt hash: each step doubles the time that a check takes.
int BcryptCost(std::string_view hash);

}  // namespace plimsoll::http
