// Who carries messages: one thread a receiver, and one for the heartbeat.

#include <algorithm>

#include "alerting/sidecar/sidecar.h"
#include "alerting/text/label_text.h"
#include "model/log.h"

namespace plimsoll::alerting {
namespace {

// Alertmanager ends an alert that it does not hear of again.
constexpr auto kResendEvery = std::chrono::minutes(1);
static_assert(kResendEvery < kAlertmanagerHold);
constexpr std::chrono::milliseconds kLongestHeartbeat{10'000};
constexpr std::chrono::milliseconds kHeartbeatAnew{10'000};  // after one that was not sent, or did not arrive

// The labels that a group's transitions have in common, by the names it is grouped by. No group is of two
// hosts.
TextPairs GroupLabels(const std::vector<std::string>& group_by, const std::string& instance,
                      const Transition& one) {
  TextPairs labels;
  if (!instance.empty()) labels.emplace_back("instance", instance);
  for (const std::string& name : group_by) {
    if (name == "rule") labels.emplace_back("alertname", one.rule);
    for (const auto& label : one.labels)
      if (label.first == name) labels.push_back(label);
  }
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

}  // namespace

void Sidecar::Start() {
  const std::lock_guard lock(mutex_);
  is_running_ = true;
  StartCouriers();
}

void Sidecar::Stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    is_running_ = false;
    is_stopping_ = true;
    for (auto& [name, courier] : couriers_) {
      courier.sender->Interrupt();
      threads.push_back(std::move(courier.thread));
    }
    if (heartbeat_.sender) heartbeat_.sender->Interrupt();
    threads.push_back(std::move(heartbeat_.thread));
  }
  changed_.notify_all();
  for (std::thread& thread : threads)
    if (thread.joinable()) thread.join();
}

// A receiver's thread begins when there is something to tell it, the heartbeat's when there is an address;
// they end with the sidecar.
void Sidecar::StartCouriers() {
  if (!is_running_) return;
  for (const ReceiverConfig& receiver : config_.alerting.receivers) {
    if (couriers_.contains(receiver.name) || !WakeAt(receiver.name)) continue;
    Courier& courier = couriers_[receiver.name];
    courier.sender = world_.make_sender();
    courier.thread = std::thread([this, name = receiver.name] { Deliver(name); });
  }
  if (config_.alerting.heartbeat.url.empty() || heartbeat_.sender) return;
  heartbeat_.sender = world_.make_sender();
  heartbeat_.thread = std::thread([this] { Beat(); });
}

const ReceiverConfig* Sidecar::FindReceiver(const std::string& name) const {
  for (const ReceiverConfig& receiver : config_.alerting.receivers)
    if (receiver.name == name) return &receiver;
  return nullptr;
}

std::optional<MonoTime> Sidecar::WakeAt(const std::string& name) const {
  std::optional<MonoTime> wake = outbox_.WakeAt(name);
  const ReceiverConfig* receiver = FindReceiver(name);
  if (!receiver || receiver->type != ReceiverType::kAlertmanager) return wake;
  if (outbox_.Firing(name, "", 1).empty() && outbox_.Firing(name, "", 1, Standing::State::kLost).empty())
    return wake;
  const auto courier = couriers_.find(name);
  const bool is_at_rest = courier != couriers_.end() && courier->second.resent && !courier->second.resend;
  const MonoTime due = is_at_rest ? *courier->second.resent + kResendEvery : world_.clock->Mono();
  return wake ? std::min(*wake, due) : due;
}

// What fires and is to be said again, as many as one message holds; false when it is not time for it.
bool Sidecar::TakeResend(Courier& courier, MonoTime now, Errand& errand) {
  if (errand.receiver.type != ReceiverType::kAlertmanager) return false;
  const std::string& name = errand.receiver.name;
  if (!courier.resend) {
    if (courier.resent && now - *courier.resent < kResendEvery) return false;
    courier.resent = now;
    courier.resend = Courier::Resend();
  }
  auto& firing = errand.parcel.transitions;
  while (firing.empty() && courier.resend) {
    Courier::Resend& resend = *courier.resend;
    firing = outbox_.Firing(name, resend.alert, Outbox::kMostTogether, resend.state);
    errand.is_lost = resend.state == Standing::State::kLost;
    if (firing.size() == Outbox::kMostTogether) {
      resend.alert = firing.back()->alert;
    } else if (errand.is_lost) {
      courier.resend.reset();
    } else {
      resend = {Standing::State::kLost, ""};
    }
  }
  if (firing.empty()) return false;
  errand.is_resend = true;
  errand.parcel.receiver = name;
  errand.parcel.group = "all";
  errand.parcel.made_at = world_.clock->Wall();
  return true;
}

std::optional<Sidecar::Errand> Sidecar::NextErrand(const std::string& name) {
  const ReceiverConfig* receiver = FindReceiver(name);
  if (!receiver) return std::nullopt;
  const TimePoint now = Now();
  Courier& courier = couriers_.at(name);
  Errand errand;
  errand.receiver = *receiver;
  if (!courier.had_parcel || !TakeResend(courier, now.mono, errand)) {
    auto parcel = outbox_.Next(name, now);
    NoteGivenUp();  // what was too old
    if (parcel) {
      errand.parcel = std::move(*parcel);
    } else if (courier.had_parcel || !TakeResend(courier, now.mono, errand)) {
      courier.had_parcel = false;
      return std::nullopt;
    }
  }
  courier.had_parcel = !errand.is_resend;
  Compile(errand);
  return errand;
}

void Sidecar::Compile(Errand& errand) const {
  Message& message = errand.message;
  message.id = errand.parcel.Key();
  message.receiver = errand.receiver.name;
  for (const TransitionPtr& transition : errand.parcel.transitions)
    message.transitions.push_back(*transition);
  for (const TransitionPtr& other : errand.parcel.others) message.others.push_back(*other);
  message.left_out = errand.parcel.left_out;
  const std::string instance = CleanText(config_.instance);  // as its alerts have it
  if (!errand.is_resend)
    message.group_labels = GroupLabels(config_.alerting.group_by, instance, message.transitions.front());
  // With its length, as the values of the group's labels: no name can look like more than a name.
  message.group_key =
      "instance=" + std::to_string(instance.size()) + ":" + instance + ";" + errand.parcel.group;
  message.external_url = config_.alerting.external_url;
  message.dashboard_url = config_.alerting.dashboard_url;
  message.at = errand.parcel.made_at;
}

// Several addresses are one Alertmanager. Of several requests otherwise all must arrive.
Peers::Answer Sidecar::Send(Courier& courier, const Errand& errand, TimePoint now) {
  const auto requests = Compose(errand.receiver, errand.message, now.wall);
  Peers::Answer answer;
  if (!requests) {
    answer.result.kind = SendResult::Kind::kRefused;
    answer.result.error = requests.error().message;
    return answer;
  }
  if (errand.receiver.type == ReceiverType::kAlertmanager)
    return courier.peers.Send(*courier.sender, *requests, now.mono);
  for (const OutgoingRequest& request : *requests) {
    answer.result = courier.sender->Send(request);
    if (answer.result.kind != SendResult::Kind::kDelivered) break;
  }
  return answer;
}

void Sidecar::Deliver(const std::string& name) {
  std::unique_lock lock(mutex_);
  Courier& courier = couriers_.at(name);
  while (!is_stopping_) {
    const auto errand = NextErrand(name);
    if (!errand) {
      const auto wake = WakeAt(name);
      if (wake) {
        changed_.wait_for(lock, std::max<std::chrono::nanoseconds>(*wake - world_.clock->Mono(),
                                                                   std::chrono::milliseconds(1)));
      } else {
        changed_.wait(lock);
      }
      continue;
    }
    lock.unlock();
    const Peers::Answer answer = Send(courier, *errand, Now());
    lock.lock();
    if (is_stopping_ && answer.result.kind != SendResult::Kind::kDelivered) return;  // broken off
    NotePeers(*errand, answer.news);
    Note(*errand, answer.result);
    if (errand->is_resend) continue;
    lock.unlock();
    WriteNow();
    lock.lock();
  }
}

void Sidecar::Note(const Errand& errand, const SendResult& result) {
  using Kind = SendResult::Kind;
  const std::string& name = errand.receiver.name;
  Courier& courier = couriers_.at(name);
  if (errand.is_resend) return NoteResend(courier, errand, result);
  if (result.kind == Kind::kDelivered) {
    outbox_.Delivered(errand.parcel);
    if (errand.receiver.type == ReceiverType::kAlertmanager && !courier.resent)
      courier.resent = world_.clock->Mono();
  } else if (result.kind == Kind::kRetry) {
    outbox_.Retry(errand.parcel, result.error, result.retry_after, Now(),
                  result.holds_for_all ? Outbox::Fault::kReceiver : Outbox::Fault::kMessage);
  } else {
    outbox_.Refused(errand.parcel, result.error, Now());
  }
  NoteFailing(courier, errand, result);
  if (!NoteGivenUp()) ++notifications_[{name, result.kind == Kind::kDelivered ? "delivered" : "retried"}];
}

void Sidecar::NoteResend(Courier& courier, const Errand& errand, const SendResult& result) {
  using Kind = SendResult::Kind;
  if (result.kind == Kind::kDelivered) {
    outbox_.Retold(errand.receiver.name, errand.parcel.transitions);
  } else if (result.kind == Kind::kRetry) {
    courier.resend.reset();  // the rest of it would meet the same
  } else if (!errand.is_lost) {
    outbox_.RetoldInVain(errand.receiver.name, result.error);
  }
  NoteFailing(courier, errand, result);
}

// Said once, and again when it works again; by number, because a URL may hold a secret.
void Sidecar::NotePeers(const Errand& errand, const std::vector<Peers::News>& news) {
  for (const Peers::News& one : news) {
    const std::string which =
        std::to_string(one.place) + " of " + std::to_string(errand.receiver.urls.size());
    if (!one.works) ++notifications_[{errand.receiver.name, "peer_failed"}];
    if (!one.is_first) continue;
    if (one.works) {
      log::Info("a URL of a receiver is working again", {{"receiver", errand.receiver.name}, {"url", which}});
    } else {
      log::Warn("a URL of a receiver is failing; another one takes its notifications",
                {{"receiver", errand.receiver.name}, {"url", which}, {"err", one.error}});
    }
  }
}

// Said once for all that were given up together. Answers whether there were any.
bool Sidecar::NoteGivenUp() {
  bool is_news = false;
  for (const auto& [receiver, given_up] : outbox_.given_up()) {
    uint64_t& noted = notifications_[{receiver, "dropped"}];
    if (noted == given_up.parcels) continue;
    log::Error("notifications dropped: refused, too old, or their receiver was removed",
               {{"receiver", receiver},
                {"messages", std::to_string(given_up.parcels - noted)},
                {"err", given_up.last_error}});
    noted = given_up.parcels;
    is_news = true;
  }
  return is_news;
}

// Said once, and again when it works again: with nothing left that failed.
void Sidecar::NoteFailing(Courier& courier, const Errand& errand, const SendResult& result) {
  const bool fails = result.kind == SendResult::Kind::kRetry;
  if (fails == courier.is_failing) return;
  if (!fails && outbox_.IsRetrying(errand.receiver.name)) return;
  courier.is_failing = fails;
  if (fails) {
    log::Warn("receiver is failing; notifications are queued and retried",
              {{"receiver", errand.receiver.name}, {"err", result.error}});
  } else {
    log::Info("receiver takes notifications again", {{"receiver", errand.receiver.name}});
  }
}

void Sidecar::Beat() {
  std::optional<MonoTime> told, tried;
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    const HeartbeatConfig heartbeat = config_.alerting.heartbeat;
    const MonoTime now = world_.clock->Mono();
    MonoTime due = tried ? *tried + std::min(heartbeat.interval, kHeartbeatAnew) : now;
    if (told) due = std::max<MonoTime>(due, *told + heartbeat.interval);
    const auto left = due - now;
    if (heartbeat.url.empty() || left.count() > 0) {
      if (heartbeat.url.empty()) {
        changed_.wait(lock);
      } else {
        changed_.wait_for(lock, left);
      }
      continue;
    }
    tried = now;
    lock.unlock();
    std::optional<SendResult> result;
    if (IsDelivering() && (!world_.is_healthy || world_.is_healthy())) {
      OutgoingRequest request;
      request.method = "GET";
      request.url = heartbeat.url;
      request.hidden = {heartbeat.url};
      request.timeout = std::min(kLongestHeartbeat, heartbeat.interval);
      result = heartbeat_.sender->Send(request);
    }
    lock.lock();
    if (!result) continue;
    const bool fails = result->kind != SendResult::Kind::kDelivered;
    if (!fails) told = now;
    if (fails && !heartbeat_.is_failing && !is_stopping_)
      log::Warn("heartbeat could not be delivered", {{"err", result->error}});
    heartbeat_.is_failing = fails;
  }
}

}  // namespace plimsoll::alerting
