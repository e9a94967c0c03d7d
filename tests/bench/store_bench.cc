// What the store costs: bytes and CPU of a tick against a bare SQLite loop, size
// over a simulated quarter year, answers while the writer writes, memory.
//
//   store_bench [DAYS [DIRECTORY]]      default 90 days in a directory of its own under /var/tmp

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "database/milliseconds.h"
#include "frames.h"
#include "manual_clock.h"
#include "rollup/chunk.h"
#include "rollup/history_reader.h"
#include "rollup/recorder.h"

namespace plimsoll::bench {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

double CpuMicroseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double Milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double At(std::vector<double> values, double quantile) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(static_cast<double>(values.size() - 1) * quantile)];
}

uint64_t SizeOf(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

double PrivateDirtyMiB() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  std::string line;
  while (std::getline(rollup, line))
    if (line.starts_with("Private_Dirty:")) return std::stod(line.substr(14)) / 1024;
  return NAN;
}

// A host as one finds it: most containers nearly idle, some at work, a few busy.
class Host {
 public:
  Host(const ManualClock& clock, int count) : frames_(clock), random_(1) {
    for (int i = 0; i < count; ++i) {
      Load load;
      const double kind = Unit();
      load.cpu_percent = kind < 0.6 ? 0.05 + Unit() : kind < 0.9 ? 3 + 27 * Unit() : 40 + 160 * Unit();
      load.memory = static_cast<uint64_t>(std::pow(10, 6.8 + 2.6 * Unit())) / 4096 * 4096;
      load.net = std::array<double, 6>{0, 0, 200, 2e3, 2e4, 2e5}[random_() % 6];
      load.block = std::array<double, 5>{0, 0, 0, 500, 2e4}[random_() % 5];
      load.sample = &frames_.Run("bench-" + std::to_string(i), "registry.example/shop/web:1.2.3");
      load.sample->net.push_back(NetOf("eth0", 0, 0));
      load.sample->block.push_back(BlockOf("/dev/vda", 0, 0, 0));
      loads_.push_back(load);
    }
  }

  FramePtr Next(double interval) {
    for (Load& load : loads_) {
      ContainerSample& s = *load.sample;
      const double percent = std::max(0.0, load.cpu_percent * (1 + 0.3 * Normal()));
      *s.cpu.usage_ns += static_cast<uint64_t>(percent * interval * 1e7);
      if (Unit() < 0.5)
        load.memory =
            static_cast<uint64_t>(std::max(4e6, static_cast<double>(load.memory) * (1 + 5e-4 * Normal()))) /
            4096 * 4096;
      s.memory.inactive_file = load.memory / 8 / 4096 * 4096;
      s.memory.usage = load.memory + *s.memory.inactive_file;
      s.cpu_pressure.some_avg10 = percent > 40 ? Unit() * 3 : 0;
      s.memory_pressure.some_avg10 = s.io_pressure.some_avg10 = 0;
      if (load.net > 0) {
        s.net[0].rx_bytes += static_cast<uint64_t>(-std::log(1 - Unit()) * load.net * interval);
        s.net[0].tx_bytes += static_cast<uint64_t>(-std::log(1 - Unit()) * load.net * interval);
      }
      if (load.block > 0) {
        *s.block[0].write_bytes +=
            static_cast<uint64_t>(-std::log(1 - Unit()) * load.block * interval) / 4096 * 4096;
        if (Unit() < 0.2) *s.block[0].read_bytes += static_cast<uint64_t>(Unit() * load.block) / 4096 * 4096;
      }
    }
    return frames_.Beat();
  }

 private:
  struct Load {
    double cpu_percent = 0, net = 0, block = 0;
    uint64_t memory = 0;
    ContainerSample* sample = nullptr;
  };
  double Unit() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  double Normal() { return std::normal_distribution<double>(0, 1)(random_); }

  FrameMaker frames_;
  std::mt19937_64 random_;
  std::vector<Load> loads_;
};

// The store without its thread.
struct Bench {
  Bench(const std::string& path, int containers)
      : readers(path, writer, real_clock),
        recorder(Config(path), clock, writer, open, readers),
        history(readers, open),
        host(clock, containers) {
    if (const auto opened = recorder.Open(); !opened) {
      std::fprintf(stderr, "%s\n", opened.error().message.c_str());
      std::exit(1);
    }
  }
  static StorageConfig Config(const std::string& path) {
    StorageConfig config;
    config.path = path;
    return config;
  }
  // CPU microseconds of one tick.
  double Tick(milliseconds interval) {
    clock.Pass(interval);
    const FramePtr frame = host.Next(static_cast<double>(interval.count()) / 1000);
    const double begin = CpuMicroseconds();
    if (!recorder.Record(frame, 0).written) std::abort();
    recorder.Maintain();
    return CpuMicroseconds() - begin;
  }

  ManualClock clock;
  const SystemClock real_clock;  // bounds the readers, who must not see the simulated time fly
  WriteConnection writer;
  rollup::OpenBuckets open;
  ReadConnections readers;
  rollup::Recorder recorder;
  rollup::HistoryReader history;
  Host host;
};

// One prepared statement, one transaction a tick, `rows` blobs of `bytes` each, keyed (tick, place).
class Floor {
 public:
  Floor(const std::string& path, int rows, int bytes) : rows_(rows), blob_(static_cast<size_t>(bytes), 'x') {
    Check(sqlite3_open(path.c_str(), &db_));
    Run("PRAGMA journal_mode=WAL");
    Run("PRAGMA synchronous=NORMAL");
    Run("CREATE TABLE floor (tick INTEGER NOT NULL, place INTEGER NOT NULL, bytes BLOB NOT NULL,"
        " PRIMARY KEY (tick, place)) WITHOUT ROWID");
    Check(sqlite3_prepare_v2(db_, "INSERT INTO floor VALUES (?, ?, ?)", -1, &insert_, nullptr));
  }
  ~Floor() {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }
  double Tick() {
    const double begin = CpuMicroseconds();
    ++tick_;
    Run("BEGIN");
    for (int i = 0; i < rows_; ++i) {
      sqlite3_bind_int64(insert_, 1, tick_);
      sqlite3_bind_int64(insert_, 2, i);
      sqlite3_bind_blob(insert_, 3, blob_.data(), static_cast<int>(blob_.size()), SQLITE_STATIC);
      if (sqlite3_step(insert_) != SQLITE_DONE) std::abort();
      sqlite3_reset(insert_);
    }
    Run("COMMIT");
    return CpuMicroseconds() - begin;
  }

 private:
  void Check(int code) {
    if (code != SQLITE_OK) std::abort();
  }
  void Run(const char* sql) { Check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }

  const int rows_;
  const std::string blob_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  int64_t tick_ = 0;
};

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

int64_t Number(const std::string& path, const std::string& sql) {
  auto database = Database::OpenForReading(path);
  return database ? (*database)->Number(sql.c_str()) : 0;
}

// Both sides alternate, so that a noisy machine is noisy for both.
void TickCost(const std::string& directory, int containers, milliseconds interval) {
  const std::string name = directory + "/tick-" + std::to_string(containers);
  Bench bench(name + ".db", containers);
  const int warm = 400, rounds = containers > 100 ? 600 : 3000;
  for (int i = 0; i < warm; ++i) bench.Tick(interval);
  const double bytes = static_cast<double>(Number(name + ".db", "SELECT sum(length(readings)) FROM sample")) /
                       static_cast<double>(Number(name + ".db", "SELECT count(*) FROM tick")) / containers;
  const int chunks =
      (containers + 1 + static_cast<int>(rollup::kChunkSize) - 1) / static_cast<int>(rollup::kChunkSize);
  Floor rows(name + "-rows.db", containers, static_cast<int>(std::lround(bytes)));
  Floor blobs(name + "-blobs.db", chunks, static_cast<int>(std::lround(bytes * containers / chunks)));
  std::vector<double> ours, by_row, by_blob;
  for (int i = 0; i < rounds; ++i) {
    ours.push_back(bench.Tick(interval));
    by_row.push_back(rows.Tick());
    by_blob.push_back(blobs.Tick());
  }
  std::printf("%10d %8lld %12.1f %10.0f %10.0f %10.0f %9.2f %9.2f %10.0f\n", containers,
              static_cast<long long>(interval.count()), bytes, Mean(ours), Mean(by_row), Mean(by_blob),
              Mean(ours) / Mean(by_row), Mean(ours) / Mean(by_blob), At(ours, 0.999));
}

// Asks `ask` 200 times while ticks are written as fast as they can be.
void Ask(Bench& bench, const char* what, const std::function<size_t()>& ask) {
  std::atomic<bool> done{false};
  std::atomic<uint64_t> ticks{0};
  std::thread writer([&] {
    while (!done) {
      bench.Tick(seconds(10));
      ++ticks;
    }
  });
  std::vector<double> took;
  size_t points = 0;
  for (int i = 0; i < 200; ++i) {
    const double begin = Milliseconds();
    points = ask();
    took.push_back(Milliseconds() - begin);
  }
  done = true;
  writer.join();
  std::printf("%-34s %8zu %10.2f %10.2f %10.2f\n", what, points, At(took, 0.5), At(took, 0.99), At(took, 1));
  std::fflush(stdout);
}

void AskHistory(Bench& bench, int containers) {
  using rollup::Granularity;
  struct Range {
    const char* name;
    seconds length;
    Granularity granularity;
  };
  static const Range kRanges[] = {
      {"history 1h raw", hours(1), Granularity::kRaw},
      {"history 6h 1m", hours(6), Granularity::k1m},
      {"history 24h 5m", hours(24), Granularity::k5m},
      {"history 7d 1h", hours(24 * 7), Granularity::k1h},
      {"history 30d 1h", hours(24 * 30), Granularity::k1h},
      {"history 90d 1d", hours(24 * 90), Granularity::k1d},
      {"history 1y 1d", hours(24 * 365), Granularity::k1d},
  };
  uint32_t container = 0;
  for (const Range& range : kRanges)
    Ask(bench, range.name, [&] {
      const WallTime now = bench.clock.Wall();
      container = container % static_cast<uint32_t>(containers) + 1;
      const auto points = bench.history.Points({container, now - range.length, now, range.granularity, {}});
      if (!points) std::abort();
      return points->size();
    });
}

void AskTop(Bench& bench) {
  struct Period {
    const char* name;
    seconds length;
  };
  static const Period kPeriods[] = {{"top 1h", hours(1)},        {"top 6h", hours(6)},
                                    {"top 24h", hours(24)},      {"top 7d", hours(24 * 7)},
                                    {"top 30d", hours(24 * 30)}, {"top 90d", hours(24 * 90)}};
  for (const Period& period : kPeriods)
    Ask(bench, period.name, [&] {
      rollup::TopQuery query;
      query.to = bench.clock.Wall();
      query.from = query.to - period.length;
      query.limit = 100;
      const auto top = bench.history.Top(query);
      if (!top) std::abort();
      return top->size();
    });
}

void Quarter(const std::string& directory, int days) {
  const std::string path = directory + "/quarter.db";
  Bench bench(path, 100);
  std::printf("\n100 containers, 10 s, %d days through the real write path\n", days);
  std::printf("%6s %10s %10s %10s %14s %10s %12s\n", "day", "file MiB", "WAL MiB", "free MiB",
              "raw bytes/row", "us/tick", "dirty MiB");
  for (int day = 1; day <= days; ++day) {
    double cpu = 0;
    for (int tick = 0; tick < 8640; ++tick) cpu += bench.Tick(seconds(10));
    if (day % 5 != 0 && day != 1 && day != 2 && day != days) continue;
    const double rows = static_cast<double>(Number(path, "SELECT count(*) FROM tick")) * 100;
    const auto raw_pages = Number(
        path, "SELECT sum(pgsize) FROM dbstat WHERE aggregate = 1 AND name IN ('sample', 'tick', 'tick_at')");
    const auto status = bench.recorder.status();
    std::printf("%6d %10.1f %10.1f %10.1f %14.1f %10.0f %12.1f\n", day,
                static_cast<double>(SizeOf(path)) / 1048576,
                static_cast<double>(SizeOf(path + "-wal")) / 1048576,
                static_cast<double>(status.free_bytes) / 1048576, static_cast<double>(raw_pages) / rows,
                cpu / 8640, PrivateDirtyMiB());
    std::fflush(stdout);
  }
  std::printf("\nanswers over it while ticks are written without pause, milliseconds of 200 questions\n");
  std::printf("%-34s %8s %10s %10s %10s\n", "", "rows", "median", "p99", "worst");
  AskHistory(bench, 100);
  AskTop(bench);
}

void Thousand(const std::string& directory) {
  Bench bench(directory + "/thousand.db", 1000);
  std::printf(
      "\n1,000 containers: 90 days of ticks every 5 min, so that every tier is as full as it gets but raw "
      "and 1m;\n"
      "then two hours every 10 s\n");
  for (int i = 0; i < 90 * 288; ++i) bench.Tick(seconds(300));
  for (int i = 0; i < 720; ++i) bench.Tick(seconds(10));
  std::printf("%-34s %8s %10s %10s %10s\n", "", "rows", "median", "p99", "worst");
  AskHistory(bench, 1000);
  AskTop(bench);
}

void Memory(const std::string& directory, int containers) {
  ManualClock clock;
  const double before = PrivateDirtyMiB();
  {
    Host warm(clock, containers);  // what the frames themselves take is not the store's
    std::vector<FramePtr> held;
    for (int i = 0; i < 4; ++i) held.push_back(warm.Next(1));
  }
  const double frames = PrivateDirtyMiB();
  Bench bench(directory + "/memory-" + std::to_string(containers) + ".db", containers);
  std::printf("%10d %14.1f", containers, frames - before);
  for (const int ticks : {100, 1000, 4000}) {
    for (int i = 0; i < ticks; ++i) bench.Tick(seconds(1));
    std::printf(" %14.1f", PrivateDirtyMiB() - frames);
  }
  std::printf("\n");
  std::fflush(stdout);
}

// In a process of its own: memory once touched stays with it.
void MemoryApart(const std::string& directory, int containers) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    Memory(directory, containers);
    ::_exit(0);
  }
  int status;
  ::waitpid(child, &status, 0);
}

}  // namespace
}  // namespace plimsoll::bench

int main(int argc, char** argv) {
  using namespace plimsoll::bench;
  const int days = argc > 1 ? std::atoi(argv[1]) : 90;
  std::string directory = argc > 2 ? argv[2] : "/var/tmp/plimsoll-store-bench-XXXXXX";
  if (argc <= 2 && !::mkdtemp(directory.data())) return 1;
  if (days != 1) {  // one day alone is for looking for faults
    std::printf("private dirty MiB: the frames alone, then the store over them after so many ticks\n");
    std::printf("%10s %14s %14s %14s %14s\n", "N", "frames", "100", "1,100", "5,100");
    MemoryApart(directory, 100);
    MemoryApart(directory, 1000);
    std::printf(
        "\nCPU of a tick, microseconds (thread CPU time, mean), against a bare loop that inserts the same "
        "bytes\n"
        "by one prepared statement in one transaction: a row a container, or as few rows as the store\n");
    std::printf("%10s %8s %12s %10s %10s %10s %9s %9s %10s\n", "N", "ms", "bytes each", "plimsoll", "rows",
                "blobs", "/rows", "/blobs", "p99.9");
    TickCost(directory, 10, std::chrono::seconds(10));
    TickCost(directory, 100, std::chrono::seconds(10));
    TickCost(directory, 1000, std::chrono::seconds(1));
  }
  if (days > 0) {
    Quarter(directory, days);
    Thousand(directory);
  }
  if (argc <= 2) std::filesystem::remove_all(directory);
}
