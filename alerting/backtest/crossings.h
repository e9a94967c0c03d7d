#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "config/alerting_config.h"

namespace plimsoll::alerting {

// The newest values of one subject as far as a rule that wants so many breaches
// in a row looks back, by their places on a scale of thresholds.
class BreachRun {
 public:
  // Takes the next value's place. Answers with the least of the newest `breaches`
  // of them, -1 while there are fewer: every threshold up to that place was
  // breached that often in a row.
  int32_t Next(int32_t place, uint32_t breaches);

 private:
  std::vector<std::pair<uint64_t, int32_t>> least_;  // number and place; both grow
  size_t head_ = 0;
  uint64_t taken_ = 0;
};

// How often values went beyond each of many thresholds: all numbers of three
// significant digits, the most eager first. A rule fires at a threshold at most
// as often as this counts; less often where recoveries or hysteresis make one
// alert of several peaks.
class Crossings {
 public:
  explicit Crossings(CompareOp op);

  // The least eager threshold that the value breaches; -1: none.
  int32_t PlaceOf(double value) const;
  double ThresholdAt(int32_t place) const;

  // Whether the value, as a threshold, was breached by no more than `most_runs` runs.
  bool IsRarelyBreached(double threshold, uint64_t most_runs) const;

  // A subject's run went from one place to another, or stayed; -1: none.
  void Add(int32_t from, int32_t to);

  // The most eager threshold from which on to the least eager one none was
  // crossed more than `most` times, nor breached by more than `most_runs` runs:
  // one that is breached all the time fires but once. Nothing when nothing was added.
  std::optional<int32_t> EagerestAtMost(uint64_t most, uint64_t most_runs) const;

 private:
  const bool above_;
  int32_t greatest_ = -1;
  std::vector<int32_t> steps_;  // what the count at a place is more than at the one before
  std::vector<uint64_t> runs_;  // that ended at a place
};

}  // namespace plimsoll::alerting
