#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "model/clock.h"

namespace plimsoll::alerting {

// The restarts of one container. Up to three witnesses tell of the same one, the
// first two of its start and perhaps a tick apart, the runtime's own count at the
// same time or later (it is asked when the container has begun), and each perhaps
// not at all. Each restart counts once, when the first of them tells.
class RestartTally {
 public:
  enum Witness { kStartEvent, kNewCgroup, kRuntimeCount };

  void Tell(Witness witness, uint64_t restarts) { told_[witness] += restarts; }

  // How many restarts were told since the last call that were not counted before.
  uint64_t Take(MonoTime now);

 private:
  static constexpr auto kLatestWord = std::chrono::seconds(30);
  static constexpr size_t kWitnesses = 3;

  std::array<uint64_t, kWitnesses> told_{};
  std::array<uint64_t, kWitnesses> owed_{};  // counted already, not yet told by this one
  MonoTime newest_{};                        // when a start was counted last
};

}  // namespace plimsoll::alerting
