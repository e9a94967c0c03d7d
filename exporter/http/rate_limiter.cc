#include "exporter/http/rate_limiter.h"

#include <algorithm>

namespace plimsoll::http {

void RateLimiter::Set(const RateLimit& limit) {
  const std::lock_guard lock(mutex_);
  limit_ = limit;
}

std::optional<RateLimiter::Clock::duration> RateLimiter::Delay(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (limit_.interval.count() == 0) return std::nullopt;
  const auto next = std::max(full_at_, now) + limit_.interval;
  if (const auto beyond = next - now - limit_.burst * limit_.interval; beyond > Clock::duration::zero())
    return beyond;
  full_at_ = next;
  return std::nullopt;
}

}  // namespace plimsoll::http
