#pragma once

#include <mutex>
#include <optional>

#include "model/clock.h"

namespace plimsoll::exposition {

// How many file descriptors this process has open. Since Linux 6.2 the kernel
// knows; before, they are counted one by one, about 1 µs each, and there are some
// 20 a container. So they are counted at most every five minutes there. Thread-safe.
class OpenDescriptors {
 public:
  using Ask = std::optional<double> (*)();

  OpenDescriptors();
  // For tests: `size` stands for the kernel's answer, `count` for the counting.
  OpenDescriptors(Ask size, Ask count) : size_(size), count_(count) {}

  // Nothing when /proc tells neither.
  std::optional<double> At(MonoTime now);

 private:
  const Ask size_, count_;
  std::mutex mutex_;  // guards the next two
  std::optional<double> counted_;
  std::optional<MonoTime> counted_at_;
};

}  // namespace plimsoll::exposition
