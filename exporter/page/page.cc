#include "exporter/page/page.h"

#include <memory>
#include <string_view>

#include "exporter/page/embedded.h"

namespace plimsoll::page {
namespace {

constexpr std::string_view kIndex = "index.html";

// Scripts and styles come from files of this server alone; nothing may frame the page.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view ContentType(std::string_view name) {
  const std::string_view ending = name.substr(name.rfind('.') + 1);
  if (ending == "html") return "text/html; charset=utf-8";
  if (ending == "css") return "text/css; charset=utf-8";
  if (ending == "svg") return "image/svg+xml";
  return "text/javascript; charset=utf-8";
}

// The same name whether Debian's package had the small or the readable file.
std::string PathOf(std::string_view name) {
  if (name == kIndex) return "/";
  if (name == "dygraph.min.js") name = "dygraph.js";
  return "/page/" + std::string(name);
}

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

// `html` with its links to ./metrics leading to `telemetry_path`.
std::string Relinked(std::string_view html, const std::string& telemetry_path) {
  constexpr std::string_view kLink = "\"./metrics\"";
  const std::string link = "\"." + Escaped(telemetry_path) + "\"";
  std::string result;
  while (true) {
    const size_t at = html.find(kLink);
    result.append(html.substr(0, at));
    if (at == std::string_view::npos) return result;
    result.append(link);
    html.remove_prefix(at + kLink.size());
  }
}

// Whether If-None-Match names `tag`. The server compresses on the way out: the
// tags are weak, and proxies may have added to the list.
bool Names(std::string_view if_none_match, std::string_view tag) {
  return if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
}

struct Served {
  std::string_view content_type;
  std::string tag;  // quoted
  std::string_view text;
  std::string owned;  // what `text` is of, when the embedded text was changed
};

http::Response Answer(const Served& file, const http::Request& request) {
  http::Response response;
  response.content_type = file.content_type;
  // no-cache: kept, but asked for each time, so that page and program are of one version.
  response.headers = {{"ETag", "W/" + file.tag},
                      {"Cache-Control", "no-cache"},
                      {"Content-Security-Policy", kPolicy},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"}};
  if (Names(request.Header("If-None-Match"), file.tag)) {
    response.status = 304;
    return response;
  }
  response.body = std::make_shared<const std::string>(file.text);
  response.compress = true;
  return response;
}

}  // namespace

void AddRoutes(http::Server& server, const std::string& telemetry_path) {
  for (size_t i = 0; i < kEmbeddedFileCount; ++i) {
    const EmbeddedFile& embedded = kEmbeddedFiles[i];
    const auto file = std::make_shared<Served>();
    file->content_type = ContentType(embedded.name);
    file->tag = "\"" + std::string(embedded.hash) + "\"";
    file->text = embedded.text;
    if (embedded.name == kIndex && telemetry_path != "/metrics") {
      file->owned = Relinked(embedded.text, telemetry_path);
      file->text = file->owned;
      file->tag.insert(file->tag.size() - 1, "-" + std::to_string(std::hash<std::string>{}(telemetry_path)));
    }
    server.Handle("GET", PathOf(embedded.name),
                  [file](const http::Request& request) { return Answer(*file, request); });
  }
}

}  // namespace plimsoll::page
