#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "model/result.h"
#include "rollup/history.h"

namespace plimsoll::rollup {

// History as Prometheus can take it in: OpenMetrics 1.0 with timestamps, for
// `promtool tsdb create-blocks-from openmetrics`. Only what was recorded at full
// resolution, each reading at its own time; a figure that was unknown has no sample.
struct Export {
  std::string path;       // of the store's file; may be in use
  WallTime from{}, to{};  // [from, to)
  // Leave out what Prometheus has: readings between two answers of /metrics that
  // are no further apart than `shortest_gap`.
  bool only_gaps = false;
  std::chrono::milliseconds shortest_gap{std::chrono::seconds(90)};

  // The label block of a container, `{id="/docker/ab",name="web"`, without the
  // closing brace: as /metrics writes it.
  std::function<std::string(const Revision&)> labels;
  // Takes the text in pieces. False ends the export, as a failure.
  std::function<bool(std::string_view)> write;
  // How much is done, 0 to 1, now and then. May be empty.
  std::function<void(double)> progress;
};

struct Exported {
  uint64_t samples = 0;
  std::optional<WallTime> oldest;  // reading in the file; absent when there is none
};

// Memory does not grow with the time exported. The file is read page by page and
// no transaction is open while `write` runs: however slow it is, a running Plimsoll
// can go on tidying its file.
Result<Exported> ExportOpenMetrics(const Export& order);

}  // namespace plimsoll::rollup
