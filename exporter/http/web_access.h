#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "exporter/http/basic_auth.h"
#include "exporter/http/exchange.h"
#include "exporter/http/rate_limiter.h"
#include "exporter/http/server.h"
#include "exporter/http/tls.h"
#include "exporter/http/web_config.h"

namespace plimsoll::http {

// Who may ask and how, by a web configuration file that may change while the
// server runs. Thread-safe, but Refresh belongs to one thread.
class WebAccess {
 public:
  // Fails with every fault of the file, one "file:line:column: message" a line.
  static Result<std::unique_ptr<WebAccess>> Open(const std::string& file);

  // Null when the file asks for no TLS.
  const Tls* tls() const { return tls_.get(); }
  // The answer (401, 429, 503) for a request that may not be served.
  std::optional<Response> Refuse(const Request& request);
  // The server stops: nobody waits for a password to be checked any longer.
  void Close() { auth_->Close(); }
  // Whether a page of a foreign name gets nowhere: it has no certificate of that name, or no password.
  bool IsGuarded() const { return tls_ || has_users_; }
  std::shared_ptr<const HeaderList> headers() const;

  // Takes a changed file, or certificate, key or CA it names; false when none
  // has changed. A broken one changes nothing, is logged once, and stands in
  // fault() until it is mended.
  bool Refresh();
  std::string fault() const;

 private:
  explicit WebAccess(std::string file) : file_(std::move(file)) {}
  Result<void> TakeAll();
  Result<void> Take();
  Result<void> TakeTls(const std::optional<TlsSettings>& settings);
  std::string Stamp() const;

  const std::string file_;
  std::unique_ptr<Tls> tls_;
  std::unique_ptr<BasicAuth> auth_;
  RateLimiter limiter_;
  mutable std::mutex mutex_;  // guards the next two
  std::shared_ptr<const HeaderList> headers_ = std::make_shared<const HeaderList>();
  std::string fault_;
  std::atomic<bool> has_users_{false};
  // Only Refresh's thread uses what follows.
  bool open_ = false;
  std::vector<std::string> watched_;
  std::string stamp_;
};

}  // namespace plimsoll::http
