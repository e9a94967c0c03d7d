#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/clock.h"
#include "model/sample.h"

namespace plimsoll {

// Something that happened to a container between two sets.
struct ContainerEvent {
  enum class Kind { kStart, kStop, kOom, kRename, kHealth, kPause, kUnpause };
  Kind kind = Kind::kStart;
  std::shared_ptr<const Container> who;
  WallTime at{};
  std::optional<int> exit_code;  // kStop, when the runtime told
  uint64_t count = 1;            // kOom: processes killed
};

const char* EventName(ContainerEvent::Kind kind);  // "start", "stop", "oom", ...

// A container whose cgroup is gone: its last figures, frozen. Immutable; news
// of it (exit code) make a new one.
struct EndedContainer {
  ContainerSample last;
  WallTime last_seen{};
  MonoTime ended_at{};
};

// How a runtime's socket or state directory fares.
struct RuntimeHealth {
  RuntimeKind runtime = RuntimeKind::kDocker;
  std::string endpoint;  // "unix:///var/run/docker.sock"
  bool up = false;
  std::string version;     // the engine's own; empty when unknown
  std::string last_error;  // empty while up
};

// What the collector says of itself, totals since the process began.
struct CollectorStats {
  std::chrono::nanoseconds duration{0};  // of this beat alone
  uint64_t beats = 0;
  uint64_t beats_skipped = 0;        // a beat that came while the one before still ran
  uint64_t read_errors = 0;          // kernel files that failed for another reason than being gone
  uint64_t parse_errors = 0;         // kernel files whose text was not understood
  uint64_t descriptors = 0;          // kept open now
  uint64_t without_descriptors = 0;  // containers that are opened anew at every beat for want of descriptors
};

// All containers at one beat of the collector.
struct ContainerSet {
  uint64_t number = 0;  // counts up by one per set
  WallTime wall{};
  MonoTime mono{};
  std::vector<ContainerSample> containers;  // sorted by who->cgroup; the root ("/") first
  std::vector<std::shared_ptr<const EndedContainer>>
      ended;                           // newest last; each leaves after the configured time
  std::vector<ContainerEvent> events;  // since the set before
  std::shared_ptr<const std::vector<RuntimeHealth>> runtimes;  // never null
  CollectorStats stats;
};

// What travels down the road. Published whole, never written again; readers
// hold a shared_ptr<const Frame> as long as they like.
struct Frame {
  uint64_t sequence = 0;  // counts up by one per frame
  WallTime wall{};
  MonoTime mono{};
  HostSample host;
  // Between two beats of the containers, host-only frames share the last set.
  std::shared_ptr<const ContainerSet> set;  // never null
  bool set_is_new = false;                  // this frame is the first to carry `set`
};

using FramePtr = std::shared_ptr<const Frame>;

}  // namespace plimsoll
