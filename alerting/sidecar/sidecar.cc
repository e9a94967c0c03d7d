#include "alerting/sidecar/sidecar.h"

#include <algorithm>

#include "alerting/sidecar/transition_log.h"
#include "model/log.h"

namespace plimsoll::alerting {
namespace {

// A receiver that is `when_unscraped` is used once nobody scraped for so long,
// where scrape_watch says nothing else.
constexpr std::chrono::milliseconds kUnscraped{std::chrono::minutes(5)};
constexpr auto kInVain = std::chrono::minutes(5);

// The newest moment that the file speaks of; the epoch where there is none.
WallTime NewestOf(const StoredAlerts& stored) {
  WallTime newest{};
  for (const StoredState& state : stored.states) newest = std::max({newest, state.since, state.last_alerted});
  for (const Parcel& parcel : stored.outbox.parcels) newest = std::max(newest, parcel.made_at);
  for (const auto& [key, standing] : stored.outbox.standings) newest = std::max(newest, standing.newest->at);
  for (const Silence& silence : stored.silences) newest = std::max(newest, silence.created_at);
  return newest;
}

}  // namespace

Sidecar::Sidecar(EngineConfig config, StoredAlerts stored,
                 const std::vector<std::pair<uint32_t, AlertSetting>>& settings, SidecarWorld world)
    : world_(std::move(world)),
      config_(config),
      engine_(std::move(config), stored.states, Now()),
      outbox_(world_.dice),
      began_(world_.clock->Mono()) {
  const TimePoint now = Now();
  // A clock that was wrong already when this program began.
  if (const WallTime newest = NewestOf(stored); newest != WallTime()) FollowTime({newest, now.mono});
  FollowTime(now);
  states_.Restore(std::move(stored.states));
  for (Silence& silence : stored.silences)
    if (auto put = silences_.Put(std::move(silence)); !put)
      log::Warn("ignoring invalid stored silence", {{"err", put.error().message}});
  for (const std::string& fault : silences_.Configure(config_.alerting.maintenance))
    log::Error("ignoring invalid maintenance window", {{"err", fault}});
  outbox_.Restore(std::move(stored.outbox), now);
  outbox_.Configure(config_.alerting, now);
  BeginCounting();
  CountAlerts();
  for (const auto& [container, setting] : settings)
    Absorb(engine_.SetApiSetting(container, setting, now), now);
}

Sidecar::~Sidecar() { Stop(); }

void Sidecar::Step(const ReadingSet& set) {
  const std::lock_guard lock(mutex_);
  const TimePoint now = TimeOf(set);
  Absorb(engine_.Step(set, now), now);
  outbox_.Release(MuteAt(Now()), Now());
}

void Sidecar::Absorb(const Outcome& outcome, TimePoint now) {
  const Outbox::Mute mute = MuteAt(now);
  const TimePoint taken = Now();  // group_wait counts from here: a frame may have waited for the disk
  for (const Transition& transition : outcome.transitions) {
    const std::string silenced_by = silences_.SilencedBy(transition.labels, now.wall);
    ++transitions_[TransitionKindName(transition.kind)];
    if (!silenced_by.empty() && transition.kind != TransitionKind::kResolved)
      for (const std::string& receiver : transition.receivers) ++notifications_[{receiver, "silenced"}];
    outbox_.Take(transition, silenced_by, mute, taken);
  }
  LogTransitions(outcome.transitions);
  states_.Take(outcome.changed);
  if (!outcome.changed.empty()) CountAlerts();
  notices_.insert(notices_.end(), outcome.combined.begin(), outcome.combined.end());
  for (const std::string& fault : outcome.faults)
    log::Warn("ignoring invalid plimsoll.alerts.* label", {{"err", fault}});
}

// From 0, so that the first of anything is an increase to who reads the counters.
void Sidecar::BeginCounting() {
  for (const ReceiverConfig& receiver : config_.alerting.receivers) {
    for (const char* outcome : {"delivered", "dropped", "retried", "silenced"})
      notifications_.try_emplace({receiver.name, outcome}, 0);
    if (receiver.urls.size() > 1) notifications_.try_emplace({receiver.name, "peer_failed"}, 0);
  }
}

void Sidecar::CountAlerts() {
  pending_ = firing_ = recovering_ = 0;
  for (const AlertView& alert : engine_.Alerts()) {
    if (alert.phase == Phase::kPending) ++pending_;
    if (alert.phase == Phase::kFiring) ++firing_;
    if (alert.phase == Phase::kRecovering) ++recovering_;
  }
}

Outbox::Mute Sidecar::MuteAt(TimePoint now) const {
  const auto watched = config_.alerting.scrape_watch.after;
  const auto after = watched.count() > 0 ? watched : kUnscraped;
  const bool is_scraped = now.mono - last_scrape_.value_or(began_) < after;
  return
      [this, now, is_scraped](const ReceiverConfig& receiver, const Transition& transition) -> std::string {
        if (receiver.when_unscraped && is_scraped) return "when_unscraped";
        return silences_.SilencedBy(transition.labels, now.wall);
      };
}

Sidecar::Rows Sidecar::TakeRows() { return {states_.TakeRows(), outbox_.TakeRows(MuteAt(Now()))}; }

// What was written, or was not, may be sent now.
void Sidecar::Settle(Rows rows, bool written) {
  outbox_.LetGo(rows.outbox);
  if (!written) {
    states_.GiveBack(rows.states);
    outbox_.GiveBack(std::move(rows.outbox));
  }
  StartCouriers();
  changed_.notify_all();
}

void Sidecar::WriteRows(Database& database, const Rows& rows) {
  WriteStates(database, rows.states);
  WriteOutbox(database, rows.outbox);
}

WallTime Sidecar::FollowTime(TimePoint now) {
  time_.Follow(now.wall, followed_at_ ? now.mono - *followed_at_ : MonoTime::duration(0));
  followed_at_ = now.mono;
  return time_.now();
}

void Sidecar::Write(Database& database) {
  const WallTime now = FollowTime(Now());
  const bool is_another = !has_file_ ? database.made() : database.file() != file_;
  std::vector<Silence> silences;  // with their ids, which the file then gives to no other
  {
    const std::lock_guard lock(mutex_);
    if (is_another) {
      states_.WriteAll();
      outbox_.WriteAll();
    }
    in_transaction_ = TakeRows();
    for (const int64_t id : silences_.Forget(now)) forgotten_.push_back(id);
    if (is_another) silences = silences_.All();
  }
  if (is_another && !database.made()) ClearAlerts(database);
  for (Silence& silence : silences) WriteSilence(database, silence);
  WriteRows(database, in_transaction_);
  for (const int64_t id : forgotten_) DeleteSilence(database, id);
  if (!in_transaction_.outbox.past.empty()) PruneAlertHistory(database, now);
  file_ = database.file();
  has_file_ = true;
}

void Sidecar::Ended(bool written) {
  std::vector<CombinedNotice> notices;
  {
    const std::lock_guard lock(mutex_);
    Rows rows = std::exchange(in_transaction_, {});
    if (!written) {
      // Also what never came to Write().
      Rows rest = TakeRows();
      Settle(std::move(rest), false);
      file_ = {};
    }
    if (written) forgotten_.clear();
    Settle(std::move(rows), written);
    notices.swap(notices_);
  }
  if (world_.on_notice)
    for (const CombinedNotice& notice : notices) world_.on_notice(notice);
}

// What came about between two ticks.
void Sidecar::WriteNow() {
  Rows rows;
  const Result<void> written = world_.change([&](Database& database) {
    {
      const std::lock_guard lock(mutex_);
      rows = TakeRows();
    }
    WriteRows(database, rows);
  });
  const std::lock_guard lock(mutex_);
  if (!written && rows.states.empty() && rows.outbox.empty()) rows = TakeRows();
  Settle(std::move(rows), written.has_value());
}

void Sidecar::NoteScrape() {
  const std::lock_guard lock(mutex_);
  last_scrape_ = world_.clock->Mono();
  engine_.NoteScrape(*last_scrape_);
}

void Sidecar::Reconfigure(EngineConfig config) {
  {
    const std::lock_guard lock(mutex_);
    const TimePoint now = Now();
    config_ = config;
    for (const std::string& fault : silences_.Configure(config_.alerting.maintenance))
      log::Error("ignoring invalid maintenance window", {{"err", fault}});
    Absorb(engine_.Reconfigure(std::move(config), now), now);
    outbox_.Configure(config_.alerting, now);
    NoteGivenUp();
    BeginCounting();
  }
  WriteNow();
}

void Sidecar::SetApiSetting(uint32_t container, const AlertSetting& setting) {
  {
    const std::lock_guard lock(mutex_);
    const TimePoint now = Now();
    Absorb(engine_.SetApiSetting(container, setting, now), now);
  }
  WriteNow();
}

AlertSetting Sidecar::ApiSettingOf(uint32_t container) const {
  const std::lock_guard lock(mutex_);
  return engine_.ApiSettingOf(container);
}

LoadLines Sidecar::LinesOf(const ReadContainer& container) const {
  const std::lock_guard lock(mutex_);
  return engine_.LinesOf(container);
}

std::vector<AlertView> Sidecar::Alerts() const {
  const std::lock_guard lock(mutex_);
  return engine_.Alerts();
}

std::optional<ContainerAlerts> Sidecar::Of(uint32_t container) const {
  const std::lock_guard lock(mutex_);
  return engine_.Of(container);
}

std::vector<ContainerAlerts> Sidecar::Of(const ReadingSet& set) const {
  const std::lock_guard lock(mutex_);
  std::vector<ContainerAlerts> all;
  all.reserve(set.containers.size());
  for (const ReadContainer& container : set.containers)
    all.push_back(engine_.Of(container.reading.container).value_or(ContainerAlerts()));
  return all;
}

OutboxView Sidecar::Notifications() const {
  const std::lock_guard lock(mutex_);
  return {outbox_.Waiting(), {outbox_.dropped().begin(), outbox_.dropped().end()}, outbox_.Held()};
}

SidecarFigures Sidecar::Figures() const {
  const std::lock_guard lock(mutex_);
  SidecarFigures figures;
  figures.transitions.assign(transitions_.begin(), transitions_.end());
  figures.notifications.assign(notifications_.begin(), notifications_.end());
  figures.depth = outbox_.depth();
  if (const auto oldest = outbox_.oldest()) figures.oldest = world_.clock->Mono() - *oldest;
  figures.pending = pending_;
  figures.firing = firing_;
  figures.recovering = recovering_;
  return figures;
}

std::string Sidecar::SilencedBy(const TextPairs& labels) const {
  const std::lock_guard lock(mutex_);
  return silences_.SilencedBy(labels, world_.clock->Wall());
}

std::vector<Silence> Sidecar::AllSilences() const {
  const std::lock_guard lock(mutex_);
  return silences_.All();
}

Result<Silence> Sidecar::AddSilence(Silence silence) {
  if (auto usable = LabelMatchers::Compile(silence.matchers); !usable) return tl::unexpected(usable.error());
  const Result<void> written = world_.change([&](Database& database) { WriteSilence(database, silence); });
  if (!written) return tl::unexpected(written.error().In("the silence is not kept"));
  const std::lock_guard lock(mutex_);
  if (auto put = silences_.Put(silence); !put) return tl::unexpected(put.error());
  return silence;
}

Result<bool> Sidecar::RemoveSilence(int64_t id) {
  {
    const std::lock_guard lock(mutex_);
    const std::vector<Silence> all = silences_.All();
    if (std::none_of(all.begin(), all.end(), [&](const Silence& one) { return one.id == id; })) return false;
  }
  const Result<void> written = world_.change([&](Database& database) { DeleteSilence(database, id); });
  if (!written) return tl::unexpected(written.error().In("the silence stays"));
  {
    const std::lock_guard lock(mutex_);
    silences_.Remove(id);
    outbox_.Release(MuteAt(Now()), Now());
  }
  WriteNow();
  return true;
}

std::string Sidecar::DeliveryFault() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> faults;
  for (const auto& [receiver, why] : outbox_.losing())
    if (FindReceiver(receiver)) faults[receiver] = "its newest notification was dropped: " + why;
  outbox_.EachWaiting([&](const Parcel& parcel) {
    if (parcel.tries > 0 && world_.clock->Mono() - parcel.made > kInVain)
      faults.try_emplace(parcel.receiver, "notifications are queued and retried: " + parcel.last_error);
  });
  std::string text;
  for (const auto& [receiver, why] : faults)
    text += (text.empty() ? "receiver " : "; receiver ") + receiver + ": " + why;
  return text;
}

}  // namespace plimsoll::alerting
