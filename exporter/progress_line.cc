#include "exporter/progress_line.h"

#include <unistd.h>

#include <cstdio>

namespace plimsoll {

ProgressLine::ProgressLine(const char* what) : what_(what), on_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (shown_ >= 0) std::fprintf(stderr, "\r\033[K");
}

void ProgressLine::Show(double done) {
  const int percent = static_cast<int>(done * 100);
  if (!on_ || percent == shown_) return;
  shown_ = percent;
  std::fprintf(stderr, "\r%s %3d %%", what_, percent);
  std::fflush(stderr);
}

}  // namespace plimsoll
