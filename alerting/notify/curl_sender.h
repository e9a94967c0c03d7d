#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "alerting/notify/sender.h"

namespace plimsoll::alerting {

// Sends with libcurl and keeps connections open for the next request, so each
// receiver has one of its own. http and https alone; certificates are checked
// unless the request says otherwise; a redirect is followed at most three times
// and never to another host. A proxy is taken from the environment, as curl does.
// Send is for one thread at a time; Interrupt may come from any.
class CurlSender final : public Sender {
 public:
  CurlSender();
  ~CurlSender() override;
  CurlSender(const CurlSender&) = delete;
  CurlSender& operator=(const CurlSender&) = delete;

  // The request's timeout holds for all of it, redirects included.
  SendResult Send(const OutgoingRequest& request) override;

  void Interrupt() override;

 private:
  struct Handles;
  struct Answer;

  bool Prepare();
  void SetUp(const OutgoingRequest& request, const std::string& url, Answer& answer);
  void SetTls(const TlsSettings& tls);
  SendResult Follow(const OutgoingRequest& request);
  void Perform(Answer& answer);
  SendResult Judge(const OutgoingRequest& request, Answer& answer) const;

  std::mutex handles_mutex_;  // of handles_ as Interrupt sees it
  std::unique_ptr<Handles> handles_;
  std::atomic<bool> is_interrupted_{false};
};

}  // namespace plimsoll::alerting
