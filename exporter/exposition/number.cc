#include "exporter/exposition/number.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

namespace plimsoll::exposition {
namespace {

constexpr uint64_t kPowers[] = {1ull,
                                10ull,
                                100ull,
                                1000ull,
                                10000ull,
                                100000ull,
                                1000000ull,
                                10000000ull,
                                100000000ull,
                                1000000000ull,
                                10000000000ull,
                                100000000000ull,
                                1000000000000ull,
                                10000000000000ull,
                                100000000000000ull,
                                1000000000000000ull,
                                10000000000000000ull,
                                100000000000000000ull,
                                1000000000000000000ull};

char* Copy(char* to, const char* text, size_t n) {
  std::memcpy(to, text, n);
  return to + n;
}

char* PrintReal(char* to, double value) {
  if (std::isnan(value)) return Copy(to, "NaN", 3);
  if (std::isinf(value)) return Copy(to, value > 0 ? "+Inf" : "-Inf", 4);
  // The shortest text of a million is 1e+06; people would rather read digits.
  constexpr double kExact = 1ull << 53;
  if (std::abs(value) < kExact && value == std::trunc(value)) {
    return std::to_chars(to, to + Number::kMaxChars, static_cast<int64_t>(value)).ptr;
  }
  return std::to_chars(to, to + Number::kMaxChars, value).ptr;
}

}  // namespace

Number Number::Real(double value) { return Number(std::bit_cast<uint64_t>(value), kReal); }

char* Number::Print(char* to) const {
  if (digits_ == kReal) return PrintReal(to, std::bit_cast<double>(bits_));
  const uint64_t power = kPowers[digits_];
  to = std::to_chars(to, to + kMaxChars, bits_ / power).ptr;
  uint64_t rest = bits_ % power;
  if (rest == 0) return to;
  *to++ = '.';
  for (int i = digits_ - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  to += digits_;
  while (to[-1] == '0') --to;
  return to;
}

}  // namespace plimsoll::exposition
