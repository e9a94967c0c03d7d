#include "exporter/http/service.h"

#include <civetweb.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "exporter/body/accept.h"
#include "exporter/body/gzip.h"
#include "exporter/http/client_stream.h"
#include "exporter/http/origin.h"
#include "model/log.h"

namespace plimsoll::http {
namespace {

using std::chrono::steady_clock;

// What a handler or a worker threw; call it in a catch block.
std::string Thrown() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "unknown exception";
  }
}

Response MethodNotAllowed(const Router::Match& match, const std::string& method) {
  Response response =
      ErrorResponse(405, "METHOD_NOT_ALLOWED", method + " is not possible here: use " + match.allow);
  response.headers.emplace_back("Allow", match.allow);
  return response;
}

// The method of a request that civetweb did not parse for the lack of knowing it, or would not (TRACE).
// Empty: it is not why.
std::string_view UnknownMethod(const mg_connection* connection) {
  constexpr size_t kLongest = 32;
  const mg_request_info* info = mg_get_request_info(connection);
  if (!info || !info->request_method) return {};
  // Where no blank ended it, the rest of the head is in it.
  const std::string_view method(info->request_method, strnlen(info->request_method, kLongest));
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; };
  if (method.size() == kLongest || !std::all_of(method.begin(), method.end(), is_letter)) return {};
  for (const char* known : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT"})
    if (method == known) return {};
  return method;
}

// What civetweb says of a request it could not parse, in our words. A head that is too large it calls
// malformed, and one with a method that it does not know.
Response UnparsedResponse(int status, std::string_view unknown_method) {
  if (status == 400 && !unknown_method.empty())
    return ErrorResponse(501, "NOT_IMPLEMENTED",
                         "the method " + std::string(unknown_method) + " is not known here");
  if (status == 505)
    return ErrorResponse(505, "HTTP_VERSION_NOT_SUPPORTED", "only HTTP/1.0 and HTTP/1.1 are spoken here");
  if (status >= 500) return ErrorResponse(500, "INTERNAL", "the server could not handle this request");
  return ErrorResponse(400, "BAD_REQUEST",
                       "no valid HTTP request: its head is malformed, incomplete or larger than 16 KiB");
}

Response NotFound(const std::string& path) {
  const bool is_api = path == "/api" || path.starts_with("/api/");
  return ErrorResponse(
      404, "NOT_FOUND",
      "there is no " + path + " here: " + (is_api ? "/api/v1/openapi.yaml" : "/") + " lists what there is");
}

Response StreamsBusy() {
  Response response = ErrorResponse(503, "STREAMS_BUSY",
                                    "as many clients as this server has places for are listening: ask later");
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

// Shorter bodies fit into one packet as they are.
constexpr size_t kWorthCompressing = 1400;

void Compress(const Request& request, Response& response) {
  if (!response.compress) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!response.body || response.body->size() < kWorthCompressing) return;
  if (!body::AcceptsGzip(request.Header("Accept-Encoding"))) return;
  response.body = std::make_shared<const std::string>(body::Gzip(*response.body));
  response.headers.emplace_back("Content-Encoding", "gzip");
}

bool ChangesState(const Request& request) { return request.method != "GET" && request.method != "HEAD"; }

// civetweb answers a negative number by not reading the rest of the body, however long it is.
constexpr int kLeaveBody = -1;

// The time in which a connection has a request under way.
class UnderWay {
 public:
  UnderWay(Connections& all, mg_connection* connection)
      : all_(all), handle_(static_cast<Connections::Handle>(mg_get_user_connection_data(connection))) {
    all_.Begin(handle_, PeerOf(*mg_get_request_info(connection)));
  }
  ~UnderWay() { Enter(Connections::Phase::kHead); }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  Connections::Handle handle() const { return handle_; }
  void Enter(Connections::Phase phase) { all_.Enter(handle_, phase); }

 private:
  Connections& all_;
  const Connections::Handle handle_;
};

}  // namespace

Result<void> Service::Open(const std::string& web_config_file) {
  auto access = WebAccess::Open(web_config_file);
  if (!access) return tl::unexpected(access.error());
  access_ = std::move(*access);
  if (access_->tls()) access_->tls()->TellOf(connections_);
  return {};
}

void Service::Close() {
  closing_ = true;
  if (access_) access_->Close();
}

int Service::Serve(mg_connection* connection) {
  try {
    if (mg_get_user_connection_data(connection)) return Exchanged(connection);
  } catch (...) {
    log::Error("answering a request failed", {{"err", Thrown()}});
  }
  SetKeepAlive(connection, false);
  return kLeaveBody;
}

int Service::Exchanged(mg_connection* connection) {
  const auto begin = steady_clock::now();
  UnderWay entry(connections_, connection);
  Exchange exchange(connection);
  std::string_view pattern = "other";
  Response response = Answer(exchange, entry.handle(), pattern);
  std::optional<StreamPlace> place;
  if (response.stream && !place.emplace(streams_, most_streams_).granted()) response = StreamsBusy();
  connections_.EnterWriting(entry.handle(), response.body.get());
  const bool reusable = !response.stream && exchange.IsBounded() && exchange.WantsKeepAlive() && !closing_ &&
                        !connections_.Crowded();
  bool alive = exchange.Write(response, *ExtraHeaders(), reusable);
  if (response.stream) {
    Report(pattern, response.status, steady_clock::now() - begin);
    if (alive && exchange.request().method != "HEAD") RunStream(exchange, entry.handle(), response);
    SetKeepAlive(connection, false);
    return kLeaveBody;
  }
  entry.Enter(Connections::Phase::kReading);
  alive = alive && exchange.Drain();
  SetKeepAlive(connection, alive && reusable);
  Report(pattern, response.status, steady_clock::now() - begin);
  return alive ? response.status : kLeaveBody;
}

Response Service::Answer(Exchange& exchange, Connections::Handle active, std::string_view& pattern) {
  if (auto fault = exchange.ReadHead()) return *fault;
  const Request& request = exchange.request();
  if (access_)
    if (auto refusal = access_->Refuse(request)) return *refusal;
  if (!access_ || !access_->IsGuarded())
    if (auto refusal = RefuseForeignHost(request)) return *refusal;
  Router::Match match = router_.Find(request.method, request.path);
  pattern = match.pattern;
  if (!match.handler) {
    if (!match.allow.empty()) return MethodNotAllowed(match, request.method);
    return NotFound(request.path);
  }
  if (ChangesState(request))
    if (auto refusal = RefuseForeignOrigin(request)) return *refusal;
  exchange.SetParameters(std::move(match.parameters));
  if (auto fault = exchange.ReadBody()) return *fault;
  connections_.Enter(active, Connections::Phase::kHandling);
  return Guarded(*match.handler, request);
}

void Service::RunStream(Exchange& exchange, Connections::Handle active, const Response& response) {
  ClientStream stream(exchange, connections_, active, closing_);
  try {
    response.stream(stream);
  } catch (...) {  // the answer ends where it is: its head is out
    log::Error("streaming answer failed", {{"path", exchange.request().path}, {"err", Thrown()}});
  }
}

Response Service::Guarded(const Handler& handler, const Request& request) {
  try {
    Response response = handler(request);
    Compress(request, response);
    return response;
  } catch (...) {
    log::Error("request failed", {{"path", request.path}, {"err", Thrown()}});
  }
  return ErrorResponse(500, "INTERNAL", "the server failed to answer: see its log");
}

void Service::ServeUnparsed(mg_connection* connection, int status) {
  try {
    const Response response = UnparsedResponse(status, UnknownMethod(connection));
    Report("other", response.status, {});
    WriteUnparsed(connection, response, *ExtraHeaders());
  } catch (...) {
    log::Error("answering a request failed", {{"err", Thrown()}});
  }
}

std::shared_ptr<const HeaderList> Service::ExtraHeaders() const {
  static const auto kNone = std::make_shared<const HeaderList>();
  return access_ ? access_->headers() : kNone;
}

void Service::Report(std::string_view pattern, int status, std::chrono::nanoseconds duration) {
  if (on_request_) on_request_(pattern, status, duration);
}

}  // namespace plimsoll::http
