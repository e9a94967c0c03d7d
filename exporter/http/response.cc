#include <nlohmann/json.hpp>

#include "exporter/http/server.h"

namespace plimsoll::http {

Response ErrorResponse(int status, std::string_view code, std::string_view message) {
  const nlohmann::json body = {{"error", {{"code", code}, {"message", message}}}};
  Response response;
  response.status = status;
  response.content_type = "application/json; charset=utf-8";
  // A message may quote what a client sent: bytes that are no UTF-8 are replaced, not thrown about.
  response.body = std::make_shared<const std::string>(
      body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  return response;
}

Response TextResponse(int status, std::string text) {
  Response response;
  response.status = status;
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

}  // namespace plimsoll::http
