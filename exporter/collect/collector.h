#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "config/config.h"
#include "exporter/runtime/directory.h"
#include "model/clock.h"
#include "model/frame.h"
#include "model/result.h"

namespace plimsoll::collect {

// Beats the time: one thread that reads every cgroup of this host and hands one
// immutable Frame to `publish`, once a second with the host alone and every
// `interval` with all containers. New and ended cgroups are noticed by inotify,
// not by looking. Never blocks on a socket, a disk or a reader.
class Collector {
 public:
  using Publish = std::function<void(FramePtr)>;

  // `publish` runs on the collector's thread and must return quickly.
  // `directory` and `clock` must outlive the collector.
  Collector(const CollectorConfig& config, runtime::HostPaths paths, runtime::Directory& directory,
            const Clock& clock, Publish publish);
  ~Collector();  // stops
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // Fails when no cgroup hierarchy can be read at all. The first frame is
  // published before Start returns, so that the first scrape is complete.
  Result<void> Start();
  void Stop();

  // Takes effect at the next beat. Callable from any thread.
  void Reconfigure(const CollectorConfig& config);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plimsoll::collect
