#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <tuple>

namespace plimsoll::cli {

// A terminal of 24 lines and 120 columns that a test sits before.
class Pty {
 public:
  Pty() : keyboard_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(::grantpt(keyboard_), 0);
    EXPECT_EQ(::unlockpt(keyboard_), 0);
    line_ = ::open(::ptsname(keyboard_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_GE(line_, 0);
    Resize(24, 120);
  }
  ~Pty() {
    HangUp();
    ::close(line_);
  }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  int line() const { return line_; }  // what the program has as its terminal
  void Resize(unsigned short rows, unsigned short columns) const {
    const winsize window{rows, columns, 0, 0};
    EXPECT_EQ(::ioctl(keyboard_, TIOCSWINSZ, &window), 0);
  }
  void Press(std::string_view keys) const {
    EXPECT_EQ(::write(keyboard_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  // What was shown from where the last call ended to the end of `text`; fails the test when that does not
  // come.
  std::string ReadUntil(std::string_view text) {
    char bytes[4096];
    size_t at;
    while ((at = unread_.find(text)) == std::string::npos) {
      pollfd poll{keyboard_, POLLIN, 0};
      const ssize_t count = ::poll(&poll, 1, 20'000) > 0 ? ::read(keyboard_, bytes, sizeof bytes) : 0;
      if (count <= 0) {
        ADD_FAILURE() << text << " was not shown: " << unread_;
        return {};
      }
      unread_.append(bytes, static_cast<size_t>(count));
    }
    std::string shown = unread_.substr(0, at + text.size());
    unread_.erase(0, at + text.size());
    return shown;
  }
  termios Settings() const {
    termios settings{};
    EXPECT_EQ(::tcgetattr(line_, &settings), 0);
    return settings;
  }
  // The terminal is gone.
  void HangUp() {
    if (keyboard_ >= 0) ::close(keyboard_);
    keyboard_ = -1;
  }

 private:
  int keyboard_ = -1, line_ = -1;
  std::string unread_;
};

inline bool operator==(const termios& a, const termios& b) {
  return std::tuple(a.c_iflag, a.c_oflag, a.c_cflag, a.c_lflag, a.c_cc[VMIN], a.c_cc[VTIME]) ==
         std::tuple(b.c_iflag, b.c_oflag, b.c_cflag, b.c_lflag, b.c_cc[VMIN], b.c_cc[VTIME]);
}

}  // namespace plimsoll::cli
