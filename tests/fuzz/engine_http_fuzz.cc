// What an engine's socket may send: an answer in pieces of any size.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/runtime/http_response_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = size_t{data[0]} + 1;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  constexpr size_t kMaxBody = 4096;
  plimsoll::runtime::HttpResponseParser parser(kMaxBody);
  bool broken = false;
  for (size_t at = 0; at < text.size(); at += piece) {
    const bool fed = parser.Feed(text.substr(at, piece)).has_value();
    if (broken && fed) std::abort();  // once broken, for ever
    broken = !fed;
    if (parser.TakeBody().size() > kMaxBody) std::abort();
  }
  if (parser.Close() && !parser.done()) std::abort();
  if (parser.done() && (parser.status() < 200 || parser.status() > 599)) std::abort();
  return 0;
}
