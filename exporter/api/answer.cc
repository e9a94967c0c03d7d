#include "exporter/api/answer.h"

#include <memory>

namespace plimsoll::api {
namespace {

constexpr size_t kShownIdBytes = 40;

http::Response Later(std::string_view code, std::string_view message) {
  http::Response response = http::ErrorResponse(503, code, message);
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

}  // namespace

http::Response JsonAnswer(std::string json) {
  http::Response response;
  response.content_type = "application/json; charset=utf-8";
  response.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  json += '\n';
  response.body = std::make_shared<const std::string>(std::move(json));
  response.compress = true;
  return response;
}

http::Response BadParameter(const Error& what) {
  return http::ErrorResponse(400, "BAD_PARAMETER", what.message);
}

http::Response NoSuchContainer(std::string_view id) {
  return http::ErrorResponse(404, "UNKNOWN_CONTAINER",
                             "there is no container " + std::string(id.substr(0, kShownIdBytes)) +
                                 ": GET /api/v1/containers lists the ids that are known");
}

http::Response NotReady() { return Later("NOT_READY", "the host was not read yet: ask again in a second"); }

http::Response StoreUnavailable(const Error& why) {
  return Later("STORE_UNAVAILABLE", "the history cannot be read now (live figures can): " + why.message);
}

}  // namespace plimsoll::api
