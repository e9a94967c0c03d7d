#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "exporter/runtime/http_response_parser.h"
#include "model/result.h"

namespace plimsoll::runtime {

// A GET over a unix socket. (libcurl would do it as well, for 2 MiB of memory.)
//
// Every wait ends when `abort_fd` becomes readable; the Error is then "stopped".

struct HttpAnswer {
  int status = 0;
  std::string body;
};

struct HttpLimits {
  std::chrono::milliseconds timeout{5000};  // for the whole answer
  size_t max_body_bytes = size_t{1} << 20;
};

// One connection, one request, one complete answer; any status is an answer.
Result<HttpAnswer> HttpGet(const std::string& socket_path, const std::string& target,
                           const HttpLimits& limits, int abort_fd);

// Questions asked one after another on one connection, which is opened with the first.
class HttpConversation {
 public:
  // What to do when the peer ends the connection: open another, or fail from then on. A peer that is
  // going must not be connected to where somebody starts it anew for whoever connects.
  enum class WhenEnded { kConnectAgain, kFail };
  HttpConversation(std::string socket_path, WhenEnded when_ended, int abort_fd);

  // Any status is an answer. A question that is not answered in time, or by more than is allowed, ends the
  // connection, the next opens another.
  Result<HttpAnswer> Get(const std::string& target, const HttpLimits& limits);

  // Whether the last question failed only because its answer is larger than allowed.
  bool was_too_large() const { return was_too_large_; }

 private:
  Result<HttpAnswer> Ask(const std::string& target, const HttpLimits& limits);

  const std::string socket_path_;
  const WhenEnded when_ended_;
  const int abort_fd_;
  std::shared_ptr<const int> fd_;  // null: none is open
  bool peer_ended_ = false;
  bool was_too_large_ = false;
};

// An answer that goes on and on.
class HttpStream {
 public:
  // Returns when the headers are there. Fails on a status other than 200.
  static Result<HttpStream> Open(const std::string& socket_path, const std::string& target,
                                 std::chrono::milliseconds timeout, size_t max_body_bytes, int abort_fd);

  // What came in; "" when nothing did within `wait` (negative: no limit) or `wake_fd` is
  // readable (-1: none). Fails when the stream ended.
  Result<std::string> Read(std::chrono::milliseconds wait, int wake_fd = -1);

 private:
  HttpStream(std::shared_ptr<const int> fd, HttpResponseParser parser, int abort_fd)
      : fd_(std::move(fd)),
        parser_(std::make_unique<HttpResponseParser>(std::move(parser))),
        abort_fd_(abort_fd) {}
  std::shared_ptr<const int> fd_;
  std::unique_ptr<HttpResponseParser> parser_;
  int abort_fd_;
};

}  // namespace plimsoll::runtime
