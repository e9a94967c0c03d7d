#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "alerting/engine/transition.h"
#include "config/alerting_config.h"

namespace plimsoll::alerting {

using TransitionPtr = std::shared_ptr<const Transition>;

// What a transition is about: a rule on a container or on the host, whose alerts come one after the other.
std::string SubjectOf(const Transition& transition);

// One message to one receiver, from its first transition to its end.
struct Parcel {
  int64_t number = 0;  // grows; a receiver gets those about one subject in this order
  std::string receiver, group;
  std::vector<TransitionPtr> transitions;  // one of an alert at most
  // What else of its group the receiver knows to be firing, in the order of alerts, and how much more
  // there is than finds room. As it was when the parcel was written last before its first try, so that
  // every try says the same, but for this: who answers the message with an error may mean one of the
  // others, and is told further on only how many there are. Only for receivers that are told of whole groups.
  std::vector<TransitionPtr> others;
  size_t left_out = 0;
  WallTime made_at{}, next_try_at{};
  MonoTime made{}, next_try{};  // the same moments, to measure from
  uint32_t tries = 0;
  std::string last_error;
  bool dropped = false;  // given up; kept to be shown
  // In this process only.
  bool is_open = false;      // takes more transitions until it is due
  bool is_pending = false;   // the tables have not seen it yet: not to be sent
  bool is_suspect = false;   // answered with an error: no other message is to hold what this one tells
  bool is_restored = false;  // from the tables, and not tried since: not too old yet, whatever the clock says
  int64_t behind = 0;        // the parcel about the same subjects that it waits for; 0: none

  // The idempotency key. Follows from what it holds: another one once the others are left out.
  std::string Key() const;
};

// What one receiver knows of one alert.
struct Standing {
  enum class State {
    kHeld,    // nothing yet: it is kept silent
    kQueued,  // a parcel waits
    kTold,
    kLost,  // nothing: its parcel was dropped
  };
  State state = State::kQueued;
  bool KnowsOf() const { return state == State::kQueued || state == State::kTold; }
  TransitionPtr newest;
  // "silence 3": kHeld, or of an alert that is known already: `newest` is a repeat that is kept silent.
  std::string held_by;
};

// Of an alert and a receiver.
using StandingKey = std::pair<std::string, std::string>;

// A transition as history keeps it.
struct PastTransition {
  TransitionPtr transition;
  std::string silenced_by;  // empty: it was not
};

// What the tables have to learn, or what they knew.
struct OutboxRows {
  std::vector<PastTransition> past;  // in order
  std::vector<Parcel> parcels;
  std::vector<int64_t> gone_parcels;
  std::vector<std::pair<StandingKey, Standing>> standings;
  std::vector<StandingKey> gone_standings;
  bool empty() const {
    return past.empty() && parcels.empty() && gone_parcels.empty() && standings.empty() &&
           gone_standings.empty();
  }
};

// How many parcels of one receiver were given up in this process.
struct GivenUp {
  uint64_t parcels = 0;
  std::string last_error;
};

// What waits to be told, in order per receiver and subject: a message that fails
// holds up what follows about the same subjects and nothing else, unless it is
// the receiver that fails. Transitions of one group that come within group_wait
// make one message. Pure: no I/O, no clock, no dice of its own. Not thread-safe.
class Outbox {
 public:
  // Why a receiver is not told of this now: "silence 3"; "": it is told.
  using Mute = std::function<std::string(const ReceiverConfig&, const Transition&)>;
  using Dice = std::function<double()>;  // [0, 1)

  static constexpr size_t kKeptDropped = 100;
  // Alerts of one parcel, about 0.6 MB as JSON; PagerDuty's have one.
  static constexpr size_t kMostTogether = 1'000;
  static constexpr size_t kMostPast = 10'000;  // that wait for a disk which refuses them

  explicit Outbox(Dice dice) : dice_(std::move(dice)) {}

  // Parcels for receivers that are gone are dropped.
  void Configure(const AlertingConfig& config, TimePoint now);
  // What the tables knew. Before anything is taken; no parcel grows any more.
  void Restore(OutboxRows rows, TimePoint now);

  // A transition in the order in which it happened. A recovery goes to those
  // who were told, silenced or not; what else is kept silent is held.
  void Take(const Transition& transition, const std::string& silenced_by, const Mute& mute, TimePoint now);
  // Tells what was held and is silent no longer, the newest repeat of each alert included.
  void Release(const Mute& mute, TimePoint now);

  // What changed since the last call; what is kept silent now is not told with others. The parcels in it may
  // be sent after LetGo(), whether the disk took them or not; GiveBack() when it did not.
  OutboxRows TakeRows(const Mute& mute);
  void LetGo(const OutboxRows& rows);
  void GiveBack(OutboxRows rows);
  // The tables are empty: everything is to be written.
  void WriteAll();

  // What a failed try says of other messages to the same receiver.
  enum class Fault {
    kMessage,   // nothing, until another one fails too
    kReceiver,  // they would meet the same: no connection, too many requests
  };

  // The parcel to send now; nothing when none is due. After one that failed
  // another one is tried; if that fails too, the receiver is left alone for a while.
  std::optional<Parcel> Next(const std::string& receiver, TimePoint now);
  // When Next() should be asked again; nothing: when something is taken.
  std::optional<MonoTime> WakeAt(const std::string& receiver) const;
  // How the try went. They answer whether the parcel was still there.
  bool Delivered(const Parcel& parcel);
  bool Retry(const Parcel& parcel, const std::string& error, std::optional<std::chrono::seconds> retry_after,
             TimePoint now, Fault fault = Fault::kMessage);
  bool Refused(const Parcel& parcel, const std::string& error, TimePoint now);

  // Alerts that fire and of which the receiver knows (or kLost: should), as they were told last: those
  // after `alert` (by key; empty: from the first), `most` of them.
  std::vector<TransitionPtr> Firing(const std::string& receiver, const std::string& alert, size_t most,
                                    Standing::State state = Standing::State::kTold) const;
  // How it went to tell these again. What was lost is known now, and its end will be told.
  void Retold(const std::string& receiver, const std::vector<TransitionPtr>& firing);
  void RetoldInVain(const std::string& receiver, const std::string& error);
  std::vector<std::pair<StandingKey, Standing>> Held() const;
  std::vector<Parcel> Waiting() const;                                    // by number
  void EachWaiting(const std::function<void(const Parcel&)>& see) const;  // by receiver and number
  const std::deque<Parcel>& dropped() const { return dropped_; }          // the newest kKeptDropped
  // By receiver.
  const std::map<std::string, GivenUp>& given_up() const { return given_up_; }
  // Why the newest message that ended was given up, by receiver; not if it was delivered. Of this process,
  // and since Configure().
  const std::map<std::string, std::string>& losing() const { return losing_; }
  // Whether a parcel waits that was tried.
  bool IsRetrying(const std::string& receiver) const;
  size_t depth() const;
  std::optional<MonoTime> oldest() const;  // when the oldest that waits was made

 private:
  using Queue = std::map<int64_t, Parcel>;
  // How the newest tries of a receiver went. In this process only.
  struct Pace {
    MonoTime rests_until{};  // nothing is sent before
    uint32_t outages = 0;    // in a row, of Fault::kReceiver
    uint32_t failures = 0;   // in a row, each of another parcel than the one before
    int64_t failed = 0;      // the parcel of the newest of them
  };

  // Until the next try after so many; `die` is within [0, 1].
  static std::chrono::milliseconds Pause(uint32_t tries, double die);
  const ReceiverConfig* FindReceiver(const std::string& name) const;
  std::string GroupOf(const Transition& transition) const;
  void Tell(const ReceiverConfig& receiver, const TransitionPtr& transition, TimePoint now);
  void GatherOthers(const Mute& mute);
  bool IsSuspect(const std::string& receiver, int64_t number) const;
  void Drop(Queue& queue, Queue::iterator at, const std::string& why);
  void DropTooOld(Queue& queue, const ReceiverConfig& receiver, TimePoint now);
  void NoteFailure(Parcel& parcel, std::optional<std::chrono::seconds> retry_after, Fault fault,
                   TimePoint now);
  void Close(const Parcel& parcel);
  void Leave(const Parcel& parcel, const Transition& transition);
  void Unsay(Queue& queue, Queue::iterator from, std::set<std::string> lost);
  bool Ended(const Parcel& parcel, const std::function<void(Queue&, Queue::iterator)>& end);
  void Forget(const StandingKey& key);

  const Dice dice_;
  std::vector<ReceiverConfig> receivers_;
  std::vector<std::string> group_by_;
  std::chrono::milliseconds group_wait_{0};

  int64_t last_number_ = 0;
  std::map<std::string, Queue> queues_;  // by receiver
  std::map<std::string, Pace> paces_;    // by receiver
  // The newest parcel of a receiver, a group and Parcel::behind.
  std::map<std::tuple<std::string, std::string, int64_t>, int64_t> newest_;
  // The newest parcel that waits, of a receiver and a subject.
  std::map<std::pair<std::string, std::string>, int64_t> waiting_;
  std::map<StandingKey, Standing> standings_;
  std::deque<Parcel> dropped_;
  std::map<std::string, GivenUp> given_up_;
  std::map<std::string, std::string> losing_;

  std::deque<PastTransition> past_;
  std::set<int64_t> changed_parcels_;
  std::set<StandingKey> changed_standings_;
};

}  // namespace plimsoll::alerting
