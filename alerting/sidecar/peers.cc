#include "alerting/sidecar/peers.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace plimsoll::alerting {
namespace {

using Kind = SendResult::Kind;

// What became of a message that nobody took.
SendResult Together(const std::vector<std::pair<size_t, SendResult>>& failed) {
  const auto retried = std::find_if(failed.begin(), failed.end(),
                                    [](const auto& one) { return one.second.kind == Kind::kRetry; });
  SendResult result = retried == failed.end() ? failed.front().second : retried->second;
  for (const auto& [place, one] : failed) {
    result.holds_for_all = result.holds_for_all && one.holds_for_all;
    // Whoever may be asked first decides.
    if (one.kind == Kind::kRetry && result.retry_after)
      result.retry_after =
          one.retry_after ? std::min(*one.retry_after, *result.retry_after) : one.retry_after;
  }
  return result;
}

}  // namespace

Peers::Answer Peers::Send(Sender& sender, const std::vector<OutgoingRequest>& requests, MonoTime now) {
  Answer answer;
  std::vector<size_t> resting;
  std::vector<std::pair<size_t, SendResult>> failed;
  std::optional<SendResult> delivered;
  const auto ask = [&](size_t i) {
    SendResult result = sender.Send(requests[i]);
    Peer& peer = peers_[requests[i].url.Reveal()];
    peer.rests_until = result.kind == Kind::kRetry ? now + kRest : MonoTime();
    if (result.kind != Kind::kDelivered) {
      failed.emplace_back(i, std::move(result));
      return;
    }
    if (std::exchange(peer.is_failing, false)) answer.news.push_back({i + 1, true, true, ""});
    delivered = std::move(result);
  };
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto known = peers_.find(requests[i].url.Reveal());
    if (known != peers_.end() && now < known->second.rests_until) {
      resting.push_back(i);
    } else {
      ask(i);
    }
  }
  for (const size_t i : resting)
    if (!delivered) ask(i);
  if (delivered) {
    for (auto& [i, result] : failed) {
      const bool was_failing = std::exchange(peers_[requests[i].url.Reveal()].is_failing, true);
      answer.news.push_back({i + 1, false, !was_failing, std::move(result.error)});
    }
    answer.result = std::move(*delivered);
  } else if (!failed.empty()) {
    answer.result = Together(failed);
  }
  return answer;
}

}  // namespace plimsoll::alerting
