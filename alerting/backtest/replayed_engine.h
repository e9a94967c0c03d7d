#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "alerting/engine/engine.h"

namespace plimsoll::alerting {

// An engine that lives through history as the live one did: it begins anew from
// its stored states wherever Plimsoll did.
class ReplayedEngine {
 public:
  // `settings`: what the API is taken to have said from the beginning on.
  ReplayedEngine(EngineConfig config, std::vector<std::pair<uint32_t, AlertSetting>> settings)
      : config_(std::move(config)), settings_(std::move(settings)) {}

  // As Engine::Listen, for every engine from the next Step on.
  void Listen(std::function<void(const Judged&)> on_judged) { on_judged_ = std::move(on_judged); }

  // Valid until the next call.
  const Outcome& Step(const ReadingSet& set, bool begins_run);

 private:
  void BeginRun(TimePoint now);
  void Keep(const std::vector<StoredState>& changed);

  const EngineConfig config_;
  const std::vector<std::pair<uint32_t, AlertSetting>> settings_;
  std::function<void(const Judged&)> on_judged_;
  std::optional<Engine> engine_;
  std::map<std::tuple<std::string, uint32_t, std::string>, StoredState> stored_;
};

}  // namespace plimsoll::alerting
