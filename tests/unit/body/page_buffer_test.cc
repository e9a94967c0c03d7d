#include "exporter/body/page_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace plimsoll::body {
namespace {

TEST(PageBufferTest, GrowsAndKeepsWhatWasWritten) {
  PageBuffer pages(1);
  std::string expected;
  for (int i = 0; i < 50'000; ++i) {
    const std::string piece = std::to_string(i) + (i % 977 ? "," : std::string(5000, '-'));
    pages.Append(piece);
    expected += piece;
  }
  EXPECT_EQ(pages.text(), expected);
}

TEST(PageBufferTest, OnePieceMayBeLargerThanTheBuffer) {
  PageBuffer pages(10);
  const std::string piece(3'000'000, 'x');
  pages.Append("a");
  pages.Append(piece);
  EXPECT_EQ(pages.size(), piece.size() + 1);
}

TEST(PageBufferTest, DrainsInsteadOfGrowing) {
  std::string drained, expected;
  int drains = 0;
  PageBuffer pages(1000, 0, [&](std::string_view text) {
    drained += text;
    ++drains;
  });
  for (int i = 0; i < 50'000; ++i) {
    const std::string piece = std::to_string(i) + (i % 977 ? "," : std::string(100'000, '-'));
    pages.Append(piece);
    expected += piece;
  }
  EXPECT_EQ(drained + std::string(pages.text()), expected);
  EXPECT_GT(drains, 5);
}

TEST(PageBufferTest, EmptyIsEmpty) {
  PageBuffer pages(0, 0);
  pages.Append("");
  EXPECT_EQ(pages.text(), "");
}

}  // namespace
}  // namespace plimsoll::body
