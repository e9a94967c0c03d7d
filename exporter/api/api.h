#pragma once

#include <memory>
#include <mutex>

#include "exporter/api/event_hub.h"
#include "exporter/api/sources.h"
#include "exporter/http/server.h"

namespace plimsoll::api {

// The JSON API under /api/v1 and its live events. Must outlive the server it
// gave its routes to. Thread-safe.
class Api {
 public:
  explicit Api(ApiSources sources);

  // Before the server starts.
  void Routes(http::Server& server);

  // A new set was read; called on the store's thread.
  void Observe(std::shared_ptr<const ReadingSet> set) { hub_.Observe(std::move(set)); }
  EventHub& events() { return hub_; }
  // A container's alert on CPU or memory fired or recovered. From any thread.
  void Observe(const alerting::CombinedNotice& notice);

 private:
  const ApiSources sources_;
  const MonoTime up_since_;
  EventHub hub_;
  std::mutex changing_;  // a change reads what is set and writes it anew: one at a time
};

}  // namespace plimsoll::api
