// Which rules are for whom, and what becomes of their states when that changes.

#include <algorithm>
#include <utility>

#include "alerting/engine/engine.h"

namespace plimsoll::alerting {
namespace {

// Of a rule that only stored state knows.
RuleEntryPtr Orphan(const StoredState& row, const AlertDefaults& defaults) {
  auto entry = std::make_shared<RuleEntry>();
  entry->config.name = row.rule;
  entry->config.metric = FindAlertMetric(row.metric).value_or(AlertMetric::kCpuPercent);
  entry->receivers = defaults.receivers;
  entry->is_orphan = true;
  return entry;
}

bool IsLone(AlertMetric metric) { return IsHostMetric(metric) || metric == AlertMetric::kAbsent; }

AlertState StateOf(const StoredState& row) {
  AlertState state;
  state.phase = row.phase;
  state.count = row.count;
  state.repeats = row.repeats;
  state.value = row.value;
  state.since = row.since;
  state.fired_at = row.fired_at;
  state.last_alerted = row.last_alerted;
  return state;
}

RuleConfig ScrapeWatchRule(const ScrapeWatchConfig& watch) {
  RuleConfig rule;
  rule.name = kScrapeWatchRule;
  rule.metric = AlertMetric::kUnscrapedSeconds;
  rule.threshold = std::chrono::duration<double>(watch.after).count();
  rule.breaches = rule.recoveries = 1;
  rule.severity = watch.severity;
  rule.receivers = watch.receivers;
  rule.match.host = true;
  return rule;
}

// The counts of a rule that judges differently now are void.
AlertState CountedAnew(AlertState state) {
  if (state.phase == Phase::kPending) state.phase = Phase::kNormal;
  if (state.phase == Phase::kRecovering) state.phase = Phase::kFiring;
  state.count = 0;
  return state;
}

// A receiver that is taken out of the configuration is forgotten, here and by the
// outbox: put back, it is told again. Answers whether there was one.
bool ForgetReceivers(const std::vector<ReceiverConfig>& known, std::vector<std::string>& told) {
  return std::erase_if(told, [&](const std::string& name) {
           return std::none_of(known.begin(), known.end(),
                               [&](const ReceiverConfig& receiver) { return receiver.name == name; });
         }) > 0;
}

}  // namespace

Engine::Engine(EngineConfig config, const std::vector<StoredState>& stored, TimePoint now)
    : began_(now.mono) {
  TakeConfig(std::move(config));
  BuildLone(now);
  TakeStored(stored, now);
}

void Engine::TakeConfig(EngineConfig config) {
  config_ = std::move(config);
  AlertingConfig& alerting = config_.alerting;
  if (alerting.scrape_watch.after.count() > 0)
    alerting.rules.push_back(ScrapeWatchRule(alerting.scrape_watch));
  entries_.clear();
  longest_window_ = std::chrono::milliseconds(0);
  for (const RuleConfig& rule : alerting.rules) {
    auto entry = std::make_shared<RuleEntry>();
    entry->config = rule;
    entry->receivers = rule.receivers.value_or(alerting.defaults.receivers);
    entries_.push_back(std::move(entry));
    if (IsEventMetric(rule.metric)) longest_window_ = std::max(longest_window_, rule.window);
  }
}

void Engine::TakeStored(const std::vector<StoredState>& stored, TimePoint now) {
  for (const StoredState& row : stored) {
    if (row.gone) continue;
    Watch watch{
        Orphan(row, config_.alerting.defaults), {}, StateOf(row), row.alert, row.labels, row.receivers};
    for (const RuleEntryPtr& entry : entries_)
      if (entry->config.name == row.rule && AlertMetricName(entry->config.metric) == row.metric)
        watch.entry = entry;
    watch.rule = EffectiveRule(watch.entry->config, config_.alerting.defaults, {}, nullptr);
    watch.rule.severity = row.severity;
    watch.state = Restored(watch.rule, watch.state, now);
    if (row.container == 0 && row.subject.empty()) {
      const auto lone = std::find_if(lone_.begin(), lone_.end(),
                                     [&](const Lone& known) { return known.watch.entry == watch.entry; });
      if (lone == lone_.end()) {
        watch.entry = Orphan(row, config_.alerting.defaults);
        lone_.push_back({std::move(watch), 0, now.mono});
      } else {
        watch.rule = lone->watch.rule;
        lone->watch = std::move(watch);
      }
      continue;
    }
    Subject& subject = row.container == 0 ? nameless_[row.subject] : containers_[row.container];
    subject.container = row.container;
    subject.name = row.container == 0 ? row.subject : row.name;
    subject.last_living = now.mono;
    subject.is_restored = true;
    if (const std::optional<Part> part = LoadPartOf(watch.entry->config))
      subject.figure[static_cast<size_t>(*part)] = {watch.state.value, watch.rule.threshold,
                                                    watch.rule.metric};
    subject.watches.push_back(std::move(watch));
  }
  // What was told before is not told again.
  for (auto& [id, subject] : containers_) {
    bool active[2] = {false, false};
    for (const Watch& watch : subject.watches)
      if (const std::optional<Part> part = LoadPartOf(watch.entry->config))
        active[static_cast<size_t>(*part)] |= watch.state.IsActive();
    subject.combined = Combine(active[0], active[1]);
  }
}

const Outcome& Engine::Reconfigure(EngineConfig config, TimePoint now) {
  Begin(nullptr);
  TakeConfig(std::move(config));
  for (auto& [id, subject] : containers_) subject.absent.clear();
  BuildLone(now);
  for (auto& [id, subject] : containers_) Rebuild(subject, now);
  for (auto& [name, subject] : nameless_) Rebuild(subject, now);
  return outcome_;
}

const Outcome& Engine::SetApiSetting(uint32_t container, const AlertSetting& setting, TimePoint now) {
  Begin(nullptr);
  api_[container] = setting;
  const auto found = containers_.find(container);
  if (found != containers_.end()) Rebuild(found->second, now);
  return outcome_;
}

AlertSetting Engine::ApiSettingOf(uint32_t container) const {
  const auto found = api_.find(container);
  return found == api_.end() ? AlertSetting() : found->second;
}

LoadLines Engine::LinesOf(const ReadContainer& container) const {
  const AlertSetting api = ApiSettingOf(container.reading.container);
  const ContainerSample& sample = *container.sample;
  return LoadLinesOf(config_.alerting, *sample.who, sample.derived.cpu_limit_percent, &api);
}

void Engine::BuildLone(TimePoint now) {
  std::vector<Watch> old;
  std::map<std::string, MonoTime> last_present;
  for (Lone& lone : lone_) {
    last_present[lone.watch.entry->config.name] = lone.last_present;
    old.push_back(std::move(lone.watch));
  }
  lone_.clear();
  for (const RuleEntryPtr& entry : entries_) {
    if (!IsLone(entry->config.metric)) continue;
    Rule rule = EffectiveRule(entry->config, config_.alerting.defaults, {}, nullptr);
    if (!rule.enabled) continue;
    const auto known = last_present.find(entry->config.name);
    const MonoTime present = known == last_present.end() ? now.mono : known->second;
    lone_.push_back({Inherit(nullptr, entry, std::move(rule), old), 0, present});
  }
  Drop(nullptr, old, now);
}

void Engine::Rebuild(Subject& subject, TimePoint now) {
  subject.rests = false;
  if (subject.who == nullptr) {
    // Known from stored state only. Whether its labels switch the rule on or off is seen when it is.
    std::vector<Watch> old = std::exchange(subject.watches, {});
    for (const RuleEntryPtr& entry : entries_)
      if (std::any_of(old.begin(), old.end(), [&](const Watch& watch) {
            return watch.entry->config.name == entry->config.name &&
                   watch.entry->config.metric == entry->config.metric;
          }))
        subject.watches.push_back(Inherit(
            &subject, entry, EffectiveRule(entry->config, config_.alerting.defaults, {}, nullptr), old));
    Drop(&subject, old, now);
    UpdateCombined(subject, now);
    return;
  }
  const LabelSettings labels = ParseAlertLabels(subject.who->labels, config_.alerting.rules);
  if (labels.faults != subject.faults) {
    for (const std::string& fault : labels.faults) outcome_.faults.push_back(subject.name + ": " + fault);
    subject.faults = labels.faults;
  }
  const auto api = api_.find(subject.container);
  std::vector<Watch> old = std::exchange(subject.watches, {});
  CountAbsent(subject, false);
  subject.absent.clear();
  for (size_t i = 0; i < lone_.size(); ++i) {
    const RuleConfig& config = lone_[i].watch.entry->config;
    if (config.metric == AlertMetric::kAbsent && Matches(config.match, *subject.who))
      subject.absent.push_back(i);
  }
  CountAbsent(subject, true);
  for (const RuleEntryPtr& entry : entries_) {
    if (IsLone(entry->config.metric) || !Matches(entry->config.match, *subject.who)) continue;
    const bool has_setting = subject.container != 0 && api != api_.end();
    Rule rule =
        EffectiveRule(entry->config, config_.alerting.defaults, labels, has_setting ? &api->second : nullptr);
    if (rule.enabled) subject.watches.push_back(Inherit(&subject, entry, std::move(rule), old));
  }
  Drop(&subject, old, now);
  subject.is_restored = false;
  UpdateCombined(subject, now);
}

void Engine::CountAbsent(Subject& subject, bool count) {
  if (!subject.living) return;
  for (const size_t i : subject.absent) lone_[i].present += count ? 1 : static_cast<size_t>(-1);
}

// The watch of a rule, with the state that it had under the same name.
Watch Engine::Inherit(Subject* subject, RuleEntryPtr entry, Rule rule, std::vector<Watch>& old) {
  Watch watch{std::move(entry), std::move(rule), {}, {}, {}, {}};
  const auto found = std::find_if(old.begin(), old.end(), [&](const Watch& known) {
    return known.entry->config.name == watch.entry->config.name &&
           known.entry->config.metric == watch.entry->config.metric;
  });
  if (found == old.end()) return watch;
  watch.alert = std::move(found->alert);
  watch.labels = std::move(found->labels);
  watch.told = std::move(found->told);
  const bool forgot = ForgetReceivers(config_.alerting.receivers, watch.told);
  Rule as_before = found->rule;
  as_before.severity = watch.rule.severity;  // changes nothing of how it judges
  const bool is_restored = subject != nullptr && subject->is_restored;
  watch.state = as_before == watch.rule || is_restored ? found->state : CountedAnew(found->state);
  if (forgot || DiffersOnDisk(found->state, watch.state)) Changed(subject, watch, false);
  old.erase(found);
  return watch;
}

ResolveReason Engine::WhyDropped(const Subject* subject, const Watch& watch) const {
  const auto now = std::find_if(entries_.begin(), entries_.end(), [&](const RuleEntryPtr& entry) {
    return entry->config.name == watch.entry->config.name;
  });
  if (now == entries_.end()) return ResolveReason::kRemoved;
  const RuleConfig& config = (*now)->config;
  if (!config.enabled) return ResolveReason::kDisabled;
  if (config.metric != watch.entry->config.metric) return ResolveReason::kChanged;
  if (subject != nullptr && subject->who != nullptr && !Matches(config.match, *subject->who))
    return ResolveReason::kUnmatched;
  return ResolveReason::kDisabled;
}

void Engine::Drop(Subject* subject, std::vector<Watch>& old, TimePoint now) {
  for (Watch& watch : old) {
    if (watch.state.phase != Phase::kNormal) Resolve(subject, watch, WhyDropped(subject, watch), now);
    if (watch.state.last_alerted != WallTime()) Changed(subject, watch, true);
  }
  old.clear();
}

// A container that was known by its name alone has its identity now.
void Engine::Adopt(Subject& subject, TimePoint now) {
  const auto found = nameless_.find(subject.name);
  if (found == nameless_.end()) return;
  Subject& before = found->second;
  for (Watch& watch : before.watches)
    if (watch.state.phase != Phase::kNormal || watch.state.last_alerted != WallTime())
      Changed(&before, watch, true);
  subject.watches = std::move(before.watches);
  subject.happened = std::move(before.happened);
  subject.began = before.began;
  subject.combined = before.combined;
  subject.last_living = now.mono;
  nameless_.erase(found);
  for (const Watch& watch : subject.watches)
    if (watch.state.phase != Phase::kNormal) Changed(&subject, watch, false);
}

}  // namespace plimsoll::alerting
