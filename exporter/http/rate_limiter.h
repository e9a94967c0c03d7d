#pragma once

#include <chrono>
#include <mutex>

#include "exporter/http/web_config.h"

namespace plimsoll::http {

// A token bucket: `burst` requests at once, then one each interval. Thread-safe.
class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  void Set(const RateLimit& limit);
  bool Allow(Clock::time_point now = Clock::now());

 private:
  std::mutex mutex_;
  RateLimit limit_;
  Clock::time_point full_at_;  // when the bucket is full again
};

}  // namespace plimsoll::http
