// What judging costs, and how soon a message is on the wire when a whole host breaches at once.

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "alerting/notify/curl_sender.h"
#include "alerting/sidecar/sidecar.h"
#include "unit/engine/fake_ticks.h"
#include "unit/notify/recorder_server.h"

namespace plimsoll::alerting {
namespace {

using testing::RecorderServer;

double CpuMicroseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

double PeakMebibytes() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

constexpr AlertMetric kMetrics[] = {AlertMetric::kCpuPercent, AlertMetric::kCpuOfLimitPercent,
                                    AlertMetric::kMemoryPercent, AlertMetric::kMemoryUsedBytes};

std::vector<RuleConfig> Rules(int count) {
  std::vector<RuleConfig> rules;
  for (int i = 0; i < count; ++i) {
    const AlertMetric metric = kMetrics[i % 4];
    rules.push_back(MakeRule("Rule" + std::to_string(i), metric, 50 + i, 1, 1));
  }
  return rules;
}

// Reads the very figures that the rules judge and compares them, understanding nothing.
double Floor(const ReadingSet& set, const std::vector<RuleConfig>& rules) {
  const double begin = CpuMicroseconds();
  volatile int beyond = 0;
  for (const ReadContainer& container : set.containers) {
    const double cpu = container.reading.CpuPercent().value_or(0);
    const double memory = static_cast<double>(container.reading.memory_bytes.value_or(0));
    for (const RuleConfig& rule : rules)
      if ((PartName(*PartOf(rule.metric))[0] == 'c' ? cpu : memory) >= rule.threshold) beyond = beyond + 1;
  }
  return CpuMicroseconds() - begin;
}

// Of `containers`, `changing` work a little more or less each tick; the others sleep.
void Steady(int containers, int rule_count, int changing) {
  const std::vector<RuleConfig> rules = Rules(rule_count);
  FakeTicks ticks;
  Engine engine(MakeConfig(rules), {}, ticks.now());
  for (int id = 1; id <= containers; ++id) ticks.Run(static_cast<uint32_t>(id), "c" + std::to_string(id));
  for (int i = 0; i < 5; ++i) engine.Step(ticks.Next(), ticks.now());
  std::vector<double> ours, floor;
  for (int i = 0; i < 200; ++i) {
    for (int id = 1; id <= changing; ++id) ticks[static_cast<uint32_t>(id)].cpu = 1 + i % 7;
    const ReadingSet& set = ticks.Next();
    const double begin = CpuMicroseconds();
    engine.Step(set, ticks.now());
    ours.push_back(CpuMicroseconds() - begin);
    floor.push_back(Floor(set, rules));
  }
  std::printf("%10d %6d %10d %10.0f %10.0f %8.2f\n", containers, rule_count, changing, Median(floor),
              Median(ours), Median(ours) / Median(floor));
}

// `breaching` containers breach every rule in one tick; beside the receiver is one that hangs.
void Storm(int containers, int rule_count, int breaching) {
  std::string folder = std::filesystem::temp_directory_path() / "plimsoll-storm-XXXXXX";
  if (!::mkdtemp(folder.data())) std::abort();
  auto database = std::move(*Database::OpenForWriting(folder + "/plimsoll.db"));
  std::mutex disk;
  RecorderServer server([](const RecorderServer::Request& request) {
    const bool hangs = request.head.rfind("POST /hangs", 0) == 0;
    return RecorderServer::Reply{hangs ? "" : RecorderServer::Ok(),
                                 hangs ? RecorderServer::Then::kHang : RecorderServer::Then::kGoOn};
  });
  EngineConfig config = MakeConfig(Rules(rule_count));
  config.alerting.group_wait = std::chrono::milliseconds(0);
  for (const char* name : {"hangs", "ops"}) {
    ReceiverConfig receiver;
    receiver.name = name;
    receiver.urls = {Secret(server.Url("/" + receiver.name))};
    config.alerting.receivers.push_back(receiver);
    config.alerting.defaults.receivers.push_back(receiver.name);
  }
  const SystemClock clock;
  SidecarWorld world;
  world.clock = &clock;
  world.change = [&](const std::function<void(Database&)>& work) {
    const std::lock_guard lock(disk);
    database->Run("BEGIN IMMEDIATE");
    work(*database);
    database->Run("COMMIT");
    return Result<void>();
  };
  world.make_sender = [] { return std::make_unique<CurlSender>(); };
  world.dice = [] { return 0.5; };
  FakeTicks ticks;
  for (int id = 1; id <= containers; ++id) ticks.Run(static_cast<uint32_t>(id), "c" + std::to_string(id));
  {
    Sidecar sidecar(config, {}, {}, std::move(world));
    sidecar.Start();
    const auto tick = [&] {
      const ReadingSet& set = ticks.Next();
      sidecar.Step(set);
      {
        const std::lock_guard lock(disk);
        database->Run("BEGIN IMMEDIATE");
        sidecar.Write(*database);
        database->Run("COMMIT");
      }
      sidecar.Ended(true);
    };
    tick();
    for (int id = 1; id <= breaching; ++id) {
      ticks[static_cast<uint32_t>(id)].cpu = 190;
      ticks[static_cast<uint32_t>(id)].memory = 99;
    }
    const auto milliseconds = [begin = clock.Mono(), &clock] {
      return std::chrono::duration<double, std::milli>(clock.Mono() - begin).count();
    };
    tick();
    const double written = milliseconds();
    server.AwaitRequests(2);  // one of them hangs
    const double first = milliseconds();
    server.AwaitRequests(static_cast<size_t>(rule_count) + 1);
    const double last = milliseconds();
    size_t bytes = 0;
    for (const auto& request : server.Requests()) bytes = std::max(bytes, request.body.size());
    std::printf("%10d %6d %10d %10.1f %10.1f %10.1f %14.3f %9.1f\n", containers, rule_count, breaching,
                written, first, last, static_cast<double>(bytes) / 1e6, PeakMebibytes());
  }
  database.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace plimsoll::alerting

int main() {
  using namespace plimsoll::alerting;
  std::puts(
      "CPU of a tick in which no alert changes, microseconds (median of 200), against a loop that reads the");
  std::puts("same figures and compares them; containers that do not change sleep");
  std::printf("%10s %6s %10s %10s %10s %8s\n", "containers", "rules", "changing", "floor", "plimsoll",
              "ratio");
  for (const int containers : {10, 100, 1000})
    for (const int changing : {0, containers / 10, containers}) Steady(containers, 20, changing);
  std::puts(
      "\nsome containers breach every rule in one tick; milliseconds from the begin of the tick until it is");
  std::puts(
      "on disk, until the first message has arrived, and all (one a rule); another receiver hangs; the most");
  std::puts("memory of this process until then, which is also the recorder of what is sent");
  std::printf("%10s %6s %10s %10s %10s %10s %14s %9s\n", "containers", "rules", "breaching", "on disk",
              "first", "last", "MB a message", "peak MiB");
  Storm(1000, 20, 1);
  Storm(1000, 1, 1000);
  Storm(100, 20, 100);
  Storm(1000, 20, 1000);
}
