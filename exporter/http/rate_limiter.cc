#include "exporter/http/rate_limiter.h"

#include <algorithm>

namespace plimsoll::http {

void RateLimiter::Set(const RateLimit& limit) {
  const std::lock_guard lock(mutex_);
  limit_ = limit;
}

bool RateLimiter::Allow(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (limit_.interval.count() == 0) return true;
  const auto next = std::max(full_at_, now) + limit_.interval;
  if (next - now > limit_.burst * limit_.interval) return false;
  full_at_ = next;
  return true;
}

}  // namespace plimsoll::http
