#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/clock.h"
#include "model/result.h"

namespace plimsoll::alerting {

// How far a place's clocks are from UTC at any moment: the host's time zone
// file (tzfile(5)), read once. libc would need the process' own TZ set, which
// threads cannot share. Immutable.
class TimeZone {
 public:
  // "Europe/Berlin". Fails when the host has no such file, or not a whole one. "UTC" needs none.
  static Result<TimeZone> Load(const std::string& name);
  // `bytes`: a whole tzfile of version 2 or later.
  static Result<TimeZone> Parse(std::string_view bytes);

  std::chrono::seconds OffsetAt(WallTime at) const;

 private:
  // A day of the year on which clocks change: "M3.5.0/2", "J60" or "59".
  struct YearDay {
    enum class Kind { kMonth, kJulian, kDay } kind = Kind::kMonth;
    int month = 0, week = 0, day = 0;  // kMonth: 1..12, 1..5 (5: the last), 0..6 (0: Sunday); else the day
    int seconds = 7200;  // of that day, by the clocks of before; may be negative or beyond a day
  };
  // What holds after the last transition: "CET-1CEST,M3.5.0,M10.5.0/3".
  struct Rule {
    int standard = 0, summer = 0;  // seconds east of UTC
    bool has_summer = false;
    YearDay begin, end;  // of summer time
  };
  class RuleReader;

  static int64_t SecondOf(const YearDay& day, int year);
  int ByRule(int64_t at) const;

  std::vector<std::pair<int64_t, int>> transitions_;  // from this second on: this offset; sorted
  int before_ = 0;                                    // the offset before the first
  Rule rule_;
  bool has_rule_ = false;
};

}  // namespace plimsoll::alerting
