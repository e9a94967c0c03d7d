#pragma once

#include <chrono>

namespace plimsoll {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;  // UTC, may jump
using MonoTime = std::chrono::steady_clock::time_point;  // never goes back; not comparable across boots

// Where every time comes from, so that tests own it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Wall() const = 0;
  virtual MonoTime Mono() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime Wall() const override { return std::chrono::system_clock::now(); }
  MonoTime Mono() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace plimsoll
