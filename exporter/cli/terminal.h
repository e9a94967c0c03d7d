#pragma once

#include <termios.h>

#include <cstddef>
#include <string_view>

#include "model/result.h"

namespace plimsoll::cli {

// A terminal taken over: its alternate screen, no cursor, keys as they are
// pressed and not echoed. What was there comes back with Leave() and at the
// latest with the object; both may be called again and again.
class Terminal {
 public:
  Terminal(int in, int out) : in_(in), out_(out) {}
  ~Terminal() { Leave(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  Result<void> Enter();
  void Leave();

  struct Size {
    size_t rows = 24, columns = 80;
  };
  Size size() const;

  // False when the terminal is gone.
  bool Write(std::string_view text) const;

 private:
  const int in_, out_;
  bool is_taken_ = false;
  termios before_{};
};

}  // namespace plimsoll::cli
