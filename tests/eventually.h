#pragma once

#include <chrono>
#include <thread>

namespace plimsoll {

// Waits for what others do, another thread or the kernel; far longer than it ever takes.
template <typename Condition>
bool Eventually(Condition holds) {
  for (int i = 0; i < 2000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace plimsoll
