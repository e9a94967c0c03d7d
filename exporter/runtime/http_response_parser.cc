#include "exporter/runtime/http_response_parser.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace plimsoll::runtime {
namespace {

bool IsTokenChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<uint64_t> ParseNumber(std::string_view digits, int base) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<void> HttpResponseParser::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (auto stepped = Step(bytes); !stepped) {
      state_ = State::kFailed;
      return stepped;
    }
  }
  return {};
}

Result<void> HttpResponseParser::Close() {
  if (state_ == State::kUntilClose) state_ = State::kDone;
  if (state_ == State::kDone) return {};
  state_ = State::kFailed;
  return Fail(headers_done() ? "connection closed in the middle of an answer"
                             : "connection closed without an answer");
}

std::string HttpResponseParser::TakeBody() { return std::exchange(body_, std::string()); }

Result<void> HttpResponseParser::Step(std::string_view& bytes) {
  switch (state_) {
    case State::kFailed:
      return Fail("answer was already broken");
    case State::kDone:
      return Fail("bytes after the end of the answer");
    case State::kLengthBody:
    case State::kChunkData:
    case State::kUntilClose:
      return TakeData(bytes);
    default:
      break;
  }
  auto line = TakeLine(bytes);
  if (!line) return tl::unexpected(line.error());
  return *line ? OnLine(**line) : Result<void>();
}

Result<std::optional<std::string>> HttpResponseParser::TakeLine(std::string_view& bytes) {
  const size_t end = bytes.find('\n');
  const size_t taken = end == std::string_view::npos ? bytes.size() : end + 1;
  if (line_.size() + taken > kMaxLineBytes) return Fail("a line of the answer is too long");
  line_.append(bytes.substr(0, taken));
  bytes.remove_prefix(taken);
  if (end == std::string_view::npos) return std::nullopt;
  std::string line = std::exchange(line_, std::string());
  line.pop_back();
  if (line.empty() || line.back() != '\r') return Fail("a line of the answer does not end in CRLF");
  line.pop_back();
  return line;
}

Result<void> HttpResponseParser::OnLine(const std::string& line) {
  if (state_ == State::kStatusLine || state_ == State::kHeader || state_ == State::kTrailer) {
    header_bytes_ += line.size() + 2;
    if (header_bytes_ > kMaxHeaderBytes) return Fail("the answer's headers are too long");
  }
  switch (state_) {
    case State::kStatusLine:
      return OnStatusLine(line);
    case State::kHeader:
      return line.empty() ? OnHeadersDone() : OnHeader(line);
    case State::kChunkSize:
      return OnChunkSize(line);
    case State::kChunkEnd:
      if (!line.empty()) return Fail("a chunk of the answer is longer than it says");
      state_ = State::kChunkSize;
      return {};
    case State::kTrailer:
      if (line.empty()) state_ = State::kDone;
      return {};
    default:
      return Fail("answer was already broken");
  }
}

// "HTTP/1.1 200 OK"
Result<void> HttpResponseParser::OnStatusLine(std::string_view line) {
  const bool is_http = line.size() >= 12 &&
                       (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ")) &&
                       (line.size() == 12 || line[12] == ' ');
  const auto status = is_http ? ParseNumber(line.substr(9, 3), 10) : std::nullopt;
  if (!status || *status < 100 || *status > 599) return Fail("not an HTTP answer");
  pending_status_ = static_cast<int>(*status);
  chunked_ = false;
  ends_connection_ = line.starts_with("HTTP/1.0");
  content_length_.reset();
  state_ = State::kHeader;
  return {};
}

Result<void> HttpResponseParser::OnHeader(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return Fail("a header of the answer has no name");
  const std::string name = Lower(line.substr(0, colon));
  if (!std::all_of(name.begin(), name.end(), IsTokenChar))
    return Fail("a header of the answer has a bad name");
  const std::string_view value = Trim(line.substr(colon + 1));
  if (name == "content-length") {
    const auto length = ParseNumber(value, 10);
    if (!length || (content_length_ && *content_length_ != *length))
      return Fail("bad Content-Length in the answer");
    content_length_ = length;
  } else if (name == "transfer-encoding") {
    if (Lower(value) != "chunked" || chunked_) return Fail("unknown Transfer-Encoding in the answer");
    chunked_ = true;
  } else if (name == "connection" && Lower(value) == "close") {
    ends_connection_ = true;
  }
  return {};
}

Result<void> HttpResponseParser::OnHeadersDone() {
  if (pending_status_ == 101) return Fail("the engine wants to switch protocols");
  if (pending_status_ < 200) {  // interim: the real answer follows
    state_ = State::kStatusLine;
    return {};
  }
  if (chunked_ && content_length_) return Fail("the answer's length is told twice");
  status_ = pending_status_;
  if (status_ == 204 || status_ == 304) {
    state_ = State::kDone;
  } else if (chunked_) {
    state_ = State::kChunkSize;
  } else if (content_length_) {
    left_ = *content_length_;
    state_ = left_ == 0 ? State::kDone : State::kLengthBody;
  } else {
    state_ = State::kUntilClose;
    ends_connection_ = true;
  }
  return {};
}

// "1a;name=value"
Result<void> HttpResponseParser::OnChunkSize(std::string_view line) {
  const auto size = ParseNumber(Trim(line.substr(0, line.find(';'))), 16);
  if (!size) return Fail("bad chunk size in the answer");
  left_ = *size;
  state_ = left_ == 0 ? State::kTrailer : State::kChunkData;
  return {};
}

Result<void> HttpResponseParser::TakeData(std::string_view& bytes) {
  size_t taken = bytes.size();
  if (state_ != State::kUntilClose) taken = static_cast<size_t>(std::min<uint64_t>(left_, taken));
  is_too_large_ = taken > max_body_bytes_ - std::min(body_.size(), max_body_bytes_);
  if (is_too_large_) return Fail("the answer is larger than " + std::to_string(max_body_bytes_) + " bytes");
  body_.append(bytes.substr(0, taken));
  bytes.remove_prefix(taken);
  if (state_ == State::kUntilClose) return {};
  left_ -= taken;
  if (left_ == 0) state_ = state_ == State::kLengthBody ? State::kDone : State::kChunkEnd;
  return {};
}

}  // namespace plimsoll::runtime
