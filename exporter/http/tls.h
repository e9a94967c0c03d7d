#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/http/connections.h"
#include "exporter/http/web_config.h"
#include "model/result.h"

namespace plimsoll::http {

// A fault of TLS settings: what, and which part of them it is about (null: none in particular).
struct TlsFault {
  const Pem* part = nullptr;
  std::string message;
};

// OpenSSL, loaded only when this is made. Never unloaded again.
class Tls {
 public:
  // Where the shim libraries may be: beside the program (tls/) and where a package puts them.
  static std::vector<std::string> ShimFolders();
  // Fails, saying what to install, when the shim or OpenSSL 3 is missing.
  static Result<std::unique_ptr<Tls>> Load(const std::vector<std::string>& folders = ShimFolders());
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  // For handshakes from now on; a fault changes nothing. Thread-safe.
  tl::expected<void, TlsFault> Use(const TlsSettings& settings);
  // Has `connections`, which must outlive every connection, know of each from its handshake on. Before the
  // first.
  void TellOf(Connections& connections) const;
  // The SSL_CTX for civetweb; belongs to this object.
  void* ssl_ctx() const;

 private:
  struct Shim;
  explicit Tls(std::unique_ptr<Shim> shim);
  std::unique_ptr<Shim> shim_;
};

}  // namespace plimsoll::http
