#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/result.h"

namespace plimsoll::runtime {

// Takes an HTTP/1.1 response apart as its bytes come in (RFC 9112): Content-Length,
// chunked and until-close bodies, interim 1xx answers skipped. Strict where
// leniency could be abused: lines end in CRLF, lengths are plain digits and said
// once, everything is bounded. Pure; once failed, it stays failed.
class HttpResponseParser {
 public:
  // More than `max_body_bytes` of body that nobody took yet is a failure.
  explicit HttpResponseParser(size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}

  Result<void> Feed(std::string_view bytes);
  // The peer closed. Fails when the answer was not complete.
  Result<void> Close();

  bool headers_done() const { return status_ != 0; }
  int status() const { return status_; }  // 0 before the headers are done
  bool done() const { return state_ == State::kDone; }
  bool is_too_large() const { return is_too_large_; }        // the body, which was refused
  bool ends_connection() const { return ends_connection_; }  // the peer closes it after this answer
  std::string TakeBody();

  static constexpr size_t kMaxLineBytes = 8192;
  static constexpr size_t kMaxHeaderBytes = 65536;

 private:
  enum class State {
    kStatusLine,
    kHeader,
    kLengthBody,
    kChunkSize,
    kChunkData,
    kChunkEnd,
    kTrailer,
    kUntilClose,
    kDone,
    kFailed
  };
  Result<void> Step(std::string_view& bytes);
  // A line without its CRLF, when one is complete.
  Result<std::optional<std::string>> TakeLine(std::string_view& bytes);
  Result<void> OnLine(const std::string& line);
  Result<void> OnStatusLine(std::string_view line);
  Result<void> OnHeader(std::string_view line);
  Result<void> OnHeadersDone();
  Result<void> OnChunkSize(std::string_view line);
  Result<void> TakeData(std::string_view& bytes);

  const size_t max_body_bytes_;
  State state_ = State::kStatusLine;
  std::string line_;  // begun, not ended
  size_t header_bytes_ = 0;
  int pending_status_ = 0;
  int status_ = 0;
  bool chunked_ = false;
  bool ends_connection_ = false;
  std::optional<uint64_t> content_length_;
  uint64_t left_ = 0;  // of the body or the chunk
  std::string body_;
  bool is_too_large_ = false;
};

}  // namespace plimsoll::runtime
