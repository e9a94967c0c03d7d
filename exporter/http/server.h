#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.h"

namespace plimsoll::http {

struct Request {
  std::string method, path, query, body, remote;  // path decoded, without the query
  std::vector<std::pair<std::string, std::string>>
      headers;  // each name once: the server joins repeated ones by ", "
  std::vector<std::pair<std::string, std::string>>
      parameters;                                           // what {names} of the route stand for, decoded
  std::string_view Header(std::string_view name) const;     // case-insensitive; "" when absent
  std::string_view Parameter(std::string_view name) const;  // "" when the route has no such name
};

// Where a streaming answer goes. Belongs to the server, lives as long as the call it is given to.
class Stream {
 public:
  virtual ~Stream() = default;
  // Blocks until the client took the bytes. False: it is gone or too slow, or the server stops; return then.
  virtual bool Write(std::string_view bytes) = 0;
  // Whether anybody still listens. Who has nothing to write asks four times a second.
  virtual bool open() const = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body;  // null: empty
  bool compress = false;  // the server gzips the body where the client takes that and it is worth it
  // Instead of a body: writes the answer piece by piece after the head went out,
  // and ends it by returning. Holds a worker meanwhile, so at most a quarter of
  // them stream; who comes then gets a 503. Not called for HEAD.
  std::function<void(Stream&)> stream;
};

// {"error":{"code":"NOT_FOUND","message":"..."}}
Response ErrorResponse(int status, std::string_view code, std::string_view message);
Response TextResponse(int status, std::string text);

// Runs on a worker thread, several at once. What it throws becomes a 500.
using Handler = std::function<Response(const Request&)>;

struct ServerOptions {
  std::vector<std::string> listen_addresses;  // "host:port", ":port"; port 0 takes a free one
  std::string web_config_file;                // exporter-toolkit format; empty: plain HTTP, no authentication
  int worker_threads = 16;
  std::chrono::milliseconds io_timeout{
      10000};  // a client that neither sends nor takes a byte for so long is dropped
  // Called after each answer (after the head of a streaming one) on the worker's thread; may be empty. Route
  // is the pattern that matched, "other" when none did or the request was refused before.
  std::function<void(std::string_view route, int status, std::chrono::nanoseconds duration)> on_request;
  // Called in Start, and on a thread of the server's own whenever the web config file, or a certificate, key
  // or CA it names, has changed: whether it was taken. Never without such a file; may be empty.
  std::function<void(bool successful)> on_web_config;
};

// One civetweb server. Routes are added before Start.
class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // `path` is exact, but that "{name}" stands for one piece of it that is not
  // empty: "/containers/{id}/log". An exact path goes before one with names. GET handlers serve HEAD as well.
  void Handle(std::string method, std::string path, Handler handler);

  // Fails with what to do: address in use, bad address, unreadable web config, TLS not possible here.
  Result<void> Start();
  // Stops listening, waits at most a second for answers in flight.
  void Stop();

  std::vector<std::string> addresses() const;  // "127.0.0.1:9797", after Start
  // What is wrong with the web config file, or a certificate, key or CA it names,
  // that has changed into something broken: the settings before it stay in force. Else empty.
  std::string web_config_fault() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plimsoll::http
