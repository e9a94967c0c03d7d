#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "exporter/http/connections.h"
#include "exporter/http/exchange.h"
#include "exporter/http/router.h"
#include "exporter/http/server.h"
#include "exporter/http/web_access.h"

namespace plimsoll::http {

// Answers requests: who may ask, which handler, what when there is none. Every
// worker uses it at once; no exception leaves it.
class Service {
 public:
  explicit Service(const ServerOptions& options)
      : connections_(options.worker_threads, options.io_timeout),
        most_streams_(std::max(1, options.worker_threads / 4)),
        on_request_(options.on_request) {}

  // Before the server starts.
  Router& router() { return router_; }
  // Reads the web configuration; without it everyone is served in plain HTTP.
  Result<void> Open(const std::string& web_config_file);

  Connections& connections() { return connections_; }
  WebAccess* access() const { return access_.get(); }
  // From now on every answer closes its connection.
  void Close();

  // One request; what civetweb's begin_request callback returns.
  int Serve(mg_connection* connection);
  // A request that civetweb could not parse.
  void ServeUnparsed(mg_connection* connection, int status);

 private:
  int Exchanged(mg_connection* connection);
  Response Answer(Exchange& exchange, Connections::Handle active, std::string_view& pattern);
  void RunStream(Exchange& exchange, Connections::Handle active, const Response& response);
  Response Guarded(const Handler& handler, const Request& request);
  std::shared_ptr<const HeaderList> ExtraHeaders() const;
  void Report(std::string_view pattern, int status, std::chrono::nanoseconds duration);

  Router router_;
  Connections connections_;
  std::unique_ptr<WebAccess> access_;
  const int most_streams_;
  std::atomic<int> streams_{0};
  const std::function<void(std::string_view, int, std::chrono::nanoseconds)> on_request_;
  std::atomic<bool> closing_{false};
};

}  // namespace plimsoll::http
