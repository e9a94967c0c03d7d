// What a client writes and this room parses itself: the Authorization header,
// a path's percent escapes, Content-Length and token lists.
#include <cstdint>
#include <cstdlib>

#include "exporter/http/basic_auth.h"
#include "exporter/http/request.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plimsoll::http;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const std::string& header : {text, "Basic " + text}) {
    const auto credentials = ParseBasic(header);
    if (!credentials) continue;
    if (credentials->user.find(':') != std::string::npos) std::abort();
    if ((credentials->user + credentials->password).find('\0') != std::string::npos) std::abort();
  }
  if (const auto path = DecodePath(text)) {
    if (path->size() > text.size()) std::abort();
    if (text.find('%') == std::string::npos && *path != text) std::abort();
  }
  if (const auto length = ParseContentLength(text); length && *length < 0) std::abort();
  HasToken(text, "close");
  return 0;
}
