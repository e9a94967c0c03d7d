#include "exporter/cli/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/collect/file_text.h"
#include "unit/cli/pty.h"

namespace plimsoll::cli {
namespace {

using collect::Descriptor;
using ::testing::HasSubstr;

constexpr std::string_view kTaken = "\x1b[?1049h\x1b[?25l", kGivenBack = "\x1b[?25h\x1b[?1049l";

TEST(TerminalTest, IsTakenAndGivenBackAsItWas) {
  Pty pty;
  const termios before = pty.Settings();
  Terminal terminal(pty.line(), pty.line());
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(terminal.Enter());
    ASSERT_TRUE(terminal.Enter()) << "once more changes nothing, least of all what is to come back";
    pty.ReadUntil(kTaken);
    const termios ours = pty.Settings();
    EXPECT_EQ(ours.c_lflag & (ICANON | ECHO), 0u) << "keys as they are pressed, and not echoed";
    EXPECT_NE(ours.c_lflag & ISIG, 0u) << "^C is a signal";
    terminal.Leave();
    terminal.Leave();
    EXPECT_EQ(pty.ReadUntil(kGivenBack), kGivenBack);
    EXPECT_TRUE(pty.Settings() == before);
  }
}

TEST(TerminalTest, ComesBackWithTheEndOfTheObject) {
  Pty pty;
  const termios before = pty.Settings();
  {
    Terminal terminal(pty.line(), pty.line());
    ASSERT_TRUE(terminal.Enter());
  }
  pty.ReadUntil(kGivenBack);
  EXPECT_TRUE(pty.Settings() == before);
}

TEST(TerminalTest, WhatIsNoneIsSaidAndLeftAsItIs) {
  const Descriptor file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  Terminal none(file.get(), file.get());
  EXPECT_THAT(none.Enter().error().message, HasSubstr("the terminal cannot be asked"));
}

TEST(TerminalTest, OneThatCannotBeWrittenToIsGivenBack) {
  Pty pty;
  const termios before = pty.Settings();
  const Descriptor mute(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  {
    Terminal terminal(pty.line(), mute.get());
    EXPECT_THAT(terminal.Enter().error().message, HasSubstr("the terminal cannot be written to"));
    EXPECT_FALSE(terminal.Write("x"));
  }
  EXPECT_TRUE(pty.Settings() == before);
}

TEST(TerminalTest, IsAsLargeAsItSaysElse24By80) {
  Pty pty;
  const Terminal terminal(pty.line(), pty.line());
  const auto size = [](const Terminal& of) { return std::pair(of.size().rows, of.size().columns); };
  EXPECT_EQ(size(terminal), std::pair(size_t{24}, size_t{120}));
  pty.Resize(50, 200);
  EXPECT_EQ(size(terminal), std::pair(size_t{50}, size_t{200}));
  for (const auto& [rows, columns] : {std::pair(0, 200), std::pair(50, 0)}) {
    pty.Resize(static_cast<unsigned short>(rows), static_cast<unsigned short>(columns));
    EXPECT_EQ(size(terminal), std::pair(size_t{24}, size_t{80})) << "serial lines do not know theirs";
  }
  const Descriptor file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_EQ(size(Terminal(file.get(), file.get())), std::pair(size_t{24}, size_t{80}));
}

}  // namespace
}  // namespace plimsoll::cli
