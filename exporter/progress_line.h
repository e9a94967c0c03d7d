#pragma once

namespace plimsoll {

// Rewrites one line of standard error, when the figure moved and it is a terminal.
class ProgressLine {
 public:
  // `what` outlives this: "exporting".
  explicit ProgressLine(const char* what);
  ProgressLine(const ProgressLine&) = delete;
  ~ProgressLine();  // wipes it away

  void Show(double done);  // 0 to 1

 private:
  const char* const what_;
  const bool on_;
  int shown_ = -1;
};

}  // namespace plimsoll
