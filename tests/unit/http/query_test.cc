#include "exporter/http/query.h"

#include <gmock/gmock.h>

namespace plimsoll::http {
namespace {

using testing::HasSubstr;

std::string Value(std::string_view raw, std::string_view name) {
  const auto query = Query::Parse(raw);
  if (!query) return "refused: " + query.error().message;
  const std::string* value = query->Find(name);
  return value ? *value : "absent";
}

std::string Refusal(std::string_view raw) {
  const auto query = Query::Parse(raw);
  return query ? "" : query.error().message;
}

TEST(QueryTest, TakesPairsApart) {
  EXPECT_EQ(Value("a=1&b=2", "a"), "1");
  EXPECT_EQ(Value("a=1&b=2", "b"), "2");
  EXPECT_EQ(Value("a=1&b=2", "c"), "absent");
  EXPECT_EQ(Value("a", "a"), "");
  EXPECT_EQ(Value("a=", "a"), "");
  EXPECT_EQ(Value("a=b=c", "a"), "b=c");
  EXPECT_EQ(Value("&&a=1&", "a"), "1");
  EXPECT_EQ(Value("", "a"), "absent");
}

TEST(QueryTest, DecodesEscapesAndPluses) {
  EXPECT_EQ(Value("a=x%20y+z", "a"), "x y z");
  EXPECT_EQ(Value("a=%2B%26%3d", "a"), "+&=");
  EXPECT_EQ(Value("%61+b=1", "a b"), "1");
  EXPECT_EQ(Value("a=2026-11-23T07:30:29%2B02:00", "a"), "2026-11-23T07:30:29+02:00");
}

TEST(QueryTest, BadEscapesAreRefused) {
  for (const char* raw : {"a=%", "a=%4", "a=%zz", "%=1", "a=%00"})
    EXPECT_THAT(Refusal(raw), HasSubstr("percent escape")) << raw;
}

TEST(QueryTest, ANameGivenTwiceIsRefusedHoweverItIsWritten) {
  EXPECT_THAT(Refusal("range=1h&range=6h"), HasSubstr("\"range\" is given twice"));
  EXPECT_THAT(Refusal("a=1&%61=1"), HasSubstr("twice"));
  EXPECT_EQ(Refusal("a=1&A=1"), "");
}

TEST(QueryTest, IsBounded) {
  std::string raw;
  for (int i = 0; i < 32; ++i) raw += "&n" + std::to_string(i) + "=";
  EXPECT_EQ(Refusal(raw), "");
  EXPECT_THAT(Refusal(raw + "&one=more"), HasSubstr("32"));
  EXPECT_EQ(Refusal("a=" + std::string(4094, 'x')), "");
  EXPECT_THAT(Refusal("a=" + std::string(4095, 'x')), HasSubstr("4096"));
}

}  // namespace
}  // namespace plimsoll::http
