#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "alerting/engine/engine.h"
#include "alerting/notify/sender.h"
#include "alerting/sidecar/alert_tables.h"
#include "alerting/sidecar/outbox.h"
#include "alerting/sidecar/peers.h"
#include "alerting/sidecar/silence.h"
#include "alerting/sidecar/state_rows.h"
#include "database/companion.h"
#include "model/retention_clock.h"

namespace plimsoll::alerting {

// What the sidecar needs of the world. All functions may be called from any thread.
struct SidecarWorld {
  const Clock* clock = nullptr;  // never null; outlives the sidecar
  // One transaction on the store's file, between two ticks.
  std::function<Result<void>(const std::function<void(Database&)>&)> change;
  std::function<std::unique_ptr<Sender>()> make_sender;  // one a receiver, for its own thread
  Outbox::Dice dice;
  // The change of a container's combined state; on the store's thread, after the tick.
  std::function<void(const CombinedNotice&)> on_notice;
  // Whether collector and store are well, for the heartbeat.
  std::function<bool()> is_healthy;
};

// How notifying fares; totals since the process began.
struct SidecarFigures {
  std::vector<std::pair<std::string, uint64_t>> transitions;  // by kind
  // By receiver and outcome: delivered retried dropped silenced, and of Alertmanagers with several URLs
  // peer_failed.
  std::vector<std::pair<std::pair<std::string, std::string>, uint64_t>> notifications;
  size_t depth = 0;
  std::optional<std::chrono::nanoseconds> oldest;  // age of the oldest that waits
  size_t pending = 0, firing = 0, recovering = 0;  // alerts
};

// The outbox as people see it.
struct OutboxView {
  std::vector<Parcel> waiting, dropped;
  std::vector<std::pair<StandingKey, Standing>> held;
};

// A part of this process, on the store's thread and threads of its own: no second
// container, as the word means elsewhere. Watches load lines beside the store: steps every rule with each
// tick, writes what came of it into the tick's own transaction, and tells receivers, each on a thread of its
// own so that none waits for another. A disk that refuses stops neither. Thread-safe but for the Companion's
// calls, which are the store's.
class Sidecar final : public Companion {
 public:
  // `stored`: of the file, empty when it cannot be read.
  Sidecar(EngineConfig config, StoredAlerts stored,
          const std::vector<std::pair<uint32_t, AlertSetting>>& settings, SidecarWorld world);
  ~Sidecar() override;

  // Begins to send. Before, what is due waits.
  void Start();
  // What is being sent is broken off, and sent again after the next start.
  void Stop();

  // The Companion's.
  void Step(const ReadingSet& set) override;
  void Write(Database& database) override;
  void Ended(bool written) override;

  void NoteScrape();
  void Reconfigure(EngineConfig config);
  void SetApiSetting(uint32_t container, const AlertSetting& setting);

  // As Engine's.
  AlertSetting ApiSettingOf(uint32_t container) const;
  LoadLines LinesOf(const ReadContainer& container) const;

  std::vector<AlertView> Alerts() const;
  std::optional<ContainerAlerts> Of(uint32_t container) const;  // as Engine::Of
  // Those of the set's containers, in its order.
  std::vector<ContainerAlerts> Of(const ReadingSet& set) const;
  OutboxView Notifications() const;
  SidecarFigures Figures() const;
  // What keeps an alert with these labels silent now; "" when nothing does.
  std::string SilencedBy(const TextPairs& labels) const;

  std::vector<Silence> AllSilences() const;
  // Fails for matchers that cannot be used, and when the disk refuses it.
  Result<Silence> AddSilence(Silence silence);
  Result<bool> RemoveSilence(int64_t id);  // false: there is none

  // Whether every receiver takes what it is sent: none waits for a message that was tried for five minutes
  // in vain, and of none the newest message to come to an end was given up.
  bool IsDelivering() const { return DeliveryFault().empty(); }
  // Those that do not, and why, as one line for a person; "" while all do.
  std::string DeliveryFault() const;

 private:
  // What goes to disk at once, and back when that fails.
  struct Rows {
    std::vector<StoredState> states;
    OutboxRows outbox;
  };
  struct Courier {
    // How far it is that an Alertmanager is told again: kTold, and then apart, so that what is refused
    // takes no other along, kLost.
    struct Resend {
      Standing::State state = Standing::State::kTold;
      std::string alert;  // the last one that was told
    };
    std::unique_ptr<Sender> sender;
    std::thread thread;
    Peers peers;                     // of the thread alone
    std::optional<MonoTime> resent;  // Alertmanager: when it was told all that fires, or began to be
    std::optional<Resend> resend;    // while that is not done
    bool had_parcel = false;         // the newest errand; what is to be told again takes turns with parcels
    bool is_failing = false;         // and was said to
  };
  // One try.
  struct Errand {
    ReceiverConfig receiver;
    Parcel parcel;
    Message message;
    bool is_resend = false;
    bool is_lost = false;  // of a resend: what it was not told yet
  };

  TimePoint Now() const { return {world_.clock->Wall(), world_.clock->Mono()}; }

  // All of these with mutex_ held.
  void BeginCounting();  // for receivers that are new
  void CountAlerts();
  void Absorb(const Outcome& outcome, TimePoint now);
  Outbox::Mute MuteAt(TimePoint now) const;
  Rows TakeRows();
  void Settle(Rows rows, bool written);
  void StartCouriers();
  std::optional<MonoTime> WakeAt(const std::string& receiver) const;
  std::optional<Errand> NextErrand(const std::string& receiver);
  bool TakeResend(Courier& courier, MonoTime now, Errand& errand);
  void Compile(Errand& errand) const;
  const ReceiverConfig* FindReceiver(const std::string& name) const;
  void Note(const Errand& errand, const SendResult& result);
  void NoteResend(Courier& courier, const Errand& errand, const SendResult& result);
  void NotePeers(const Errand& errand, const std::vector<Peers::News>& news);
  bool NoteGivenUp();
  void NoteFailing(Courier& courier, const Errand& errand, const SendResult& result);

  // Without it.
  void WriteNow();
  void Deliver(const std::string& receiver);
  static void WriteRows(Database& database, const Rows& rows);
  static Peers::Answer Send(Courier& courier, const Errand& errand, TimePoint now);
  void Beat();

  const SidecarWorld world_;

  mutable std::mutex mutex_;  // never held while a disk or a receiver is waited for
  std::condition_variable changed_;
  EngineConfig config_;
  Engine engine_;
  Outbox outbox_;
  Silences silences_;
  StateRows states_;
  std::vector<CombinedNotice> notices_;  // to be published after the tick
  std::vector<int64_t> forgotten_;       // silences whose rows go with the next tick
  size_t pending_ = 0, firing_ = 0, recovering_ = 0;
  MonoTime began_{};
  std::optional<MonoTime> last_scrape_;
  std::map<std::string, uint64_t> transitions_;
  std::map<std::pair<std::string, std::string>, uint64_t> notifications_;
  std::map<std::string, Courier> couriers_;
  bool is_running_ = false, is_stopping_ = false;

  // Of the store's thread: what time it is, as far as deleting goes.
  WallTime FollowTime(TimePoint now);
  RetentionClock time_;
  std::optional<MonoTime> followed_at_;

  // Of the store's thread, between Write() and Ended().
  Rows in_transaction_;
  std::pair<uint64_t, uint64_t> file_{};  // that the rows went to last
  bool has_file_ = false;

  Courier heartbeat_;
};

}  // namespace plimsoll::alerting
