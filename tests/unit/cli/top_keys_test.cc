// Whatever keys a terminal sends, top goes on; and whatever names containers have, the screen stays whole.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/cli/shown_text.h"
#include "exporter/cli/top_screen.h"

namespace plimsoll::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TopKeys, EachOrderHasItsKey) {
  TopScreen screen("http://x", TopOrder::kName);
  const std::pair<const char*, TopOrder> keys[] = {{"c", TopOrder::kCpu},      {"m", TopOrder::kMemory},
                                                   {"p", TopOrder::kPressure}, {"n", TopOrder::kNetwork},
                                                   {"b", TopOrder::kBlock},    {"a", TopOrder::kName}};
  for (const auto& [key, order] : keys) {
    EXPECT_TRUE(screen.Press(key));
    EXPECT_EQ(screen.order(), order) << key;
  }
}

TEST(TopKeys, OthersChangeNothing) {
  TopScreen screen("http://x", TopOrder::kBlock);
  const std::string before = screen.Draw(20, 80);
  for (const char* keys :
       {"x", "Q", "\t", "\xc3\xa4", "\x1b[1;5", "\x1b[Z", "\x1bO", "k", "\x1b[A", "\x1b[5~"})
    EXPECT_TRUE(screen.Press(keys)) << keys;
  EXPECT_EQ(screen.order(), TopOrder::kBlock);
  EXPECT_EQ(screen.Draw(20, 80), before);
}

TEST(TopKeys, AFilterIsTypedCorrectedKeptAndDropped) {
  TopScreen screen("http://x", TopOrder::kCpu);
  EXPECT_TRUE(screen.Press("/w\xc3\xa4\x7f\x08\x08\x7fq\tx"));
  EXPECT_EQ(screen.filter(), "qx") << "corrected beyond its beginning; a tab is no letter";
  EXPECT_THAT(screen.Draw(20, 80), HasSubstr("filter by name: qx_"));
  EXPECT_TRUE(screen.Press("\r"));
  EXPECT_THAT(screen.Draw(20, 80), HasSubstr("filter: qx"));
  EXPECT_TRUE(screen.Press("/y\x1b"));
  EXPECT_EQ(screen.filter(), "");
  EXPECT_FALSE(screen.Press("q")) << "typing is over";
  EXPECT_TRUE(screen.Press("/" + std::string(1000, 'z')));
  EXPECT_EQ(screen.filter().size(), 60u);
}

TEST(TopKeys, UpAndPageUpGoBack) {
  TopScreen screen("http://x", TopOrder::kName);
  TopReading reading;
  for (char c = 'a'; c <= 'z'; ++c) reading.rows.emplace_back().name = std::string("box-") + c;
  screen.Take(reading);
  screen.Press("\x1b[6~\x1b[B\x1b[B");
  EXPECT_THAT(screen.Draw(10, 80), Not(HasSubstr("box-l")));
  screen.Press("\x1b[A");
  EXPECT_THAT(screen.Draw(10, 80), HasSubstr("box-l"));
  screen.Press("\x1b[5~");
  EXPECT_THAT(screen.Draw(10, 80), HasSubstr("box-b"));
  screen.Press("\x1b[5~");
  EXPECT_THAT(screen.Draw(10, 80), HasSubstr("box-a"));
}

TEST(ShownName, HasNothingThatATerminalDoesNotShow) {
  for (const char* unseen : {"\x7f", "\xc2\xad", "\xe2\x80\x8b", "\xe2\x80\x8f", "\xe2\x80\xa8",
                             "\xe2\x80\xae", "\xe2\x81\xa0", "\xe2\x81\xaf", "\xef\xbb\xbf"})
    EXPECT_EQ(ShownText(std::string("a") + unseen + "b"), "a?b");
  for (const char* seen :
       {" ", "\xc2\xa0", "\xc2\xae", "\xe2\x80\x90", "\xe2\x80\xa7", "\xe2\x82\xac", "\xf0\x9f\x9a\xa2"})
    EXPECT_EQ(ShownText(seen), seen);
}

TEST(ShownBytes, HaveNoUnitBeyondTheLast) { EXPECT_EQ(BytesText(5e18), "4441PiB"); }

}  // namespace
}  // namespace plimsoll::cli
