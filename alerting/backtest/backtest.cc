#include "alerting/backtest/backtest.h"

#include <algorithm>

namespace plimsoll::alerting {
namespace {

bool IsAbove(CompareOp op) { return op == CompareOp::kGreaterEqual || op == CompareOp::kGreater; }

// The one further beyond the threshold.
double Further(CompareOp op, double a, double b) { return IsAbove(op) ? std::max(a, b) : std::min(a, b); }

EngineConfig WithoutMissing(EngineConfig config) {
  std::erase_if(config.alerting.rules,
                [](const RuleConfig& rule) { return HeldOf(rule.metric) == Held::kNot; });
  config.alerting.scrape_watch.after = std::chrono::milliseconds(0);
  return config;
}

}  // namespace

Held HeldOf(AlertMetric metric) {
  if (*MissingOf(metric) != '\0') return Held::kNot;
  const bool is_pressure = metric == AlertMetric::kCpuPressure || metric == AlertMetric::kMemoryPressure ||
                           metric == AlertMetric::kIoPressure;
  return is_pressure || IsHostMetric(metric) ? Held::kReadingsOnly : Held::kWhole;
}

const char* MissingOf(AlertMetric metric) {
  switch (metric) {
    case AlertMetric::kPidsPercent:
      return "no limits of threads";
    case AlertMetric::kUnhealthy:
      return "no health of containers";
    case AlertMetric::kRestarts:
      return "no count of restarts";
    case AlertMetric::kExitCode:
      return "no exit codes";
    case AlertMetric::kHostDiskPercent:
      return "no disks of the host";
    case AlertMetric::kUnscrapedSeconds:
      return "no times of scrapes";
    default:
      return "";
  }
}

Backtest::Backtest(BacktestOrder order)
    : defaults_(order.config.alerting.defaults),
      wants_(std::move(order.wants)),
      engine_(WithoutMissing(order.config), std::move(order.settings)) {
  for (RuleConfig& rule : order.config.alerting.rules) {
    Crossings crossings(rule.op);
    tried_.push_back({std::move(rule), std::move(crossings), {}, {}, {}});
  }
  engine_.Listen([this](const Judged& judged) { Note(judged); });
}

const Outcome& Backtest::Step(const ReadingSet& set, bool begins_run) {
  now_ = TimeOf(set);
  if (begins_run) places_.clear();  // another engine, other addresses
  const Outcome& outcome = engine_.Step(set, begins_run);
  for (const Transition& told : outcome.transitions) Take(told);
  return outcome;
}

size_t Backtest::PlaceOfRule(const std::string& name) const {
  return static_cast<size_t>(std::find_if(tried_.begin(), tried_.end(),
                                          [&](const Tried& tried) { return tried.config.name == name; }) -
                             tried_.begin());
}

Backtest::Track& Backtest::TrackOf(Tried& tried, uint32_t container, const std::string& name) {
  const auto [track, is_new] = [&]() -> std::pair<Track*, bool> {
    if (container != 0) {
      const auto [entry, made] = tried.containers.try_emplace(container);
      return {&entry->second, made};
    }
    const auto [entry, made] = tried.nameless.try_emplace(name);
    return {&entry->second, made};
  }();
  if (is_new) {
    track->past.container = container;
    track->wanted = (container == 0 && name.empty()) || !wants_ || wants_(name);
  }
  return *track;
}

void Backtest::Note(const Judged& judged) {
  if (!judged.value) return;
  const auto [place, is_new] = places_.try_emplace(&judged.config, 0);
  if (is_new) place->second = PlaceOfRule(judged.config.name);
  Tried& tried = tried_[place->second];
  Track& track = TrackOf(tried, judged.container, judged.name);
  if (!track.wanted) return;
  const double value = *judged.value;
  const CompareOp op = judged.rule.op;
  track.judged = true;
  tried.extreme = tried.extreme ? Further(op, *tried.extreme, value) : value;
  if (judged.state.phase != Phase::kNormal)
    track.extreme = judged.state.since_mono == now_.mono ? value : Further(op, track.extreme, value);
  const bool is_its_own =
      judged.rule.metric == tried.config.metric && judged.rule.threshold == tried.config.threshold;
  if (!is_its_own) return;
  const int32_t run = track.run.Next(tried.crossings.PlaceOf(value), judged.rule.breaches);
  tried.crossings.Add(track.place, run);
  track.place = run;
}

void Backtest::Take(const Transition& told) {
  Tried& tried = tried_[PlaceOfRule(told.rule)];
  const bool is_lone = IsHostMetric(tried.config.metric) || tried.config.metric == AlertMetric::kAbsent;
  Track& track = TrackOf(tried, told.container, is_lone ? std::string() : told.name);
  if (!track.wanted) return;
  if (told.kind == TransitionKind::kFired) {
    track.past.name = is_lone ? std::string() : told.name;
    track.open.emplace();
    track.open->since = told.since;
    track.open->fired_at = told.fired_at;
    track.fired = now_.mono;
  } else if (track.open && told.kind == TransitionKind::kRepeated) {
    ++track.open->repeats;
  } else if (track.open) {
    track.open->ended_at = told.at;
    track.open->reason = told.reason;
    Close(track, std::chrono::duration_cast<std::chrono::milliseconds>(now_.mono - track.fired));
  }
}

void Backtest::Close(Track& track, std::chrono::milliseconds lasted) {
  PastSubject& past = track.past;
  PastAlert& alert = *track.open;
  alert.lasted = lasted;
  alert.extreme = track.extreme;
  past.lasted += lasted;
  ++past.fired;
  if (past.alerts.size() < kKeptPastAlerts) past.alerts.push_back(std::move(alert));
  track.open.reset();
}

std::vector<PastRule> Backtest::Rules() const {
  std::vector<PastRule> rules;
  for (const Tried& tried : tried_) {
    PastRule& rule = rules.emplace_back();
    rule.config = tried.config;
    rule.rule = EffectiveRule(tried.config, defaults_, {}, nullptr);
    rule.extreme = tried.extreme;
    const auto add = [&](Track track) {
      rule.judged += track.judged ? 1 : 0;
      if (track.open)
        Close(track, std::chrono::duration_cast<std::chrono::milliseconds>(now_.mono - track.fired));
      if (track.past.fired == 0) return;
      rule.fired += track.past.fired;
      rule.lasted += track.past.lasted;
      track.past.extreme = track.past.alerts.front().extreme;
      for (const PastAlert& alert : track.past.alerts)
        track.past.extreme = Further(tried.config.op, track.past.extreme, alert.extreme);
      rule.subjects.push_back(std::move(track.past));
    };
    for (const auto& [container, track] : tried.containers) add(track);
    for (const auto& [name, track] : tried.nameless) add(track);
    std::sort(rule.subjects.begin(), rule.subjects.end(), [](const PastSubject& a, const PastSubject& b) {
      return std::tie(a.name, a.container) < std::tie(b.name, b.container);
    });
  }
  return rules;
}

}  // namespace plimsoll::alerting
