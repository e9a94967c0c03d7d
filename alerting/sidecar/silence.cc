#include "alerting/sidecar/silence.h"

namespace plimsoll::alerting {

using std::chrono::days;
using std::chrono::minutes;

bool IsOpen(const MaintenanceWindow& window, const TimeZone& zone, WallTime at) {
  const auto local = at + zone.OffsetAt(at);
  const auto today = std::chrono::floor<days>(local);
  const auto time = std::chrono::floor<minutes>(local - today);
  const auto begins_on = [&](auto day) {
    return window.weekdays.test(std::chrono::weekday(std::chrono::sys_days(day)).iso_encoding() - 1);
  };
  if (window.from < window.to) return begins_on(today) && time >= window.from && time < window.to;
  return (begins_on(today) && time >= window.from) || (begins_on(today - days(1)) && time < window.to);
}

std::vector<std::string> Silences::Configure(const std::vector<MaintenanceWindow>& windows) {
  std::vector<std::string> faults;
  windows_.clear();
  for (const MaintenanceWindow& config : windows) {
    Result<TimeZone> zone = TimeZone::Load(config.timezone);
    Result<LabelMatchers> matchers = LabelMatchers::Compile(config.matchers);
    if (zone && matchers) {
      windows_.push_back({config, std::move(*zone), std::move(*matchers)});
    } else {
      const Error& error = zone ? matchers.error() : zone.error();
      faults.push_back(error.In("maintenance " + config.name).message);
    }
  }
  return faults;
}

Result<void> Silences::Put(Silence silence) {
  Result<LabelMatchers> matchers = LabelMatchers::Compile(silence.matchers);
  if (!matchers) return tl::unexpected(matchers.error());
  const int64_t id = silence.id;
  silences_.insert_or_assign(id, std::pair(std::move(silence), std::move(*matchers)));
  return {};
}

bool Silences::Remove(int64_t id) { return silences_.erase(id) > 0; }

std::vector<Silence> Silences::All() const {
  std::vector<Silence> all;
  for (const auto& [id, entry] : silences_) all.push_back(entry.first);
  return all;
}

std::vector<int64_t> Silences::Forget(WallTime now) {
  std::vector<int64_t> gone;
  for (const auto& [id, entry] : silences_)
    if (now - entry.first.ends_at > kKept) gone.push_back(id);
  for (const int64_t id : gone) silences_.erase(id);
  return gone;
}

std::string Silences::SilencedBy(const TextPairs& labels, WallTime now) const {
  for (const auto& [id, entry] : silences_) {
    const auto& [silence, matchers] = entry;
    if (now >= silence.starts_at && now < silence.ends_at && matchers.Match(labels))
      return "silence " + std::to_string(id);
  }
  for (const Window& window : windows_)
    if (IsOpen(window.config, window.zone, now) && window.matchers.Match(labels))
      return "maintenance " + window.config.name;
  return "";
}

}  // namespace plimsoll::alerting
