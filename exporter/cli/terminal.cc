#include "exporter/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace plimsoll::cli {
namespace {

// Alternate screen, cursor; and the way back (xterm's control sequences, which all terminals of today know).
constexpr std::string_view kTake = "\x1b[?1049h\x1b[?25l", kGiveBack = "\x1b[?25h\x1b[?1049l";

}  // namespace

Result<void> Terminal::Enter() {
  if (is_taken_) return {};
  if (::tcgetattr(in_, &before_) != 0) return tl::unexpected(ErrnoError("the terminal cannot be asked"));
  termios ours = before_;
  // ISIG stays: ^C and ^Z are signals, as everywhere.
  ours.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  ours.c_cc[VMIN] = 1;
  ours.c_cc[VTIME] = 0;
  if (::tcsetattr(in_, TCSAFLUSH, &ours) != 0)
    return tl::unexpected(ErrnoError("the terminal cannot be set"));
  is_taken_ = true;
  if (!Write(kTake)) return tl::unexpected(ErrnoError("the terminal cannot be written to"));
  return {};
}

void Terminal::Leave() {
  if (!is_taken_) return;
  is_taken_ = false;
  (void)Write(kGiveBack);
  (void)::tcsetattr(in_, TCSAFLUSH, &before_);
}

Terminal::Size Terminal::size() const {
  winsize window{};
  Size size;
  if (::ioctl(out_, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0) return size;
  size.rows = window.ws_row;
  size.columns = window.ws_col;
  return size;
}

bool Terminal::Write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(out_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace plimsoll::cli
