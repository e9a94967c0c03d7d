#pragma once

#include <chrono>
#include <string>

#include "config/config.h"
#include "exporter/api/sources.h"
#include "exporter/http/query.h"
#include "model/result.h"
#include "rollup/history.h"

namespace plimsoll::api {

// What a history request asks for.
struct HistorySpan {
  std::string range;  // "24h"; empty when from and to were given
  WallTime from{}, to{};
  rollup::Granularity granularity = rollup::Granularity::kRaw;
  // How far apart the points are; 0: every reading as it was made.
  std::chrono::milliseconds step{0};

  // What the store is asked. A step of raw readings is made from single ones by the caller.
  rollup::PointQuery Question(uint32_t container) const;
};

// range (default 1h), or from and to; and step. Fails with what is accepted,
// also when the answer would hold more than rollup::kMostPoints.
//
// Without a step the granularity is that of the shortest range as long as the
// span, or a coarser one where that is not kept for so long any more. With a
// step it is the coarsest that divides it.
Result<HistorySpan> TakeHistorySpan(const http::Query& query, WallTime now, const ApiSettings& settings);

}  // namespace plimsoll::api
