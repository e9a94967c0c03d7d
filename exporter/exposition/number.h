#pragma once

#include <cstddef>
#include <cstdint>

namespace plimsoll::exposition {

// A figure on its way to a line of text. What the kernel counted in whole
// units (bytes, nanoseconds) is printed digit for digit, without a detour
// through a double, which holds only 53 bits.
class Number {
 public:
  static constexpr size_t kMaxChars = 32;  // Print() never writes more

  static constexpr Number Whole(uint64_t value) { return Number(value, 0); }
  // units / 10^digits: Decimal(1500000000, 9) is 1.5. `digits` is 1..18.
  static constexpr Number Decimal(uint64_t units, int digits) { return Number(units, digits); }
  static Number Real(double value);

  // Writes the shortest exact text, "NaN", "+Inf" or "-Inf"; returns the end.
  char* Print(char* to) const;

 private:
  static constexpr int kReal = -1;
  constexpr Number(uint64_t bits, int digits) : bits_(bits), digits_(digits) {}

  uint64_t bits_;  // the units, or the double's bits
  int digits_;     // after the point, or kReal
};

}  // namespace plimsoll::exposition
