#include <cstdio>
#include <cstdlib>
#include <string>

#include "config/load.h"
#include "config/yaml_bytes.h"

// Any bytes are a configuration, or faults that can be shown: never a crash, an
// exception, a value out of its bounds or a message that breaks a terminal.
namespace {

void Demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

bool Precedes(const plimsoll::ConfigFault& a, const plimsoll::ConfigFault& b) {
  return a.line != b.line ? a.line < b.line : a.column <= b.column;
}

void CheckStorage(const plimsoll::StorageConfig& storage) {
  Demand(!storage.path.empty(), "history has a place");
  Demand(storage.max_size_bytes >= uint64_t{16} << 20, "and room");
  Demand(storage.retention.raw >= std::chrono::minutes(2) && storage.retention.day >= std::chrono::hours(48),
         "retention holds two buckets");
}

void CheckAlerting(const plimsoll::AlertingConfig& alerting) {
  const auto is_there = [&](const std::string& name) {
    for (const plimsoll::ReceiverConfig& receiver : alerting.receivers)
      if (receiver.name == name) return true;
    return false;
  };
  for (const plimsoll::RuleConfig& rule : alerting.rules) {
    Demand(!rule.name.empty(), "a rule has a name");
    Demand(rule.breaches.value_or(1) >= 1 && rule.recoveries.value_or(1) >= 1, "a rule can fire and end");
    for (const std::string& name : rule.receivers.value_or(std::vector<std::string>()))
      Demand(is_there(name), "a rule's receivers are there");
  }
  for (const std::string& name : alerting.defaults.receivers)
    Demand(is_there(name), "the defaults' receivers are there");
  for (const plimsoll::ReceiverConfig& receiver : alerting.receivers) {
    Demand(!receiver.name.empty() && !receiver.urls.empty(), "a receiver has a name and a place");
    for (const plimsoll::Secret& url : receiver.urls) Demand(url.Reveal().starts_with("http"), "of HTTP");
  }
  for (const plimsoll::MaintenanceWindow& window : alerting.maintenance)
    Demand(window.weekdays.any() && window.to <= std::chrono::hours(24), "a window can open");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const plimsoll::LoadedConfig loaded = plimsoll::LoadConfigText(text, "fuzz.yaml");

  for (size_t i = 0; i < loaded.faults.size(); ++i) {
    const plimsoll::ConfigFault& fault = loaded.faults[i];
    Demand(!fault.message.empty(), "a fault has words");
    Demand(!plimsoll::CheckBytes(fault.message) && fault.message.find_first_of("\r\n\t") == std::string::npos,
           "a fault is one line of UTF-8");
    Demand((fault.line == 0 && fault.column == 0) || (fault.line > 0 && fault.column > 0),
           "a fault has a place");
    Demand(i == 0 || Precedes(loaded.faults[i - 1], fault), "faults are in order");
  }
  if (!loaded.faults.empty()) return 0;

  using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
  const plimsoll::CollectorConfig& collector = loaded.config.collector;
  Demand(collector.interval >= seconds(1) && collector.interval <= minutes(5),
         "interval is within its bounds");
  Demand(collector.last_seen_for >= seconds(0) && collector.last_seen_for <= hours(24), "last_seen_for too");
  Demand(!collector.runtimes.empty() && !collector.include.empty(), "something is watched");
  for (const std::string& socket : collector.podman.sockets)
    Demand(socket.starts_with('/'), "sockets are absolute");
  Demand(collector.docker.socket.empty() || collector.docker.socket.starts_with('/'), "sockets are absolute");
  CheckStorage(loaded.config.storage);
  CheckAlerting(loaded.config.alerting);
  return 0;
}
