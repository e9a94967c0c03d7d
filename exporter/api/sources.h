#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "alerting/sidecar/sidecar.h"
#include "config/config.h"
#include "model/clock.h"
#include "model/frame.h"
#include "rollup/store.h"

namespace plimsoll::api {

// A part of the program that can be well or not, for /api/v1/status.
struct PartHealth {
  std::string part;  // "storage", "runtime docker", "notifier", "web configuration"
  bool healthy = true;
  std::string last_error;  // empty while healthy
};

// What the configuration says now; a reload changes it.
struct ApiSettings {
  std::chrono::milliseconds interval{10000};
  StorageConfig::Retention retention;
};

// Where the answers come from. All functions are called on workers, several at once.
struct ApiSources {
  rollup::Store* store = nullptr;          // never null; outlives the API, as do the next two
  const Clock* clock = nullptr;            // never null
  alerting::Sidecar* alerts = nullptr;     // never null; outlives the API
  std::function<FramePtr()> newest_frame;  // gives null before the first
  std::function<ApiSettings()> settings;
  std::function<std::vector<PartHealth>()> more_parts;  // besides storage and runtimes; may be empty

  bool enable_admin_api = false;
  std::string version, host_name;
  uint32_t cores = 0;         // the host's; 0: unknown
  uint64_t memory_bytes = 0;  // likewise
};

}  // namespace plimsoll::api
