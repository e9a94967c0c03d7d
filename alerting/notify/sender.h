#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alerting/notify/message.h"
#include "config/alerting_config.h"
#include "model/result.h"

namespace plimsoll::alerting {

struct TlsSettings {
  std::string ca_file;  // PEM; empty: the system's
  bool insecure_skip_verify = false;
  bool operator==(const TlsSettings&) const = default;
};

// One HTTP request, ready to send.
struct OutgoingRequest {
  std::string method = "POST";
  Secret url;
  std::vector<std::pair<std::string, Secret>> headers;
  std::string body;            // may hold a token: never logged
  std::vector<Secret> hidden;  // secrets in url and body, which no error may quote
  std::chrono::milliseconds timeout{std::chrono::seconds(10)};
  TlsSettings tls;
};

struct SendResult {
  enum class Kind {
    kDelivered,
    kRetry,    // the same may work later: no connection, no answer in time, 408, 425, 429, 5xx
    kRefused,  // it will not: every other answer
  };
  Kind kind = Kind::kRetry;
  int status = 0;                                   // HTTP's; 0: there was no answer
  std::optional<std::chrono::seconds> retry_after;  // as the receiver asked, 0 and up
  std::string error;                                // one line for a person; never holds a secret
  // kRetry: any other message would meet the same: no server was reached, or it asks for fewer requests
  // (429).
  bool holds_for_all = false;
};

// Sends one request and waits for the answer.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual SendResult Send(const OutgoingRequest& request) = 0;
  // Ends the Send that runs, and each later one at once, as a kRetry. From any thread.
  virtual void Interrupt() {}
};

// A firing alert that Alertmanager was told of ends there by itself after so
// long: it must be sent again before.
constexpr std::chrono::minutes kAlertmanagerHold{4};

// The requests that tell the receiver; more than one where it takes one alert a
// request (PagerDuty) or has several addresses (Alertmanager). To be made anew
// for each try: signatures and endsAt hold `now`. Bodies are the same otherwise.
// Fails when the receiver's template is faulty or no signature can be made.
Result<std::vector<OutgoingRequest>> Compose(const ReceiverConfig& receiver, const Message& message,
                                             WallTime now);

}  // namespace plimsoll::alerting
