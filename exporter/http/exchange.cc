#include "exporter/http/exchange.h"

#include <civetweb.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "exporter/http/request.h"

namespace plimsoll::http {
namespace {

constexpr size_t kReadBytes = 8192;        // on the worker's stack
constexpr size_t kJoinBytes = 8192;        // a body up to this goes out in one write with its head
constexpr size_t kSliceBytes = 64 * 1024;  // so that io_timeout counts from the last slice taken
constexpr long long kMaxDrainBytes = 2 << 20;

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return status < 400 ? "OK" : "Error";
  }
}

// A line break in a value would begin a header of its own.
void AppendHeader(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  for (const char c : value) head += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  head += "\r\n";
}

std::string Date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

std::string Head(const Response& response, const HeaderList& extra, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(Reason(response.status)).append("\r\n");
  AppendHeader(head, "Date", Date());
  if (HasBody(response.status)) {
    AppendHeader(head, "Content-Type", response.content_type);
    if (!response.stream)  // the end of a stream is the end of its connection
      AppendHeader(head, "Content-Length", std::to_string(response.body ? response.body->size() : 0));
  }
  AppendHeader(head, "Connection", keep_alive ? "keep-alive" : "close");
  for (const auto& [name, value] : response.headers) AppendHeader(head, name, value);
  for (const auto& [name, value] : extra) {
    const auto same = [&name = name](const auto& set) { return EqualsIgnoringCase(set.first, name); };
    if (std::none_of(response.headers.begin(), response.headers.end(), same)) AppendHeader(head, name, value);
  }
  return head += "\r\n";
}

bool WriteAll(mg_connection* connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(0, kSliceBytes);
    if (mg_write(connection, slice.data(), slice.size()) != static_cast<int>(slice.size())) return false;
    bytes.remove_prefix(slice.size());
  }
  return true;
}

bool WriteResponse(mg_connection* connection, const Response& response, const HeaderList& extra,
                   bool head_only, bool keep_alive) {
  std::string head = Head(response, extra, keep_alive);
  if (!response.body || head_only || !HasBody(response.status)) return WriteAll(connection, head);
  if (response.body->size() <= kJoinBytes) return WriteAll(connection, head += *response.body);
  return WriteAll(connection, head) && WriteAll(connection, *response.body);
}

Response BadRequest(std::string_view message) { return ErrorResponse(400, "BAD_REQUEST", message); }

Response TooLarge() {
  return ErrorResponse(413, "BODY_TOO_LARGE", "the request body is larger than 1 MiB: send less");
}

}  // namespace

std::string PeerOf(const mg_request_info& info) {
  // A link-local address has its interface behind it, "fe80::1%eth0", which the socket's does not tell.
  const std::string_view address = info.remote_addr;
  return std::string(address.substr(0, address.find('%'))) + ":" + std::to_string(info.remote_port);
}

Exchange::Exchange(mg_connection* connection) : connection_(connection) {}

std::optional<Response> Exchange::ReadHead() {
  const mg_request_info* info = mg_get_request_info(connection_);
  request_.method = info->request_method;
  request_.query = info->query_string ? info->query_string : "";
  request_.remote = PeerOf(*info);
  version_ = info->http_version;
  for (int i = 0; i < info->num_headers; ++i)
    AddHeader(request_, info->http_headers[i].name, info->http_headers[i].value);
  if (info->num_headers >= MG_MAX_HEADERS) {  // civetweb drops the rest, a Content-Length perhaps
    broken_ = true;
    return ErrorResponse(431, "HEADERS_TOO_LARGE", "the request has 64 headers or more: send fewer");
  }

  const std::string_view encoding = request_.Header("Transfer-Encoding");
  const std::string_view length = request_.Header("Content-Length");
  chunked_ = !encoding.empty() && !EqualsIgnoringCase(encoding, "identity");
  unread_ = chunked_ ? 1 : 0;
  if (!length.empty()) {
    const auto bytes = ParseContentLength(length);
    unread_ = bytes.value_or(0);
    broken_ = !bytes || chunked_;
    if (!bytes) return BadRequest("Content-Length is no number: send the body's size in bytes, once");
    if (chunked_) return BadRequest("both Content-Length and Transfer-Encoding are given: send one of them");
  }
  if (auto fault = CheckHost()) return fault;
  auto path = DecodePath(info->local_uri_raw);
  if (!path) return BadRequest("the path holds a bad percent escape: write two hex digits after each %");
  request_.path = std::move(*path);
  const std::string_view expect = request_.Header("Expect");
  if (!expect.empty() && !EqualsIgnoringCase(expect, "100-continue"))
    return ErrorResponse(417, "EXPECTATION_FAILED", "only Expect: 100-continue is understood");
  return std::nullopt;
}

// RFC 9112, 3.2; several come joined by ", ", which no name of a host holds.
std::optional<Response> Exchange::CheckHost() const {
  const auto is_host = [](const auto& header) { return EqualsIgnoringCase(header.first, "Host"); };
  const auto host = std::find_if(request_.headers.begin(), request_.headers.end(), is_host);
  if (host == request_.headers.end())
    return version_ == "1.1" ? std::optional(BadRequest("the Host header is missing: HTTP/1.1 asks for it"))
                             : std::nullopt;
  if (host->second.find(',') != std::string::npos) return BadRequest("there is more than one Host header");
  return std::nullopt;
}

bool Exchange::CanDrain() const {
  // A client that waits for "100 Continue" sends nothing more.
  return unread_ == 0 || (unread_ <= kMaxDrainBytes && request_.Header("Expect").empty());
}

// After chunks there may be trailers, which civetweb takes for the next request.
bool Exchange::IsBounded() const { return !broken_ && !chunked_ && CanDrain(); }

bool Exchange::WantsKeepAlive() const {
  const std::string_view wish = request_.Header("Connection");
  // civetweb closes after "upgrade", whatever was answered.
  if (HasToken(wish, "close") || HasToken(wish, "upgrade")) return false;
  return version_ == "1.1" || HasToken(wish, "keep-alive");
}

std::optional<Response> Exchange::ReadBody() {
  if (unread_ == 0) return std::nullopt;
  if (!chunked_ && unread_ > kMaxBodyBytes) return TooLarge();
  if (!request_.Header("Expect").empty() && !WriteAll(connection_, "HTTP/1.1 100 Continue\r\n\r\n"))
    return BadRequest("the connection broke before the body came");
  if (chunked_) return ReadChunks();
  request_.body.resize(static_cast<size_t>(unread_));
  size_t filled = 0;
  while (unread_ > 0) {
    const int n = mg_read(connection_, request_.body.data() + filled, static_cast<size_t>(unread_));
    broken_ = n <= 0;
    if (broken_) return BadRequest("the body ended before its Content-Length: send all of it");
    filled += static_cast<size_t>(n);
    unread_ -= n;
  }
  return std::nullopt;
}

std::optional<Response> Exchange::ReadChunks() {
  std::array<char, kReadBytes> buffer;
  while (true) {
    const int n = mg_read(connection_, buffer.data(), buffer.size());
    broken_ = n < 0;
    if (broken_)
      return BadRequest("the chunked body is malformed or ended early: end it with a chunk of size 0");
    if (n == 0) break;
    request_.body.append(buffer.data(), static_cast<size_t>(n));
    if (request_.body.size() > static_cast<size_t>(kMaxBodyBytes)) return TooLarge();
  }
  unread_ = 0;
  return std::nullopt;
}

bool Exchange::Write(const Response& response, const HeaderList& extra, bool keep_alive) {
  return WriteResponse(connection_, response, extra, request_.method == "HEAD", keep_alive);
}

bool Exchange::WritePiece(std::string_view bytes) { return WriteAll(connection_, bytes); }

bool Exchange::Drain() {
  if (broken_) return false;
  if (unread_ == 0) return true;
  if (!CanDrain()) return false;
  std::array<char, kReadBytes> buffer;
  for (long long drained = 0; drained < kMaxDrainBytes;) {
    const int n = mg_read(connection_, buffer.data(), buffer.size());
    if (n <= 0) return n == 0;
    drained += n;
    if (!chunked_ && (unread_ -= n) <= 0) return true;
  }
  return false;
}

bool WriteUnparsed(mg_connection* connection, const Response& response, const HeaderList& extra) {
  return WriteResponse(connection, response, extra, false, false);
}

void SetKeepAlive(mg_connection* connection, bool keep_alive) {
  // civetweb decides by the request's headers after the answer is out, and
  // offers no other say. The request is over: its headers are not read again.
  auto* info = const_cast<mg_request_info*>(mg_get_request_info(connection));
  info->http_headers[0] = {"Connection", keep_alive ? "keep-alive" : "close"};
  info->num_headers = 1;
}

}  // namespace plimsoll::http
