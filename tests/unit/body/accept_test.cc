#include "exporter/body/accept.h"

#include <gtest/gtest.h>

#include "exporter/body/gzip.h"

namespace plimsoll::body {
namespace {

TEST(AcceptsGzipTest, AsRfc9110Says) {
  for (const char* header : {"gzip", "GZIP", "x-gzip", "deflate, gzip;q=0.5", "*",
                             "gzip;q=0.5, identity;q=0.5", "br;q=1, gzip ; q=\"0.3\"", "*;q=0.1"})
    EXPECT_TRUE(AcceptsGzip(header)) << header;
  for (const char* header : {"", "identity", "gzip;q=0", "gzip;q=0.4, identity;q=0.5", "gzip;q=2",
                             "gzip;q=-1", "gzip;q=x", "*;q=0", "*, gzip;q=0", "gzipped", ",;,", "gzip;q=1e0"})
    EXPECT_FALSE(AcceptsGzip(header)) << header;
}

TEST(TakeWishTest, QuotedTextSeparatesNothing) {
  std::string_view list = "a/b;version=\"1,\\\"2\";q=0.7 , c/d";
  const Wish first = TakeWish(list);
  EXPECT_EQ(first.name, "a/b");
  EXPECT_EQ(first.version, "1,\\\"2");
  EXPECT_DOUBLE_EQ(first.weight, 0.7);
  EXPECT_EQ(TakeWish(list).name, "c/d");
  EXPECT_TRUE(list.empty());
}

TEST(GzipTest, MakesARepetitiveTextShortAndNamesItself) {
  const std::string packed = Gzip(std::string(100'000, 'x'));
  EXPECT_LT(packed.size(), 1000u);
  EXPECT_TRUE(packed.starts_with("\x1f\x8b"));
  EXPECT_FALSE(Gzip("").empty());
}

}  // namespace
}  // namespace plimsoll::body
