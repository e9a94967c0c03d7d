#include "alerting/engine/engine.h"

#include <algorithm>
#include <string_view>

#include "alerting/engine/value.h"

namespace plimsoll::alerting {
namespace {

const std::string kNameless;

// Whether the next step can do nothing for it, shown the same. What an event's
// rule goes by changes with time alone as long as there are events.
bool Rests(const Subject& subject) {
  return subject.happened.empty() &&
         std::all_of(subject.watches.begin(), subject.watches.end(),
                     [](const Watch& watch) { return watch.state.phase == Phase::kNormal; });
}

// Containers as events name them: by the runtime's id or by name, not by identity.
class SubjectIndex {
 public:
  explicit SubjectIndex(std::unordered_map<uint32_t, Subject>& subjects) {
    for (auto& [id, subject] : subjects) {
      if (subject.who != nullptr && !subject.who->id.empty()) by_id_.emplace(subject.who->id, &subject);
      Subject*& by_name = by_name_[subject.name];
      if (by_name == nullptr || subject.living) by_name = &subject;
    }
  }

  // Null where there is none: what lived for less than a tick may never get an identity.
  Subject* Find(const Container& who) const {
    const auto by_id = by_id_.find(who.id);
    if (by_id != by_id_.end()) return by_id->second;
    const auto by_name = by_name_.find(who.name);
    return by_name == by_name_.end() ? nullptr : by_name->second;
  }

 private:
  std::unordered_map<std::string_view, Subject*> by_id_, by_name_;
};

bool Counts(const ContainerEvent& event) {
  using Kind = ContainerEvent::Kind;
  const bool counts = event.kind == Kind::kStart || event.kind == Kind::kStop || event.kind == Kind::kOom;
  return counts && event.who != nullptr && !event.who->name.empty();  // not a plain cgroup
}

}  // namespace

TimePoint TimeOf(const ReadingSet& set) {
  const ContainerSet& read = *set.frame->set;
  return {std::chrono::floor<std::chrono::milliseconds>(read.wall),
          std::chrono::floor<std::chrono::milliseconds>(read.mono)};
}

const Outcome& Engine::Step(const ReadingSet& set, TimePoint now) {
  Begin(&set);
  SeeLiving(set, now);
  SeeEvents(*set.frame->set, now);
  const auto judge = [&](Subject& subject) {
    CountHappenings(subject, now);
    if (subject.sample == nullptr) return JudgeGone(subject, now);
    JudgeLiving(subject, now);
    subject.sample = nullptr;  // belongs to the set
    subject.reading = nullptr;
    return true;
  };
  for (auto entry = containers_.begin(); entry != containers_.end();)
    entry = judge(entry->second) ? std::next(entry) : containers_.erase(entry);
  for (auto entry = nameless_.begin(); entry != nameless_.end();)
    entry = judge(entry->second) ? std::next(entry) : nameless_.erase(entry);
  JudgeLone(set.frame->host, now);
  set_ = nullptr;
  return outcome_;
}

void Engine::SeeLiving(const ReadingSet& set, TimePoint now) {
  for (const ReadContainer& seen : set.containers) SeeContainer(seen, now);
  for (auto& [id, subject] : containers_)
    if (subject.sample == nullptr) SetLiving(subject, false, now);
}

void Engine::SeeContainer(const ReadContainer& seen, TimePoint now) {
  const ContainerSample& sample = *seen.sample;
  const auto [entry, is_new] = containers_.try_emplace(seen.reading.container);
  Subject& subject = entry->second;
  const std::shared_ptr<const Container> before = subject.who;
  subject.sample = &sample;
  subject.reading = &seen.reading;
  if (is_new) {
    subject.container = seen.reading.container;
    subject.name = sample.who->name;
    subject.incarnation = sample.incarnation;
    Adopt(subject, now);
  }
  if (before != sample.who) {
    subject.who = sample.who;
    subject.name = sample.who->name;
    subject.rests = false;
    const Container& who = *sample.who;
    if (before == nullptr || before->name != who.name || before->image != who.image ||
        before->labels != who.labels)
      Rebuild(subject, now);
    if (before != nullptr && before->id == who.id && before->restart_count && who.restart_count &&
        *who.restart_count > *before->restart_count)
      subject.restarts.Tell(RestartTally::kRuntimeCount, *who.restart_count - *before->restart_count);
  }
  // A collector that was made anew numbers incarnations from 1 again.
  const bool is_same_birth = subject.born != WallTime() && subject.born == sample.cgroup_created;
  const bool is_same =
      before != nullptr && before->cgroup == sample.who->cgroup && before->id == sample.who->id;
  if (is_same && !is_same_birth && subject.incarnation != sample.incarnation)
    subject.restarts.Tell(RestartTally::kNewCgroup, 1);
  subject.incarnation = sample.incarnation;
  subject.born = sample.cgroup_created;
  SetLiving(subject, true, now);
}

void Engine::SetLiving(Subject& subject, bool living, TimePoint now) {
  if (living) subject.last_living = now.mono;
  if (subject.living == living) return;
  CountAbsent(subject, false);
  subject.living = living;
  CountAbsent(subject, true);
}

void Engine::SeeEvents(const ContainerSet& set, TimePoint now) {
  using Kind = ContainerEvent::Kind;
  if (std::none_of(set.events.begin(), set.events.end(), Counts)) return;
  const SubjectIndex known(containers_);
  for (const ContainerEvent& event : set.events) {
    if (!Counts(event)) continue;
    Subject* subject = known.Find(*event.who);
    if (const auto nameless = nameless_.find(event.who->name); !subject && nameless != nameless_.end())
      subject = &nameless->second;
    if (subject == nullptr) {
      subject = &nameless_[event.who->name];
      subject->name = event.who->name;
      subject->last_living = now.mono;
    }
    if (subject->container == 0 && subject->who != event.who) {
      subject->who = event.who;
      Rebuild(*subject, now);
    }
    if (event.kind == Kind::kStart) {
      if (subject->began) subject->restarts.Tell(RestartTally::kStartEvent, 1);
      subject->began = true;
    } else if (event.kind == Kind::kOom) {
      subject->tick_oom_kills += event.count;
    } else if (event.exit_code) {
      subject->happened.exit = LastExit{now.mono, *event.exit_code};
    }
  }
}

// The runtime's events and the kernel's counters tell of the same things; one
// of them may have missed some.
void Engine::CountHappenings(Subject& subject, TimePoint now) {
  Happenings& happened = subject.happened;
  uint64_t kills = subject.tick_oom_kills;
  if (subject.reading != nullptr) kills = std::max(kills, subject.reading->oom_kills.value_or(0));
  if (subject.living) subject.began = true;
  happened.oom_kills.Add(now.mono, kills);
  happened.restarts.Add(now.mono, subject.restarts.Take(now.mono));
  subject.tick_oom_kills = 0;
  happened.Forget(now.mono, longest_window_);
}

// What happened before this program began is not known: until a whole window
// has been seen, too small a count says nothing.
std::optional<double> Engine::EventValue(const Subject& subject, const Watch& watch, TimePoint now) const {
  const std::optional<double> value =
      EventValueOf(watch.rule.metric, subject.happened, now.mono, watch.rule.window);
  const bool is_whole = now.mono - began_ >= watch.rule.window;
  if (value && !is_whole && !Breaches(watch.rule, *value)) return std::nullopt;
  return value;
}

// Before the first scrape that this program sees, it counts from its own
// beginning, which says nothing as long as it is too little.
std::optional<double> Engine::UnscrapedSeconds(const Rule& rule, TimePoint now) const {
  const double seconds = std::chrono::duration<double>(now.mono - last_scrape_.value_or(began_)).count();
  if (!last_scrape_ && !Breaches(rule, seconds)) return std::nullopt;
  return seconds;
}

void Engine::JudgeLiving(Subject& subject, TimePoint now) {
  Shown shown = ShownBy(*subject.reading, *subject.sample);
  if (subject.rests && subject.happened.empty() && shown == subject.shown && !on_judged_) return;
  subject.shown = std::move(shown);
  for (Watch& watch : subject.watches)
    Judge(&subject, watch,
          IsEventMetric(watch.rule.metric) ? EventValue(subject, watch, now)
                                           : ValueOf(watch.rule.metric, *subject.reading, *subject.sample),
          now);
  UpdateCombined(subject, now);
  subject.rests = Rests(subject);
}

bool Engine::JudgeGone(Subject& subject, TimePoint now) {
  subject.rests = false;
  const bool is_away_too_long = now.mono - subject.last_living >= config_.alerting.recreate_grace;
  bool is_open = false;
  for (Watch& watch : subject.watches) {
    if (IsEventMetric(watch.rule.metric) && !watch.entry->is_orphan) {
      Judge(&subject, watch, EventValue(subject, watch, now), now);
    } else if (is_away_too_long && watch.state.phase != Phase::kNormal) {
      Resolve(&subject, watch, ResolveReason::kStopped, now);
    }
    is_open = is_open || watch.state.phase != Phase::kNormal;
  }
  UpdateCombined(subject, now);
  if (!is_away_too_long || is_open || !subject.happened.empty()) return true;
  for (const Watch& watch : subject.watches)
    if (watch.state.last_alerted != WallTime()) Changed(&subject, watch, true);
  return false;
}

void Engine::JudgeLone(const HostSample& host, TimePoint now) {
  for (Lone& lone : lone_) {
    Watch& watch = lone.watch;
    if (watch.entry->is_orphan) {
      Resolve(nullptr, watch, ResolveReason::kRemoved, now);
      Changed(nullptr, watch, true);
    } else if (watch.rule.metric == AlertMetric::kUnscrapedSeconds) {
      Judge(nullptr, watch, UnscrapedSeconds(watch.rule, now), now);
    } else if (watch.rule.metric != AlertMetric::kAbsent) {
      Judge(nullptr, watch, HostValueOf(watch.rule.metric, host), now);
    } else if (lone.present > 0) {
      lone.last_present = now.mono;
      Judge(nullptr, watch, 0, now);
    } else {
      const bool is_absent = now.mono - lone.last_present >= config_.alerting.recreate_grace;
      Judge(nullptr, watch, is_absent ? std::optional<double>(1) : std::nullopt, now);
    }
  }
  std::erase_if(lone_, [](const Lone& lone) { return lone.watch.entry->is_orphan; });
}

void Engine::Judge(Subject* subject, Watch& watch, std::optional<double> value, TimePoint now) {
  const Advanced next = Advance(watch.rule, watch.state, value, now);
  const bool differs = DiffersOnDisk(watch.state, next.state);
  watch.state = next.state;
  if (on_judged_)
    on_judged_({watch.entry->config, watch.rule, watch.state, subject == nullptr ? 0 : subject->container,
                subject == nullptr ? kNameless : subject->name, value});
  switch (next.happened) {
    case Happened::kFired:
      Tell(subject, watch, TransitionKind::kFired, ResolveReason::kNone, now);
      break;
    case Happened::kRepeated:
      Tell(subject, watch, TransitionKind::kRepeated, ResolveReason::kNone, now);
      break;
    case Happened::kResolved: {
      // The count of what is gone becomes well because nothing can happen to it.
      const bool is_gone = subject != nullptr && !subject->living && IsEventMetric(watch.rule.metric);
      Tell(subject, watch, TransitionKind::kResolved,
           is_gone ? ResolveReason::kStopped : ResolveReason::kRecovered, now);
      break;
    }
    case Happened::kNothing:
      break;
  }
  if (differs) Changed(subject, watch, false);
  if (watch.state.phase == Phase::kFiring) TellLate(subject, watch, now);
}

}  // namespace plimsoll::alerting
