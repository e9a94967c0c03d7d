#include "exporter/body/accept.h"

#include <charconv>
#include <optional>

namespace plimsoll::body {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// Takes the text up to `separator` off the head of `rest`; what stands in
// quotes separates nothing.
std::string_view Take(std::string_view& rest, char separator) {
  bool quoted = false;
  size_t i = 0;
  for (; i < rest.size(); ++i) {
    if (quoted && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && rest[i] == separator) {
      break;
    }
  }
  const std::string_view head = rest.substr(0, i);
  rest.remove_prefix(i < rest.size() ? i + 1 : rest.size());
  return Trim(head);
}

std::string_view Unquote(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    return value.substr(1, value.size() - 2);
  return value;
}

// "0.75" -> 0.75. What is not a weight between 0 and 1 accepts nothing: 0.
double ParseWeight(std::string_view text) {
  double weight = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), weight, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return 0;
  return weight >= 0 && weight <= 1 ? weight : 0;
}

void Raise(std::optional<double>& best, double weight) {
  if (!best || *best < weight) best = weight;
}

}  // namespace

bool EqualNoCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

Wish TakeWish(std::string_view& list) {
  std::string_view element = Take(list, ',');
  Wish wish;
  wish.name = Take(element, ';');
  while (!element.empty()) {
    std::string_view parameter = Take(element, ';');
    const std::string_view key = Take(parameter, '=');
    const std::string_view value = Unquote(Trim(parameter));
    if (EqualNoCase(key, "q")) wish.weight = ParseWeight(value);
    if (EqualNoCase(key, "version")) wish.version = value;
  }
  return wish;
}

bool AcceptsGzip(std::string_view accept_encoding) {
  std::optional<double> gzip, identity, any;
  while (!accept_encoding.empty()) {
    const Wish wish = TakeWish(accept_encoding);
    if (EqualNoCase(wish.name, "gzip") || EqualNoCase(wish.name, "x-gzip")) {
      Raise(gzip, wish.weight);
    } else if (EqualNoCase(wish.name, "identity")) {
      Raise(identity, wish.weight);
    } else if (wish.name == "*") {
      Raise(any, wish.weight);
    }
  }
  const double for_gzip = gzip.value_or(any.value_or(0));
  return for_gzip > 0 && for_gzip >= identity.value_or(0);
}

}  // namespace plimsoll::body
