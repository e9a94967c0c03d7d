#include "alerting/sidecar/time_zone.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>
#include <sstream>

namespace plimsoll::alerting {
namespace {

constexpr size_t kMostBytes = 256 * 1024;  // the largest in use is 4 KiB
constexpr size_t kHeaderBytes = 44;
constexpr int64_t kDaySeconds = 86400;

int64_t BigEndian(std::string_view bytes) {
  uint64_t number = static_cast<unsigned char>(bytes[0]) >= 0x80 ? ~uint64_t{0} : 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return static_cast<int64_t>(number);
}

// The counts of a tzfile's header, in their order there.
struct Counts {
  size_t utc = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0;
  // Bytes of the block that follows, when its times have so many bytes each.
  size_t Bytes(size_t time) const {
    return times * (time + 1) + types * 6 + letters + leaps * (time + 4) + standard + utc;
  }
};

std::optional<Counts> ReadCounts(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif") || bytes[4] < '2') return std::nullopt;
  Counts counts;
  size_t at = 20;
  for (size_t* count :
       {&counts.utc, &counts.standard, &counts.leaps, &counts.times, &counts.types, &counts.letters}) {
    *count = static_cast<size_t>(BigEndian(bytes.substr(at, 4)));
    if (*count > kMostBytes) return std::nullopt;
    at += 4;
  }
  return counts;
}

int64_t DaysBefore(int year, int month, int day) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day).time_since_epoch().count();
}

}  // namespace

// Reads a TZ string as POSIX has it (tzset(3)).
class TimeZone::RuleReader {
 public:
  explicit RuleReader(std::string_view text) : rest_(text) {}

  std::optional<Rule> Read() {
    Rule rule;
    if (!Name() || !Offset(rule.standard)) return std::nullopt;
    rule.standard = -rule.standard;  // west is positive there
    if (rest_.empty()) return rule;
    rule.has_summer = true;
    rule.summer = rule.standard + 3600;
    if (!Name()) return std::nullopt;
    if (!rest_.starts_with(',')) {
      if (!Offset(rule.summer)) return std::nullopt;
      rule.summer = -rule.summer;
    }
    if (!Take(',') || !Day(rule.begin) || !Take(',') || !Day(rule.end) || !rest_.empty()) return std::nullopt;
    return rule;
  }

 private:
  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // "CET" or "<+0330>".
  bool Name() {
    const bool quoted = Take('<');
    size_t length = 0;
    const auto belongs = [&](char c) {
      return std::isalpha(static_cast<unsigned char>(c)) || (quoted && c != '>');
    };
    while (length < rest_.size() && belongs(rest_[length])) ++length;
    rest_.remove_prefix(length);
    return length > 0 && (!quoted || Take('>'));
  }
  bool Number(int& out) {
    size_t length = 0;
    out = 0;
    while (length < rest_.size() && length < 4 && std::isdigit(static_cast<unsigned char>(rest_[length])))
      out = out * 10 + (rest_[length++] - '0');
    rest_.remove_prefix(length);
    return length > 0;
  }
  // "-3:30", in seconds.
  bool Offset(int& out) {
    const bool negative = Take('-');
    if (!negative) Take('+');
    int hours = 0, minutes = 0, seconds = 0;
    if (!Number(hours)) return false;
    if (Take(':') && (!Number(minutes) || (Take(':') && !Number(seconds)))) return false;
    if (hours > 167) return false;
    out = (hours * 3600 + minutes * 60 + seconds) * (negative ? -1 : 1);
    return true;
  }
  bool Day(YearDay& day) {
    if (Take('M')) {
      if (!Number(day.month) || !Take('.') || !Number(day.week) || !Take('.') || !Number(day.day))
        return false;
      if (day.month < 1 || day.month > 12 || day.week < 1 || day.week > 5 || day.day > 6) return false;
    } else {
      day.kind = Take('J') ? YearDay::Kind::kJulian : YearDay::Kind::kDay;
      if (!Number(day.day) || day.day > 365) return false;
    }
    return !Take('/') || Offset(day.seconds);
  }

  std::string_view rest_;
};

// The second since the epoch, by the place's own clocks.
int64_t TimeZone::SecondOf(const YearDay& day, int year) {
  int64_t days = DaysBefore(year, 1, 1);
  if (day.kind == YearDay::Kind::kMonth) {
    const int64_t first = DaysBefore(year, day.month, 1);
    const int64_t weekday = ((first + 4) % 7 + 7) % 7;  // the epoch's day was a Thursday
    days = first + (day.day - weekday + 7) % 7 + (day.week - 1) * 7;
    const auto last = std::chrono::sys_days(std::chrono::year(year) / day.month / std::chrono::last)
                          .time_since_epoch()
                          .count();
    while (days > last) days -= 7;
  } else if (day.kind == YearDay::Kind::kJulian) {  // 29 February is never counted
    const bool after_leap_day = std::chrono::year(year).is_leap() && day.day >= 60;
    days += day.day - 1 + (after_leap_day ? 1 : 0);
  } else {
    days += day.day;
  }
  return days * kDaySeconds + day.seconds;
}

int TimeZone::ByRule(int64_t at) const {
  if (!rule_.has_summer) return rule_.standard;
  const auto day = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(at + rule_.standard)));
  const int year = static_cast<int>(std::chrono::year_month_day(day).year());
  const int64_t begin = SecondOf(rule_.begin, year) - rule_.standard;
  const int64_t end = SecondOf(rule_.end, year) - rule_.summer;
  const bool is_summer = begin < end ? at >= begin && at < end : at >= begin || at < end;
  return is_summer ? rule_.summer : rule_.standard;
}

Result<TimeZone> TimeZone::Load(const std::string& name) {
  if (name == "UTC") return TimeZone();
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos)
    return Fail(name + ": is no time zone's name");
  const std::string path = "/usr/share/zoneinfo/" + name;
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::unexpected(ErrnoError("open " + path));
  std::ostringstream bytes;
  bytes << file.rdbuf();
  Result<TimeZone> zone = Parse(bytes.str());
  if (!zone) return tl::unexpected(zone.error().In(path));
  return zone;
}

Result<TimeZone> TimeZone::Parse(std::string_view bytes) {
  const auto broken = [] { return Fail("is no whole time zone file of version 2 or later"); };
  // A block with times of 32 bits comes first, for old readers.
  const auto old = bytes.size() > kMostBytes ? std::nullopt : ReadCounts(bytes);
  if (!old || bytes.size() < kHeaderBytes + old->Bytes(4)) return broken();
  bytes.remove_prefix(kHeaderBytes + old->Bytes(4));
  const auto counts = ReadCounts(bytes);
  if (!counts || counts->types == 0 || bytes.size() < kHeaderBytes + counts->Bytes(8)) return broken();
  const std::string_view times = bytes.substr(kHeaderBytes);
  const std::string_view indexes = times.substr(counts->times * 8), types = indexes.substr(counts->times);
  TimeZone zone;
  const auto offset_of = [&](size_t type) { return static_cast<int>(BigEndian(types.substr(type * 6, 4))); };
  zone.before_ = offset_of(0);
  for (size_t i = 0; i < counts->times; ++i) {
    const size_t type = static_cast<unsigned char>(indexes[i]);
    if (type >= counts->types) return broken();
    zone.transitions_.emplace_back(BigEndian(times.substr(i * 8, 8)), offset_of(type));
  }
  if (!std::is_sorted(zone.transitions_.begin(), zone.transitions_.end())) return broken();
  std::string_view footer = bytes.substr(kHeaderBytes + counts->Bytes(8));
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') return broken();
  footer = footer.substr(1, footer.size() - 2);
  if (footer.empty()) return zone;
  const auto rule = RuleReader(footer).Read();
  if (!rule) return broken();
  zone.rule_ = *rule;
  zone.has_rule_ = true;
  return zone;
}

std::chrono::seconds TimeZone::OffsetAt(WallTime at) const {
  const int64_t second = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  if (has_rule_ && (transitions_.empty() || second >= transitions_.back().first))
    return std::chrono::seconds(ByRule(second));
  const auto after =
      std::upper_bound(transitions_.begin(), transitions_.end(), second,
                       [](int64_t value, const std::pair<int64_t, int>& one) { return value < one.first; });
  return std::chrono::seconds(after == transitions_.begin() ? before_ : std::prev(after)->second);
}

}  // namespace plimsoll::alerting
