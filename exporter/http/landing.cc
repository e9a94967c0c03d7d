#include "exporter/http/landing.h"

#include <string_view>

namespace plimsoll::http {
namespace {

std::string Escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

}  // namespace

Response LandingPage(const std::string& name, const std::string& version,
                     const std::vector<LandingLink>& links) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
      Escaped(name) + "</title>\n</head>\n<body>\n<h1>" + Escaped(name) + "</h1>\n<p>Version " +
      Escaped(version) + "</p>\n<ul>\n";
  for (const LandingLink& link : links)
    html += "<li><a href=\"" + Escaped(link.path) + "\">" + Escaped(link.path) + "</a> " +
            Escaped(link.text) + "</li>\n";
  html += "</ul>\n</body>\n</html>\n";
  Response response = TextResponse(200, std::move(html));
  response.content_type = "text/html; charset=utf-8";
  response.headers = {
      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"}};
  return response;
}

}  // namespace plimsoll::http
