#include "exporter/cli/live_top.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <optional>
#include <thread>

#include "exporter/collect/file_text.h"
#include "unit/cli/pty.h"

namespace plimsoll::cli {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kGivenBack = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kEndOfScreen = "/ filter";

TopReading Box() {
  TopReading reading;
  reading.running = 1;
  reading.rows.emplace_back().name = "box0001";
  return reading;
}

// The command on a thread of its own, which takes signals and keys as a process would. One reading, unless a
// test says otherwise: what is drawn later was asked for by a key or a signal.
class LiveTopTest : public ::testing::Test {
 protected:
  LiveTopTest() {
    order_.url = "http://x";
    order_.interval = hours(1);
    order_.read = [] { return Box(); };
    order_.interrupt = [this] { ++interrupts_; };
    order_.in = order_.out = pty_.line();
  }
  ~LiveTopTest() override {
    if (thread_.joinable()) thread_.join();
  }

  void Start() {
    thread_ = std::thread([this] { result_ = ShowLiveTop(order_); });
  }
  void Signal(int number) { EXPECT_EQ(::pthread_kill(thread_.native_handle(), number), 0); }
  // The exit code; -1 with a failure of the test when there is none.
  int Wait() {
    thread_.join();
    EXPECT_TRUE(result_ && *result_) << (*result_ ? "" : result_->error().message);
    return *result_ ? **result_ : -1;
  }

  Pty pty_;
  const termios before_ = pty_.Settings();
  LiveTop order_;
  std::atomic<int> interrupts_{0};
  std::thread thread_;
  std::optional<Result<int>> result_;
};

TEST_F(LiveTopTest, ShowsWhatIsReadUntilTheUserLeaves) {
  Start();
  pty_.ReadUntil("box0001");
  pty_.Press("m");
  pty_.ReadUntil("by memory");
  pty_.Press("q");
  pty_.ReadUntil(kGivenBack);
  EXPECT_EQ(Wait(), 0);
  EXPECT_TRUE(pty_.Settings() == before_);
  EXPECT_EQ(interrupts_, 1) << "a read that hangs must not hold the end";
}

TEST_F(LiveTopTest, ReadsAgainAndSaysWhenFiguresAreOld) {
  std::atomic<bool> fails{false};
  order_.interval = milliseconds(1);
  order_.read = [&]() -> Result<TopReading> {
    if (fails) return Fail("no answer");
    return Box();
  };
  Start();
  pty_.ReadUntil("box0001");
  fails = true;
  pty_.ReadUntil("old figures: no answer");
  pty_.ReadUntil("box0001");
  fails = false;
  pty_.ReadUntil("containers 1");
  pty_.Press("q");
  pty_.ReadUntil(kGivenBack);
  EXPECT_EQ(Wait(), 0);
}

TEST_F(LiveTopTest, SignalsEndItAsTheyEndOthersAndTheTerminalComesBack) {
  const std::pair<int, int> cases[] = {
      {SIGINT, 0}, {SIGTERM, 128 + SIGTERM}, {SIGHUP, 128 + SIGHUP}, {SIGQUIT, 128 + SIGQUIT}};
  for (const auto& [number, code] : cases) {
    Start();
    pty_.ReadUntil("box0001");
    Signal(number);
    pty_.ReadUntil(kGivenBack);
    EXPECT_EQ(Wait(), code);
    EXPECT_TRUE(pty_.Settings() == before_);
  }
}

TEST_F(LiveTopTest, AnotherSizeIsDrawnAtOnce) {
  pty_.Resize(24, 200);
  Start();
  EXPECT_THAT(pty_.ReadUntil("box0001"), HasSubstr("DISK READ"));
  pty_.ReadUntil(kEndOfScreen);
  pty_.Resize(24, 60);
  Signal(SIGWINCH);
  EXPECT_THAT(pty_.ReadUntil("box0001"), Not(HasSubstr("DISK READ")));
  pty_.Press("q");
  EXPECT_EQ(Wait(), 0);
}

TEST_F(LiveTopTest, AKeyboardThatIsGoneIsAUserWhoLeft) {
  Start();
  pty_.ReadUntil("box0001");
  pty_.ReadUntil(kEndOfScreen);
  pty_.HangUp();
  EXPECT_EQ(Wait(), 0);
}

TEST_F(LiveTopTest, AScreenThatIsGoneEndsItAsItsSignalWould) {
  Pty screen;
  order_.out = screen.line();
  Start();
  screen.ReadUntil("box0001");
  screen.ReadUntil(kEndOfScreen);
  screen.HangUp();
  pty_.Press("m");
  EXPECT_EQ(Wait(), 128 + SIGHUP);
  EXPECT_TRUE(pty_.Settings() == before_);
}

TEST_F(LiveTopTest, WhatIsNoTerminalIsRefused) {
  const collect::Descriptor file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  order_.in = order_.out = file.get();
  Start();
  thread_.join();
  ASSERT_FALSE(*result_);
  EXPECT_THAT(result_->error().message, HasSubstr("the terminal cannot be asked"));
}

}  // namespace
}  // namespace plimsoll::cli
