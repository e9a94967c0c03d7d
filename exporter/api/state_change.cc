#include "exporter/api/state_change.h"

#include "exporter/http/origin.h"
#include "exporter/http/request.h"

namespace plimsoll::api {

std::optional<http::Response> RefuseChange(const ApiSources& sources, const http::Request& request) {
  if (!sources.enable_admin_api)
    return http::ErrorResponse(403, "ADMIN_API_DISABLED",
                               "start Plimsoll with --web.enable-admin-api to allow changes over the API");
  if (auto refusal = http::RefuseForeignOrigin(request)) return refusal;
  if (request.method == "DELETE")
    return std::nullopt;  // no page of another site can send one, and it has no body
  std::string_view type = request.Header("Content-Type");
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  if (http::EqualsIgnoringCase(type, "application/json")) return std::nullopt;
  return http::ErrorResponse(415, "UNSUPPORTED_MEDIA_TYPE",
                             "send the body with Content-Type: application/json");
}

}  // namespace plimsoll::api
