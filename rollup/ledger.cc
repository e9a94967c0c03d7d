#include "rollup/ledger.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "database/milliseconds.h"

namespace plimsoll::rollup {
namespace {

using std::chrono::milliseconds;

// A runtime may tell a container's name that much after its birth; until then it is a plain cgroup.
constexpr auto kLateNaming = std::chrono::seconds(60);
// Engines may be slow to answer at the start; then nobody waits for a basis of earlier any more.
constexpr auto kKeepBasis = std::chrono::minutes(10);

int64_t Between(MonoTime from, MonoTime to) { return std::max<int64_t>(0, ToMs(to) - ToMs(from)); }

Figure Hundredths(const Ratio& percent) {
  if (!percent || !(*percent >= 0)) return std::nullopt;
  return static_cast<uint64_t>(std::llround(*percent * 100));
}

void TakeGauges(const ContainerSample& sample, Reading& reading) {
  reading.memory_bytes = sample.memory.WorkingSet();
  if (reading.memory_bytes) reading.inactive_file_bytes = *sample.memory.usage - *reading.memory_bytes;
  reading.threads = sample.pids.threads;
  reading.cpu_pressure = Hundredths(sample.cpu_pressure.some_avg10);
  reading.memory_pressure = Hundredths(sample.memory_pressure.some_avg10);
  reading.io_pressure = Hundredths(sample.io_pressure.some_avg10);
}

// `to` becomes the reading over both stretches.
void TakeIn(Reading& to, const Reading& earlier) {
  if (earlier.elapsed_ms) to.elapsed_ms = to.elapsed_ms.value_or(0) + *earlier.elapsed_ms;
  EachCounter(to, earlier, [](Figure& sum, const Figure& more) {
    if (more) sum = sum.value_or(0) + *more;
  });
}

// More than all cores could do in that time: then the birth was told wrong (a
// cgroup directory that the kernel forgot and looked up again has a new date).
bool Plausible(const Figure& cpu_us, int64_t elapsed_ms, uint32_t cpus) {
  if (!cpu_us || cpus == 0) return true;
  return *cpu_us <= static_cast<uint64_t>(elapsed_ms + 1000) * 1000 * cpus * 5 / 4;
}

bool AddsNothing(const Reading& counters) {
  const Figure* const all[] = {&counters.cpu_us,
                               &counters.net_rx_bytes,
                               &counters.net_tx_bytes,
                               &counters.block_read_bytes,
                               &counters.block_write_bytes,
                               &counters.periods,
                               &counters.throttled_periods,
                               &counters.oom_kills};
  return std::all_of(std::begin(all), std::end(all),
                     [](const Figure* counter) { return counter->value_or(0) == 0; });
}

}  // namespace

void Ledger::TakeTime(const Frame& frame) {
  const ContainerSet& set = *frame.set;
  now_mono_ = set.mono;
  cpu_count_ = frame.host.cpu_count;
  hour_ = BucketNumber(ToMs(set.wall), 3'600'000);
  tick_ms_ = recorded_mono_ ? Between(*recorded_mono_, set.mono) : 0;
  if (!begun_) begun_ = set.mono;
  if (set.mono - *begun_ > kKeepBasis) before_us_.clear();
  known_since_ = last_wall_;
  if (!last_wall_) return;
  // What the clock went back by since; births may be dated by either clock.
  auto jump = set.wall - *last_wall_;
  if (last_mono_) jump -= set.mono - *last_mono_;
  if (jump.count() < 0) *known_since_ += jump;
}

void Ledger::Read(const Frame& frame, const Roll& roll) {
  const ContainerSet& set = *frame.set;
  ++beat_;
  TakeTime(frame);
  Move(roll.moved);
  for (const uint32_t id : roll.forgotten)
    if (!entries_.contains(id)) refused_.erase(id);
  const std::map<uint32_t, Reading> last_words = LastWords(roll);
  living_.resize(set.containers.size());
  for (size_t i = 0; i < set.containers.size(); ++i) {
    living_[i] = Reading{};
    const uint32_t id = roll.living[i];
    if (id == 0) continue;
    living_[i] = ReadOne(set.containers[i], id, set.mono, set.wall);
    if (last_words.empty()) continue;
    const auto earlier = last_words.find(id);
    if (earlier != last_words.end()) TakeIn(living_[i], earlier->second);
  }
  std::erase_if(entries_, [this](const auto& entry) { return entry.second.beat != beat_; });
  last_wall_ = set.wall;
  last_mono_ = set.mono;
  CollectDue(last_words);
}

// Counters of those that ended since the set before; several of one number become one.
// Where nothing was added since that set, it slept or was not read again: nobody knows.
std::map<uint32_t, Reading> Ledger::LastWords(const Roll& roll) {
  std::map<uint32_t, Reading> words;
  for (const auto& [ended, id] : roll.ended) {
    const bool was_told = entries_[id].incarnation == ended->last.incarnation;
    Reading reading = ReadOne(ended->last, id, std::min(ended->ended_at, now_mono_), ended->last_seen);
    Reading counters;
    counters.container = id;
    TakeIn(counters, reading);
    entries_[id].beat = 0;
    if (was_told && AddsNothing(counters)) continue;
    TakeIn(words.try_emplace(id, Reading{}).first->second, counters);
    words[id].container = id;
  }
  return words;
}

Reading Ledger::ReadOne(const ContainerSample& sample, uint32_t id, MonoTime mono, WallTime wall) {
  Reading reading;
  reading.container = id;
  TakeGauges(sample, reading);
  Entry& entry = entries_[id];
  const bool seen = entry.incarnation != 0;
  const size_t cgroup = std::hash<std::string>()(sample.who->cgroup);
  const bool same_birth = entry.born == sample.cgroup_created && entry.cgroup_hash == cgroup;
  if (seen && same_birth && (entry.incarnation == sample.incarnation || entry.born != WallTime{})) {
    reading.elapsed_ms = static_cast<uint64_t>(Between(entry.mono, mono));
    entry.meter_due = entry.counters.Advance(sample, reading) || entry.meter_due;
    if (entry.first && is_restored_) Resume(entry, id, reading);
  } else {
    Begin(entry, sample, id, mono, wall, reading);
    entry.meter_due = true;
  }
  meters_due_ = meters_due_ || entry.meter_due;
  entry.incarnation = sample.incarnation;
  entry.born = sample.cgroup_created;
  entry.cgroup_hash = cgroup;
  entry.mono = mono;
  entry.beat = beat_;
  return reading;
}

// A cgroup that this run has not seen before.
void Ledger::Begin(Entry& entry, const ContainerSample& sample, uint32_t id, MonoTime mono, WallTime wall,
                   Reading& reading) {
  const Counters before = std::exchange(entry.counters, Counters());
  entry.first.reset();
  const bool succeeds = entry.incarnation != 0;
  if (!succeeds && Continue(entry, sample, id, wall, reading)) return;
  if (FromZero(entry, sample, mono, wall, reading)) return;
  const Figure now_us = sample.cpu.usage_ns ? Figure(*sample.cpu.usage_ns / 1000) : std::nullopt;
  if (succeeds && sample.cgroup_created == WallTime{} && now_us && before.cpu_us &&
      *now_us < *before.cpu_us) {
    entry.counters = Counters::Zero();
    reading.elapsed_ms = static_cast<uint64_t>(Between(entry.mono, mono));
  } else {
    entry.counters = Counters();
  }
  entry.counters.Advance(sample, reading);
  if (!succeeds && !is_restored_)
    entry.first = std::make_unique<First>(First{Meter::Of(entry.counters), wall});
}

// The file was opened after this one was seen first: adds what it did until then.
void Ledger::Resume(Entry& entry, uint32_t id, Reading& reading) {
  const std::unique_ptr<First> first = std::move(entry.first);
  const auto found = before_us_.find(id);
  if (found == before_us_.end()) return;
  const Basis basis = found->second;
  before_us_.erase(found);
  const bool dated = entry.born != WallTime{};
  if (dated != basis.born_ms.has_value() || (dated && ToMs(entry.born) != *basis.born_ms)) return;
  if (!dated && basis.meter.cpu_us && first->meter.cpu_us && *first->meter.cpu_us < *basis.meter.cpu_us)
    return;
  Reading until_first;
  basis.meter.Increases(first->meter, until_first);
  until_first.elapsed_ms = static_cast<uint64_t>(std::max<int64_t>(0, ToMs(first->wall) - basis.at_ms));
  TakeIn(reading, until_first);
}

// It ran when Plimsoll ran last: goes on from what was recorded then.
bool Ledger::Continue(Entry& entry, const ContainerSample& sample, uint32_t id, WallTime wall,
                      Reading& reading) {
  const auto found = before_us_.find(id);
  if (found == before_us_.end()) return false;
  const Basis basis = found->second;
  before_us_.erase(found);
  const bool dated = sample.cgroup_created != WallTime{};
  if (dated != basis.born_ms.has_value() || (dated && ToMs(sample.cgroup_created) != *basis.born_ms))
    return false;
  Reading nothing;
  entry.counters.Advance(sample, nothing);
  const Meter now = Meter::Of(entry.counters);
  if (!dated && basis.meter.cpu_us && now.cpu_us && *now.cpu_us < *basis.meter.cpu_us) return false;
  basis.meter.Increases(now, reading);
  reading.elapsed_ms = static_cast<uint64_t>(std::max<int64_t>(0, ToMs(wall) - basis.at_ms));
  return true;
}

// It was born since the set before, or hardly earlier: all it ever used is new.
bool Ledger::FromZero(Entry& entry, const ContainerSample& sample, MonoTime mono, WallTime wall,
                      Reading& reading) {
  const WallTime born = sample.cgroup_created;
  if (born == WallTime{} || !known_since_ || born <= *known_since_ - kLateNaming) return false;
  int64_t elapsed = ToMs(wall) - ToMs(born);
  if (last_mono_) {
    const int64_t most =
        Between(*last_mono_, mono) + (born > *last_wall_ ? 0 : milliseconds(kLateNaming).count());
    elapsed = elapsed < 0 ? Between(*last_mono_, mono) : std::min(elapsed, most);
  }
  elapsed = std::max<int64_t>(0, elapsed);
  const Figure cpu_us = sample.cpu.usage_ns ? Figure(*sample.cpu.usage_ns / 1000) : std::nullopt;
  if (!Plausible(cpu_us, elapsed, cpu_count_)) return false;
  entry.counters = Counters::Zero();
  entry.counters.Advance(sample, reading);
  reading.elapsed_ms = static_cast<uint64_t>(elapsed);
  return true;
}

// All at once: a number may go from one container to another.
void Ledger::Move(const std::vector<std::pair<uint32_t, uint32_t>>& moved) {
  std::vector<std::pair<uint32_t, Entry>> entries;
  std::vector<std::pair<uint32_t, Reading>> refused;
  for (const auto& [from, to] : moved) {
    if (const auto found = entries_.find(from); found != entries_.end()) {
      entries.emplace_back(to, std::move(found->second));
      entries.back().second.meter_due = true;
      entries_.erase(found);
    }
    if (const auto found = refused_.find(from); found != refused_.end()) {
      refused.emplace_back(to, found->second);
      refused.back().second.container = to;
      refused_.erase(found);
    }
  }
  for (auto& [id, entry] : entries) entries_[id] = std::move(entry);
  for (auto& [id, reading] : refused) refused_[id] = reading;
}

void Ledger::CollectDue(const std::map<uint32_t, Reading>& last_words) {
  due_.clear();
  std::map<uint32_t, Reading> absent = refused_;
  for (const auto& [id, words] : last_words) {
    TakeIn(absent[id], words);
    absent[id].container = id;
  }
  for (const Reading& reading : living_) {
    if (reading.container == 0) continue;
    due_.push_back(reading);
    if (absent.empty()) continue;
    const auto earlier = refused_.find(reading.container);
    if (earlier != refused_.end()) TakeIn(due_.back(), earlier->second);
    absent.erase(reading.container);
  }
  for (const auto& [id, reading] : absent) {
    due_.push_back(reading);
    due_.back().ended = true;
  }
  std::sort(due_.begin(), due_.end(),
            [](const Reading& a, const Reading& b) { return a.container < b.container; });
}

void Ledger::MeterAll() {
  metered_hour_ = INT64_MIN;
  recorded_mono_.reset();
}

void Ledger::Recorded() {
  metered_hour_ = hour_;
  recorded_mono_ = now_mono_;
  refused_.clear();
  if (!meters_due_) return;
  meters_due_ = false;
  for (auto& [id, entry] : entries_) entry.meter_due = false;
}

void Ledger::Refused() {
  refused_.clear();
  for (const Reading& reading : due_) {
    Reading counters;
    TakeIn(counters, reading);
    counters.container = reading.container;
    refused_[reading.container] = counters;
  }
}

}  // namespace plimsoll::rollup
