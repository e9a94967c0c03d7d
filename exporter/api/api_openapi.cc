#include "exporter/api/resources.h"

namespace plimsoll::api {

extern const char kOpenApiText[];  // exporter/api/openapi.yaml, embedded by CMake

http::Response GetOpenApi(const http::Request&) {
  http::Response response = http::TextResponse(200, kOpenApiText);
  response.content_type = "application/yaml; charset=utf-8";
  response.compress = true;
  return response;
}

}  // namespace plimsoll::api
