#pragma once

#include <string>
#include <utility>

#include "model/result.h"

namespace plimsoll {

// Says that this one writes the store's file: a lock on a file beside it, "PATH-lock",
// which stays there. Readers need none. The kernel lifts it when the process dies.
class WriterLock {
 public:
  // Fails when somebody else has it. Where no lock can be had (no room, a file
  // system without locks), nothing is locked and nothing fails.
  static Result<WriterLock> Take(const std::string& path);
  // Whether somebody has it now.
  static bool IsTaken(const std::string& path);

  WriterLock() = default;
  WriterLock(WriterLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  WriterLock& operator=(WriterLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~WriterLock();

 private:
  int descriptor_ = -1;
};

}  // namespace plimsoll
