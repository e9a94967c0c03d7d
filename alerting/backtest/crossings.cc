#include "alerting/backtest/crossings.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace plimsoll::alerting {
namespace {

// 0, then 0.001 to 9.99e15.
constexpr int kLeastDecade = -3, kDecades = 19, kPerDecade = 900;
constexpr int32_t kPlaces = 1 + kDecades * kPerDecade;

double Number(int32_t index) {
  if (index <= 0) return 0;
  const int decade = (index - 1) / kPerDecade + kLeastDecade;
  const double digits = 100 + (index - 1) % kPerDecade;
  // Divided rather than multiplied by a fraction: 93.1 is to be the nearest number to 93.1.
  return decade >= 2 ? digits * std::pow(10, decade - 2) : digits / std::pow(10, 2 - decade);
}

// The greatest number of the scale that is not above the value.
int32_t IndexBelow(double value) {
  if (!(value >= Number(1))) return 0;
  const int decade = std::min(static_cast<int>(std::floor(std::log10(value))), kLeastDecade + kDecades - 1);
  const double digits = std::min(std::floor(value / std::pow(10, decade - 2)), 999.0);
  int32_t index =
      1 + (decade - kLeastDecade) * kPerDecade + static_cast<int32_t>(std::max(digits - 100, 0.0));
  // The logarithm and the division may err by one.
  while (index + 1 < kPlaces && Number(index + 1) <= value) ++index;
  while (index > 0 && Number(index) > value) --index;
  return index;
}

}  // namespace

int32_t BreachRun::Next(int32_t place, uint32_t breaches) {
  while (least_.size() > head_ && least_.back().second >= place) least_.pop_back();
  least_.emplace_back(taken_++, place);
  while (least_[head_].first + breaches < taken_) ++head_;
  if (head_ > 16 && head_ * 2 > least_.size()) {
    least_.erase(least_.begin(), least_.begin() + static_cast<ptrdiff_t>(head_));
    head_ = 0;
  }
  return taken_ < breaches ? -1 : least_[head_].second;
}

Crossings::Crossings(CompareOp op)
    : above_(op == CompareOp::kGreaterEqual || op == CompareOp::kGreater),
      steps_(kPlaces + 1),
      runs_(kPlaces) {}

int32_t Crossings::PlaceOf(double value) const {
  int32_t index = IndexBelow(value);
  if (above_) return value < 0 ? -1 : index;
  if (Number(index) < value) ++index;
  return kPlaces - 1 - index;
}

double Crossings::ThresholdAt(int32_t place) const { return Number(above_ ? place : kPlaces - 1 - place); }

bool Crossings::IsRarelyBreached(double threshold, uint64_t most_runs) const {
  const int32_t place = std::max(PlaceOf(threshold), 0);
  return std::accumulate(runs_.begin() + place, runs_.end(), uint64_t{0}) <= most_runs;
}

void Crossings::Add(int32_t from, int32_t to) {
  if (to >= 0) ++runs_[static_cast<size_t>(to)];
  if (to <= from) return;
  greatest_ = std::max(greatest_, to);
  ++steps_[static_cast<size_t>(from + 1)];
  --steps_[static_cast<size_t>(to + 1)];
}

std::optional<int32_t> Crossings::EagerestAtMost(uint64_t most, uint64_t most_runs) const {
  if (greatest_ < 0) return std::nullopt;
  uint64_t runs = std::accumulate(runs_.begin(), runs_.end(), uint64_t{0});
  int64_t count = 0;
  int32_t eagerest = 0;
  for (int32_t place = 0; place <= greatest_; ++place) {
    count += steps_[static_cast<size_t>(place)];
    if (count > static_cast<int64_t>(most) || runs > most_runs) eagerest = place + 1;
    runs -= runs_[static_cast<size_t>(place)];
  }
  return std::min(eagerest, kPlaces - 1);
}

}  // namespace plimsoll::alerting
