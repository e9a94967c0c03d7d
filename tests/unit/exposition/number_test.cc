#include "exporter/exposition/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace plimsoll::exposition {
namespace {

std::string Text(Number number) {
  char text[Number::kMaxChars];
  char* end = number.Print(text);
  EXPECT_LE(end - text, static_cast<ptrdiff_t>(sizeof text));
  return {text, end};
}

TEST(NumberTest, WholeNumbersKeepEveryDigit) {
  EXPECT_EQ(Text(Number::Whole(0)), "0");
  EXPECT_EQ(Text(Number::Whole(9'007'199'254'740'993)), "9007199254740993");  // 2^53 + 1: no double holds it
  EXPECT_EQ(Text(Number::Whole(UINT64_MAX)), "18446744073709551615");
}

TEST(NumberTest, DecimalsKeepEveryDigitAndNoIdleZeros) {
  EXPECT_EQ(Text(Number::Decimal(0, 9)), "0");
  EXPECT_EQ(Text(Number::Decimal(1, 9)), "0.000000001");
  EXPECT_EQ(Text(Number::Decimal(1'500'000'000, 9)), "1.5");
  EXPECT_EQ(Text(Number::Decimal(2'000'000'000, 9)), "2");
  EXPECT_EQ(Text(Number::Decimal(10'000'000'001, 9)), "10.000000001");
  EXPECT_EQ(Text(Number::Decimal(1'000'001, 6)), "1.000001");
  EXPECT_EQ(Text(Number::Decimal(1'050, 3)), "1.05");
  EXPECT_EQ(Text(Number::Decimal(42, 0)), "42");
  EXPECT_EQ(Text(Number::Decimal(UINT64_MAX, 9)), "18446744073.709551615");
  EXPECT_EQ(Text(Number::Decimal(UINT64_MAX, 18)), "18.446744073709551615");
}

TEST(NumberTest, RealsAreTheShortestTextThatReadsBack) {
  EXPECT_EQ(Text(Number::Real(0.1)), "0.1");
  EXPECT_EQ(Text(Number::Real(1.0 / 3)), "0.3333333333333333");
  EXPECT_EQ(Text(Number::Real(-12.5)), "-12.5");
  EXPECT_EQ(Text(Number::Real(1e6)), "1000000");
  EXPECT_EQ(Text(Number::Real(-0.0)), "0");
  EXPECT_EQ(Text(Number::Real(1e300)), "1e+300");
  EXPECT_EQ(Text(Number::Real(-std::numeric_limits<double>::max())), "-1.7976931348623157e+308");
  EXPECT_EQ(Text(Number::Real(std::numeric_limits<double>::denorm_min())), "5e-324");
}

TEST(NumberTest, NotFiniteAsTheFormatsSpellIt) {
  EXPECT_EQ(Text(Number::Real(std::nan(""))), "NaN");
  EXPECT_EQ(Text(Number::Real(-std::nan(""))), "NaN");
  EXPECT_EQ(Text(Number::Real(INFINITY)), "+Inf");
  EXPECT_EQ(Text(Number::Real(-INFINITY)), "-Inf");
}

TEST(NumberTest, EveryTextReadsBackAsTheSameDouble) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t bits = (random() >> (random() % 64)) | 1;
    for (const int digits : {0, 3, 6, 9}) {
      const double expected = static_cast<double>(bits) / std::pow(10, digits);
      const double read = std::stod(Text(Number::Decimal(bits, digits)));
      EXPECT_NEAR(read / expected, 1.0, 1e-15) << bits << " " << digits;
    }
    double real;
    std::memcpy(&real, &bits, sizeof real);
    if (std::isfinite(real) && std::abs(real) > 1e-300) {
      EXPECT_EQ(std::stod(Text(Number::Real(real))), real);
    }
  }
}

}  // namespace
}  // namespace plimsoll::exposition
