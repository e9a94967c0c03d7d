#include "config/size.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

TEST(ParseSizeTest, ReadsEveryUnit) {
  EXPECT_EQ(*ParseSize("0"), 0U);
  EXPECT_EQ(*ParseSize("17B"), 17U);
  EXPECT_EQ(*ParseSize("3KiB"), 3072U);
  EXPECT_EQ(*ParseSize("64MiB"), uint64_t{64} << 20);
  EXPECT_EQ(*ParseSize("2GiB"), uint64_t{2} << 30);
  EXPECT_EQ(*ParseSize("16777215TiB"), uint64_t{16777215} << 40);
}

TEST(ParseSizeTest, RefusesWhatIsNoSize) {
  for (const char* text : {"", "MiB", "1", "1 MiB", "1mib", "1.5GiB", "-1B", "+1B", "1MiB ", "16777216TiB",
                           "99999999999999999999B"})
    EXPECT_FALSE(ParseSize(text)) << text;
}

TEST(FormatSizeTest, IsReadBackAsItWas) {
  for (const uint64_t bytes : {uint64_t{0}, uint64_t{1}, uint64_t{1024}, uint64_t{1025}, uint64_t{1} << 30,
                               (uint64_t{3} << 40) + 1024, UINT64_MAX})
    EXPECT_EQ(*ParseSize(FormatSize(bytes)), bytes);
  EXPECT_EQ(FormatSize(uint64_t{1536} << 20), "1536MiB");
}

}  // namespace
}  // namespace plimsoll
