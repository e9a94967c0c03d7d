#include "exporter/exposition/process_figures.h"

#include <fcntl.h>
#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::exposition {
namespace {

using prometheus::MetricType;

std::string ReadWhole(const char* path) {
  std::string text;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char block[4096];
  for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;) text.append(block, static_cast<size_t>(n));
  close(fd);
  return text;
}

std::optional<double> ParseNumber(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return static_cast<double>(value);
}

// Field `number` of /proc/self/stat, counted as in proc(5): "1234 (plimsoll) S 1 ...".
std::optional<double> StatField(std::string_view stat, int number) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(name_end + 1);
  for (int field = 2; field < number; ++field) {
    const size_t blank = stat.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(blank + 1);
  }
  return ParseNumber(stat);
}

// "btime 1700000000" in /proc/stat; Unix seconds.
std::optional<double> BootTime() {
  const std::string stat = ReadWhole("/proc/stat");
  const size_t at = stat.find("\nbtime ");
  if (at == std::string::npos) return std::nullopt;
  return ParseNumber(std::string_view(stat).substr(at + 7));
}

std::optional<double> StartTime(std::string_view stat) {
  const auto ticks = StatField(stat, 22);
  const auto boot = BootTime();
  if (!ticks || !boot) return std::nullopt;
  return *boot + *ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::optional<double> MaxDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  if (limit.rlim_cur == RLIM_INFINITY) return std::numeric_limits<double>::infinity();
  return static_cast<double>(limit.rlim_cur);
}

std::optional<double> CpuSeconds() {
  timespec spent{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) != 0) return std::nullopt;
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

void Append(std::vector<prometheus::MetricFamily>& families, const char* name, const char* help,
            MetricType type, std::optional<double> value) {
  if (!value) return;
  prometheus::ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = *value;
  families.push_back({name, help, type, {std::move(metric)}});
}

}  // namespace

void AppendProcessFigures(std::vector<prometheus::MetricFamily>& families,
                          std::optional<double> open_descriptors) {
  static const std::optional<double> start_time = StartTime(ReadWhole("/proc/self/stat"));
  const std::string stat = ReadWhole("/proc/self/stat");
  auto resident = StatField(stat, 24);
  if (resident) *resident *= static_cast<double>(sysconf(_SC_PAGESIZE));

  Append(families, "process_cpu_seconds_total", "Processor time spent by Plimsoll itself.",
         MetricType::Counter, CpuSeconds());
  Append(families, "process_max_fds", "File descriptors Plimsoll may open.", MetricType::Gauge,
         MaxDescriptors());
  Append(families, "process_open_fds",
         "File descriptors Plimsoll has open; before Linux 6.2 counted every five minutes.",
         MetricType::Gauge, open_descriptors);
  Append(families, "process_resident_memory_bytes", "Memory of Plimsoll that is in RAM.", MetricType::Gauge,
         resident);
  Append(families, "process_start_time_seconds", "Unix time at which Plimsoll was started.",
         MetricType::Gauge, start_time);
  Append(families, "process_threads", "Threads of Plimsoll.", MetricType::Gauge, StatField(stat, 20));
  Append(families, "process_virtual_memory_bytes", "Address space of Plimsoll.", MetricType::Gauge,
         StatField(stat, 23));
}

}  // namespace plimsoll::exposition
