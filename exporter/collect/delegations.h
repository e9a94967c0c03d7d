#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace plimsoll::collect {

// Who was given a cgroup of his own (a user, an LXC container) may make any number below it, and each costs
// us memory. Counts them by delegation: the topmost cgroup that is not root's, named by its incarnation; 0 is
// root's own, without a bound. (By owner alone, a user with subordinate ids would have a count for each, and
// all LXC containers with the same ids one together.)
class Delegations {
 public:
  static constexpr size_t kMost = 1000;

  enum class Answer { kTaken, kFirstRefused, kRefused };

  Answer Take(uint64_t delegation) {
    if (delegation == 0) return Answer::kTaken;
    Count& count = counts_[delegation];
    if (count.members < kMost) {
      ++count.members;
      return Answer::kTaken;
    }
    return count.refused++ == 0 ? Answer::kFirstRefused : Answer::kRefused;
  }

  // True when there is room again for one that was refused.
  bool GiveBack(uint64_t delegation) {
    const auto found = counts_.find(delegation);
    if (found == counts_.end()) return false;
    const bool refused = found->second.refused > 0;
    if (--found->second.members == 0) counts_.erase(found);
    return refused;
  }

 private:
  struct Count {
    size_t members = 0;
    size_t refused = 0;  // how often
  };
  std::unordered_map<uint64_t, Count> counts_;
};

}  // namespace plimsoll::collect
