#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/frame.h"

namespace plimsoll::exposition {

// The highest figures of one container since the scrape before the last.
struct Peak {
  Ratio cpu_percent;
  Figure memory_used;  // working set, bytes
};

// Remembers what happens between two scrapes. A window ends when a body with
// its figures was rendered; what is shown covers the running window and the
// one before, so that two Prometheus servers that scrape in turn both see
// every peak. Not thread-safe; allocates only for new containers.
class Peaks {
 public:
  // A new set was measured.
  void Note(const ContainerSet& set);
  // The figures are being shown: the next set begins a new window.
  void Shown() { shown_ = true; }
  // By cgroup path; empty when not known.
  Peak Of(std::string_view cgroup) const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  struct Entry {
    uint64_t incarnation = 0;
    uint64_t seen = 0;  // number of the last set that held the container
    Peak running, before;
  };

  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  bool shown_ = false;
  uint64_t round_ = 0;
};

}  // namespace plimsoll::exposition
