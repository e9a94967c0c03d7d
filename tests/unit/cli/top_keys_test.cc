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

TopReading Rows(size_t count) {
  TopReading reading;
  for (size_t i = 0; i < count; ++i) reading.rows.emplace_back().name = "box-" + std::to_string(i);
  return reading;
}

std::string LastLine(TopScreen& screen, size_t columns) {
  const std::string text = screen.Draw(24, columns);
  return text.substr(text.rfind('\n') + 1);
}

TEST(TopKeys, AllAreNamedInEightyColumns) {
  for (const size_t count : {size_t{3}, size_t{50}, size_t{1000}}) {
    TopScreen screen("http://x", TopOrder::kName);
    screen.Take(Rows(count));
    for (const char* key :
         {"q quit", "/ filter", "c cpu", "m mem", "p pressure", "n net", "b block", "a name"})
      EXPECT_THAT(LastLine(screen, 80), HasSubstr(key)) << count << " rows";
    EXPECT_THAT(LastLine(screen, 80), Not(HasSubstr("…"))) << count << " rows";
    if (count <= 20) continue;
    EXPECT_THAT(LastLine(screen, 80), HasSubstr("j k " + std::to_string(count - 20) + " more"));
  }
}

TEST(TopKeys, TheLeastImportantAreLeftOutWhereThereIsNoRoom) {
  TopScreen screen("http://x", TopOrder::kName);
  screen.Take(Rows(50));
  screen.Press("/box\n");
  for (size_t columns = 32; columns < 200; ++columns)
    EXPECT_THAT(LastLine(screen, columns), Not(HasSubstr("…"))) << columns;
  EXPECT_THAT(LastLine(screen, 32), HasSubstr("filter: box  j k 30 more  q quit"));
  EXPECT_THAT(LastLine(screen, 60), HasSubstr("q quit  / filter  sort c m p n b a"));
  EXPECT_THAT(LastLine(screen, 150), HasSubstr("j k or arrows: 30 more"));
  screen.Press("/" + std::string(60, 'z'));
  EXPECT_THAT(LastLine(screen, 80), HasSubstr("zzz_"));
  EXPECT_THAT(LastLine(screen, 80), Not(HasSubstr("Enter")));
  EXPECT_THAT(LastLine(screen, 120), HasSubstr("zzz_   (Enter keeps it, Escape drops it)"));
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
