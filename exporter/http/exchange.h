#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporter/http/server.h"

struct mg_connection;
struct mg_request_info;

namespace plimsoll::http {

constexpr long long kMaxBodyBytes = 1 << 20;

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// "127.0.0.1:40112", as PeerOf of the connection's socket has it.
std::string PeerOf(const mg_request_info& info);

// One request and its answer on a civetweb connection; lives on the worker's stack.
class Exchange {
 public:
  explicit Exchange(mg_connection* connection);

  // Method, path, query, headers and remote. An answer when the head makes no sense (400, 417).
  std::optional<Response> ReadHead();
  // The body, at most kMaxBodyBytes. An answer when it is too large (413) or broken (400).
  std::optional<Response> ReadBody();

  const Request& request() const { return request_; }
  void SetParameters(std::vector<std::pair<std::string, std::string>> parameters) {
    request_.parameters = std::move(parameters);
  }
  // Whether what follows the request, once Drain took the rest of its body, is known to be the next one.
  bool IsBounded() const;
  // What the client asked for in HTTP/1.x terms.
  bool WantsKeepAlive() const;

  // Writes status line, headers, then the body straight from the shared
  // string. False when the client did not take all of it.
  bool Write(const Response& response, const HeaderList& extra, bool keep_alive);
  // Bytes of a streaming answer, after Write gave its head. False when the client did not take all of them.
  bool WritePiece(std::string_view bytes);
  // Reads what is left of a refused body, within bounds, so that closing does
  // not throw away the answer under way. False: the connection cannot be used again.
  bool Drain();

 private:
  std::optional<Response> CheckHost() const;
  std::optional<Response> ReadChunks();
  bool CanDrain() const;

  mg_connection* connection_;
  Request request_;
  std::string version_;
  bool chunked_ = false;
  bool broken_ = false;
  long long unread_ = 0;  // bytes of the body still to come; for a chunked one 1 until its end was seen
};

// Writes an answer to a connection whose request civetweb could not parse.
bool WriteUnparsed(mg_connection* connection, const Response& response, const HeaderList& extra);

// Makes civetweb do what the answer's Connection header promised.
void SetKeepAlive(mg_connection* connection, bool keep_alive);

}  // namespace plimsoll::http
