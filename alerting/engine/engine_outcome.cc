// What people are told, and what is kept.

#include <algorithm>
#include <tuple>

#include "alerting/engine/engine.h"
#include "alerting/engine/value.h"
#include "alerting/text/label_text.h"
#include "model/container_label.h"

namespace plimsoll::alerting {
namespace {

const std::string* FindLabel(const Labels& labels, std::string_view key) {
  for (const auto& [name, value] : labels)
    if (name == key) return &value;
  return nullptr;
}

// Receivers of the rule that know nothing of the open alert.
std::vector<std::string> Missed(const Watch& watch) {
  std::vector<std::string> missed;
  for (const std::string& receiver : watch.entry->receivers)
    if (std::find(watch.told.begin(), watch.told.end(), receiver) == watch.told.end())
      missed.push_back(receiver);
  return missed;
}

std::string ComposeProject(const Container& who) {
  const std::string* project = FindLabel(who.labels, "com.docker.compose.project");
  return project == nullptr ? "" : CleanText(*project);
}

}  // namespace

void Engine::Begin(const ReadingSet* set) {
  outcome_.transitions.clear();
  outcome_.combined.clear();
  outcome_.changed.clear();
  outcome_.faults.clear();
  top_.clear();
  set_ = set;
}

void Engine::Tell(Subject* subject, Watch& watch, TransitionKind kind, ResolveReason reason, TimePoint now) {
  const uint32_t container = subject == nullptr ? 0 : subject->container;
  if (kind == TransitionKind::kFired) {
    watch.alert = AlertId(watch.entry->config.name, container, subject == nullptr ? "" : subject->name,
                          watch.state.fired_at);
    watch.labels = AlertLabels(subject, watch);
    watch.told.clear();
  }
  if (kind != TransitionKind::kResolved)
    for (std::string& receiver : Missed(watch)) watch.told.push_back(std::move(receiver));
  Transition told;
  told.alert = watch.alert;
  told.repeats = watch.state.repeats;
  told.id = TransitionId(told.alert, kind, told.repeats);
  told.kind = kind;
  told.reason = reason;
  told.rule = watch.entry->config.name;
  told.metric = watch.rule.metric;
  told.op = watch.rule.op;
  told.value = watch.state.value;
  told.threshold = watch.rule.threshold;
  told.severity = watch.rule.severity;
  told.receivers = kind == TransitionKind::kResolved ? watch.told : watch.entry->receivers;
  told.labels = watch.labels;
  told.annotations = watch.entry->config.annotations;
  told.at = now.wall;
  told.since = watch.state.since;
  told.fired_at = watch.state.fired_at;
  told.lasted = std::chrono::duration_cast<std::chrono::milliseconds>(now.mono - watch.state.since_mono);
  told.container = container;
  AddContext(subject, told);
  if (subject != nullptr)
    if (const std::optional<Part> part = LoadPartOf(watch.entry->config))
      subject->figure[static_cast<size_t>(*part)] = {watch.state.value, watch.rule.threshold,
                                                     watch.rule.metric};
  if (kind == TransitionKind::kResolved) {
    watch.alert.clear();
    watch.labels.clear();
    watch.told.clear();
  }
  outcome_.transitions.push_back(std::move(told));
}

// Whoever was named while the alert fires already: by a reload, or before a start.
void Engine::TellLate(Subject* subject, Watch& watch, TimePoint now) {
  std::vector<std::string> missed = Missed(watch);
  if (missed.empty()) return;
  Tell(subject, watch, TransitionKind::kRepeated, ResolveReason::kNone, now);
  Transition& told = outcome_.transitions.back();
  told.id = LateTransitionId(told.alert, told.repeats, missed);
  told.receivers = std::move(missed);
  Changed(subject, watch, false);
}

void Engine::AddContext(const Subject* subject, Transition& told) {
  if (subject != nullptr) told.name = CleanText(subject->name);
  if (subject != nullptr && subject->who != nullptr) {
    told.image = CleanText(subject->who->image);
    told.runtime_id = CleanText(subject->who->id);
    told.compose_project = ComposeProject(*subject->who);
  }
  if (subject != nullptr && subject->sample != nullptr) told.limit = LimitOf(told.metric, *subject->sample);
  told.consumed = ConsumedMetric(told.metric);
  if (told.consumed) told.top_consumers = TopConsumers(*told.consumed);
}

TextPairs Engine::AlertLabels(const Subject* subject, const Watch& watch) const {
  std::map<std::string, std::string> labels;
  const RuleConfig& config = watch.entry->config;
  if (subject != nullptr) {
    if (subject->who != nullptr) AddContainerLabels(*subject->who, labels);
    labels["name"] = CleanText(subject->name);
    if (subject->container != 0) labels["container_id"] = std::to_string(subject->container);
  } else if (config.metric == AlertMetric::kAbsent) {
    labels["name"] = CleanText(config.match.name);
    labels["image"] = CleanText(config.match.image);
  }
  for (const auto& [name, value] : config.labels) labels[name] = CleanText(value);
  labels["alertname"] = config.name;
  labels["severity"] = watch.rule.severity;
  labels["instance"] = CleanText(config_.instance);
  TextPairs pairs;
  for (auto& [name, value] : labels)
    if (!value.empty()) pairs.emplace_back(name, std::move(value));
  return pairs;
}

void Engine::AddContainerLabels(const Container& who, std::map<std::string, std::string>& labels) const {
  const std::vector<std::string>& allowed = config_.container_labels;
  const bool all = allowed.size() == 1 && allowed.front() == "*";
  for (const auto& [key, value] : who.labels)
    if (all || std::find(allowed.begin(), allowed.end(), key) != allowed.end())
      labels.emplace(ContainerLabelName(key), CleanText(value));
  labels["image"] = CleanText(who.image);
  labels["namespace"] = CleanText(who.kube_namespace);
  labels["pod"] = CleanText(who.kube_pod);
  labels["container"] = CleanText(who.kube_container);
}

const std::vector<Consumer>& Engine::TopConsumers(AlertMetric metric) {
  const auto [entry, is_new] = top_.try_emplace(metric);
  std::vector<Consumer>& top = entry->second;
  if (!is_new || set_ == nullptr) return top;
  const auto is_greater = [](const Consumer& a, const Consumer& b) {
    return a.value != b.value ? a.value > b.value : a.container < b.container;
  };
  for (const ReadContainer& seen : set_->containers) {
    const std::optional<double> value = ValueOf(metric, seen.reading, *seen.sample);
    if (!value) continue;
    Consumer consumer{seen.reading.container, {}, *value};
    if (top.size() == kTopConsumers && !is_greater(consumer, top.back())) continue;
    consumer.name = CleanText(seen.sample->who->name);
    top.insert(std::upper_bound(top.begin(), top.end(), consumer, is_greater), std::move(consumer));
    if (top.size() > kTopConsumers) top.pop_back();
  }
  return top;
}

void Engine::Resolve(Subject* subject, Watch& watch, ResolveReason reason, TimePoint now) {
  const bool was_active = watch.state.IsActive();
  watch.state.phase = Phase::kNormal;
  watch.state.count = 0;
  if (was_active) Tell(subject, watch, TransitionKind::kResolved, reason, now);
  Changed(subject, watch, false);
}

// A normal state that never alerted is what a missing row says too.
void Engine::Changed(const Subject* subject, const Watch& watch, bool gone) {
  StoredState row;
  row.rule = watch.entry->config.name;
  row.container = subject == nullptr ? 0 : subject->container;
  if (subject != nullptr && subject->container == 0) row.subject = subject->name;
  if (subject != nullptr) row.name = subject->name;
  const AlertState& state = watch.state;
  row.gone = gone || (state.phase == Phase::kNormal && state.last_alerted == WallTime());
  row.metric = AlertMetricName(watch.entry->config.metric);
  row.phase = state.phase;
  row.count = state.count;
  row.repeats = state.repeats;
  row.value = state.value;
  row.since = state.since;
  row.fired_at = state.fired_at;
  row.last_alerted = state.last_alerted;
  row.severity = watch.rule.severity;
  row.alert = watch.alert;
  row.labels = watch.labels;
  row.receivers = watch.told;
  outcome_.changed.push_back(std::move(row));
}

void Engine::UpdateCombined(Subject& subject, TimePoint now) {
  bool active[2] = {false, false};
  for (const Watch& watch : subject.watches)
    if (const std::optional<Part> part = LoadPartOf(watch.entry->config))
      active[static_cast<size_t>(*part)] |= watch.state.IsActive();
  const CombinedState next = Combine(active[0], active[1]);
  if (next == subject.combined) return;
  for (const PartChange& change :
       ChangesBetween(subject.combined, next, subject.figure[0], subject.figure[1]))
    outcome_.combined.push_back({subject.container, subject.name, subject.combined, next, change, now.wall});
  subject.combined = next;
}

std::vector<AlertView> Engine::Alerts() const {
  std::vector<AlertView> views;
  const auto add = [&](const Subject* subject, const Watch& watch) {
    const AlertState& state = watch.state;
    if (state.phase == Phase::kNormal) return;
    const uint32_t of = state.phase == Phase::kPending      ? watch.rule.breaches
                        : state.phase == Phase::kRecovering ? watch.rule.recoveries
                                                            : 0;
    views.push_back({watch.entry->config.name, watch.rule.severity,
                     subject == nullptr ? 0 : subject->container, subject == nullptr ? "" : subject->name,
                     state.phase, state.count, of, state.value, watch.rule.threshold, watch.rule.metric,
                     watch.rule.op, state.since, state.fired_at, state.last_alerted, watch.alert,
                     watch.labels, watch.entry->receivers});
  };
  for (const auto& [id, subject] : containers_)
    for (const Watch& watch : subject.watches) add(&subject, watch);
  for (const auto& [name, subject] : nameless_)
    for (const Watch& watch : subject.watches) add(&subject, watch);
  for (const Lone& lone : lone_) add(nullptr, lone.watch);
  std::sort(views.begin(), views.end(), [](const AlertView& a, const AlertView& b) {
    return std::tie(a.since, a.rule, a.container, a.name) < std::tie(b.since, b.rule, b.container, b.name);
  });
  return views;
}

std::optional<ContainerAlerts> Engine::Of(uint32_t container) const {
  ContainerAlerts alerts;
  const auto found = containers_.find(container);
  if (found == containers_.end()) return std::nullopt;
  alerts.combined = found->second.combined;
  for (const Watch& watch : found->second.watches) {
    const std::optional<Part> part = LoadPartOf(watch.entry->config);
    if (!part) continue;
    const uint32_t breaches = watch.state.phase == Phase::kPending ? watch.state.count
                              : watch.state.IsActive()             ? watch.rule.breaches
                                                                   : 0;
    uint32_t& most = *part == Part::kCpu ? alerts.cpu_breaches : alerts.memory_breaches;
    most = std::max(most, breaches);
    if (watch.state.last_alerted != WallTime() &&
        (!alerts.last_alerted || *alerts.last_alerted < watch.state.last_alerted))
      alerts.last_alerted = watch.state.last_alerted;
  }
  return alerts;
}

}  // namespace plimsoll::alerting
