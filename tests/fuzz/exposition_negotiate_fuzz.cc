// The Accept and Accept-Encoding headers of anybody: answered without a crash,
// the same way each time, and never with what was refused outright.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/exposition/exposition.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using plimsoll::exposition::Encoding;
  using plimsoll::exposition::Format;
  using plimsoll::exposition::Negotiate;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t cut = std::min(input.find('\n'), size);
  const std::string_view accept = input.substr(0, cut), encodings = input.substr(cut == size ? cut : cut + 1);
  const Encoding chosen = Negotiate(accept, encodings), again = Negotiate(accept, encodings);
  if (chosen.format != again.format || chosen.gzip != again.gzip) std::abort();
  // Nobody gets OpenMetrics or gzip who did not say so much as the first letter of it.
  const bool names_open = accept.find_first_of("oO") != std::string_view::npos;
  if (chosen.format == Format::kOpenMetrics && !names_open) std::abort();
  if (chosen.gzip && encodings.find_first_of("gG*") == std::string_view::npos) std::abort();
  return 0;
}
