// What one beat of the collector costs, beside the least it could cost: a bare
// loop that preads the very same descriptors and understands nothing.

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/bench_cgroups.h"
#include "exporter/collect/census.h"
#include "exporter/collect/hierarchy.h"
#include "manual_clock.h"

namespace plimsoll::bench {
namespace {

double CpuMicroseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// The kernel files this process holds open: the census' own.
std::vector<int> OpenKernelFiles() {
  std::vector<int> files;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir("/proc/self/fd"), ::closedir);
  while (const dirent* entry = ::readdir(dir.get())) {
    char target[4096];
    const ssize_t n = ::readlinkat(::dirfd(dir.get()), entry->d_name, target, sizeof target - 1);
    if (n <= 0) continue;
    const std::string path(target, static_cast<size_t>(n));
    if (path.starts_with("/sys/fs/cgroup/") || (path.starts_with("/proc/") && path.ends_with("/net/dev")))
      files.push_back(std::atoi(entry->d_name));
  }
  return files;
}

constexpr auto kBeat = std::chrono::seconds(1), kLongestRest = std::chrono::seconds(15);

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Measure(int count) {
  const BenchCgroups cgroups(count);
  ManualClock clock;
  CollectorConfig config;
  const runtime::HostPaths paths{"/proc", "/sys", cgroups.rootfs()};
  runtime::Directory directory(config, paths, clock);
  auto trees = collect::FindHierarchies(paths.sysfs);
  collect::Census census(config, paths, *trees, directory, clock, [](int, uint64_t) {});
  const auto beat = [&](std::chrono::seconds after) {
    clock.Pass(after);
    census.TakeTreeEvents();
    return census.Read(HostSample{}, {}, 0);
  };
  for (int i = 0; i < 15; ++i) beat(kBeat);  // past the first seconds, in which more is looked at

  const std::vector<int> files = OpenKernelFiles();
  static char buffer[16384];
  const auto floor = [&] {
    for (const int fd : files)
      if (::pread(fd, buffer, sizeof buffer, 0) < 0)
        throw std::runtime_error("a cgroup vanished; measure while nothing else comes and goes");
  };
  const auto timed = [](const auto& work) {
    const double begin = CpuMicroseconds();
    work();
    return CpuMicroseconds() - begin;
  };
  // So long after the last beat no cgroup may rest any longer; the limits are due every second time.
  const int rounds = std::clamp(20000 / count, 40, 400) / 10 * 10;
  std::vector<double> bare, quiet, whole[2];
  double bare_sum = 0, whole_sum = 0;
  for (int i = 0; i < rounds; ++i) {
    bare.push_back(timed(floor));
    whole[i % 2].push_back(timed([&] { beat(kLongestRest); }));
    bare_sum += bare.back();
    whole_sum += whole[i % 2].back();
  }
  for (int i = 0; i < rounds; ++i) quiet.push_back(timed([&] { beat(kBeat); }));
  double quiet_sum = 0;
  for (const double value : quiet) quiet_sum += value;
  const double ours = std::min(Median(whole[0]), Median(whole[1]));
  const auto set = beat(kBeat);
  std::printf("%6d %8zu %10.0f %10.0f %8.2f %12.2f %14.2f %12.0f\n", count, files.size(), Median(bare), ours,
              ours / Median(bare), whole_sum / bare_sum, ours / static_cast<double>(set->containers.size()),
              quiet_sum / rounds);
  std::fflush(stdout);
}

}  // namespace
}  // namespace plimsoll::bench

int main(int argc, char** argv) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::printf(
      "CPU of one beat that reads every file, microseconds (thread CPU time, median; `mean` includes the\n"
      "limits, read at every second of these beats); `quiet`: mean of a beat while nothing happens\n");
  std::printf("%6s %8s %10s %10s %8s %12s %14s %12s\n", "N", "files", "floor", "plimsoll", "ratio",
              "ratio(mean)", "us/cgroup", "quiet");
  std::vector<int> counts{10, 30, 100, 300, 1000};
  if (argc > 1) {
    counts.clear();
    for (int i = 1; i < argc; ++i) counts.push_back(std::atoi(argv[i]));
  }
  try {
    for (const int count : counts) plimsoll::bench::Measure(count);
  } catch (const std::exception& error) {  // the cgroups are gone with it
    std::fprintf(stderr, "collector_bench: %s\n", error.what());
    return 1;
  }
}
