#include <optional>
#include <string_view>

#include "exporter/body/accept.h"
#include "exporter/exposition/exposition.h"

namespace plimsoll::exposition {
namespace {

void Raise(std::optional<double>& best, double weight) {
  if (!best || *best < weight) best = weight;
}

Format ChooseFormat(std::string_view accept) {
  std::optional<double> open, text, any_text, any;
  while (!accept.empty()) {
    const body::Wish wish = body::TakeWish(accept);
    if (body::EqualNoCase(wish.name, "application/openmetrics-text")) {
      if (wish.version.empty() || wish.version == "1.0.0") Raise(open, wish.weight);
    } else if (body::EqualNoCase(wish.name, "text/plain")) {
      if (wish.version.empty() || wish.version == "0.0.4") Raise(text, wish.weight);
    } else if (body::EqualNoCase(wish.name, "text/*")) {
      Raise(any_text, wish.weight);
    } else if (wish.name == "*/*") {
      Raise(any, wish.weight);
    }
  }
  const double for_text = text.value_or(any_text.value_or(any.value_or(0)));
  const bool wants_open = open.value_or(0) > 0 && *open >= for_text;
  return wants_open ? Format::kOpenMetrics : Format::kText;
}

}  // namespace

Encoding Negotiate(std::string_view accept, std::string_view accept_encoding) {
  return {ChooseFormat(accept), body::AcceptsGzip(accept_encoding)};
}

const char* ContentType(Format format) {
  return format == Format::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                        : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace plimsoll::exposition
