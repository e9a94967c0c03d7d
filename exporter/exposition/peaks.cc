#include "exporter/exposition/peaks.h"

namespace plimsoll::exposition {
namespace {

template <typename T>
void Raise(std::optional<T>& peak, const std::optional<T>& value) {
  if (value && (!peak || *peak < *value)) peak = value;
}

void Raise(Peak& peak, const Peak& other) {
  Raise(peak.cpu_percent, other.cpu_percent);
  Raise(peak.memory_used, other.memory_used);
}

}  // namespace

void Peaks::Note(const ContainerSet& set) {
  const bool new_window = std::exchange(shown_, false);
  ++round_;
  size_t present = 0;
  for (const ContainerSample& sample : set.containers) {
    if (sample.who->runtime == RuntimeKind::kCgroup) continue;
    auto at = entries_.find(std::string_view(sample.who->cgroup));
    if (at == entries_.end()) at = entries_.emplace(sample.who->cgroup, Entry{}).first;
    Entry& entry = at->second;
    if (entry.incarnation != sample.incarnation) entry = Entry{.incarnation = sample.incarnation};
    if (new_window && entry.seen != round_) entry.before = std::exchange(entry.running, Peak{});
    present += entry.seen != round_;
    entry.seen = round_;
    Raise(entry.running, Peak{sample.derived.cpu_percent, sample.memory.WorkingSet()});
  }
  if (present != entries_.size())
    std::erase_if(entries_, [&](const auto& e) { return e.second.seen != round_; });
}

Peak Peaks::Of(std::string_view cgroup) const {
  const auto at = entries_.find(cgroup);
  if (at == entries_.end()) return {};
  Peak peak = at->second.before;
  Raise(peak, at->second.running);
  return peak;
}

}  // namespace plimsoll::exposition
