#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "exporter/http/web_config.h"

namespace plimsoll::http {

// A token bucket: `burst` requests at once, then one each interval. Thread-safe.
class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  void Set(const RateLimit& limit);
  // Nothing: the request may be answered, and counts. Else how long until one may.
  std::optional<Clock::duration> Delay(Clock::time_point now = Clock::now());

 private:
  std::mutex mutex_;
  RateLimit limit_;
  Clock::time_point full_at_;  // when the bucket is full again
};

}  // namespace plimsoll::http
