#include "exporter/cli/known_difference.h"

#include <gtest/gtest.h>

#include <optional>
#include <ostream>

namespace plimsoll::cli {
namespace {

struct Case {
  const char* what;
  std::string family;
  SeriesLabels labels;
  double theirs;
  std::optional<double> ours;
  std::optional<double> their_root;
  bool on_purpose;

  friend std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.what; }
};

class KnownDifference : public ::testing::TestWithParam<Case> {};

TEST_P(KnownDifference, IsAsNarrowAsItsReason) {
  const Case& one = GetParam();
  const ExposedSeries theirs{one.family, one.labels, one.theirs}, ours{one.family, {}, one.ours.value_or(0)},
      root{one.family, {{"id", "/"}}, one.their_root.value_or(0)};
  const std::string_view why =
      WhyOnPurpose({one.family, theirs, one.ours ? &ours : nullptr, one.their_root ? &root : nullptr});
  EXPECT_EQ(!why.empty(), one.on_purpose) << why;
}

const SeriesLabels kHost = {{"id", "/"}}, kWeb = {{"id", "/docker/web"}, {"name", "web"}};

SeriesLabels Device(SeriesLabels labels, const char* device) {
  labels.insert(labels.begin(), {"device", device});
  return labels;
}

const SeriesLabels kDisk = Device(kHost, "/dev/vda"), kLayer = Device(kWeb, "/dev/vda"),
                   kHierarchy = {{"id", "/"}, {"scope", "hierarchy"}},
                   kOwn = {{"id", "/"}, {"scope", "container"}};
constexpr std::nullopt_t kNone = std::nullopt;

INSTANTIATE_TEST_SUITE_P(
    All, KnownDifference,
    ::testing::Values(
        Case{"load unread", "container_cpu_load_average_10s", kWeb, 0, kNone, kNone, true},
        Case{"load read", "container_cpu_load_average_10s", kWeb, 3, kNone, kNone, false},
        Case{"tasks unread", "container_tasks_state", kWeb, 0, kNone, kNone, true},
        Case{"tasks unread, ours are", "container_tasks_state", kWeb, 0, 4, kNone, true},
        Case{"tasks read", "container_tasks_state", kWeb, 9, 4, kNone, false},
        Case{"no controller", "container_cpu_user_seconds_total", kWeb, 0, kNone, kNone, true},
        Case{"a controller", "container_cpu_user_seconds_total", kWeb, 7, kNone, kNone, false},
        Case{"the total is never excused", "container_cpu_usage_seconds_total", kWeb, 0, kNone, kNone, false},
        Case{"no memory modules", "machine_nvm_capacity", {}, 0, kNone, kNone, true},
        Case{"memory modules", "machine_nvm_capacity", {}, 1e12, kNone, kNone, false},
        Case{"tmpfs", "container_fs_usage_bytes", Device(kHost, "/dev/shm"), 5, kNone, kNone, true},
        Case{"overlay", "container_fs_usage_bytes", Device(kHost, "overlay_0-375"), 5, kNone, kNone, true},
        Case{"a disk", "container_fs_usage_bytes", kDisk, 5, kNone, kNone, false},
        Case{"unknown disk figure", "container_fs_io_time_seconds_total", kLayer, 0, kNone, kNone, true},
        Case{"known disk figure", "container_fs_reads_total", kLayer, 8, kNone, kNone, false},
        Case{"the host's disk", "container_fs_io_time_seconds_total", kDisk, 0, kNone, kNone, false},
        Case{"layer's size", "container_fs_limit_bytes", kLayer, 0, kNone, kNone, false},
        Case{"host's network", "container_network_receive_bytes_total", kWeb, 1000, kNone, 1001, true},
        Case{"own network", "container_network_receive_bytes_total", kWeb, 1000, kNone, 5000, false},
        Case{"interface of its own", "container_network_receive_bytes_total", kWeb, 1000, kNone, kNone,
             false},
        Case{"host's network itself", "container_network_receive_bytes_total", kHost, 1000, kNone, 1000,
             false},
        Case{"millionths", "container_fs_io_time_seconds_total", kDisk, 0.00118, 1180, kNone, true},
        Case{"thousandths", "container_fs_io_time_seconds_total", kDisk, 1.18, 1180, kNone, false},
        Case{"millionths of what are no seconds", "container_fs_reads_total", kDisk, 0.00118, 1180, kNone,
             false},
        Case{"own faults", "container_memory_failures_total", kHierarchy, 5, 500, kNone, true},
        Case{"more than ours", "container_memory_failures_total", kHierarchy, 500, 5, kNone, false},
        Case{"faults of the cgroup alone", "container_memory_failures_total", kOwn, 5, 500, kNone, false},
        Case{"created", "container_start_time_seconds", kWeb, 1e9, 1.1e9, kNone, true},
        Case{"in flight", "container_fs_io_current", kDisk, 1, 0, kNone, true},
        Case{"own inodes", "container_fs_inodes_total", kLayer, 12, 1e6, kNone, true},
        Case{"no inode free", "container_fs_inodes_free", kLayer, 0, 1e6, kNone, true},
        Case{"some free", "container_fs_inodes_free", kLayer, 5, 1e6, kNone, false},
        Case{"the host's inodes", "container_fs_inodes_free", kDisk, 0, 1e6, kNone, false},
        Case{"with the log", "container_fs_usage_bytes", kLayer, 40960, 4096, kNone, true},
        Case{"less than the layer", "container_fs_usage_bytes", kLayer, 2048, 4096, kNone, false},
        Case{"not walked", "container_fs_usage_bytes", kLayer, 0, 4096, kNone, true},
        Case{"memory", "container_memory_usage_bytes", kWeb, 0, 4096, kNone, false}));

TEST(KnownDifferenceGroup, SaysWhatBringsASeries) {
  EXPECT_EQ(GroupOf("container_cpu_usage_seconds_total", {"", {{"cpu", "cpu00"}, {"id", "/"}}}), "percpu");
  EXPECT_EQ(GroupOf("container_cpu_usage_seconds_total", {"", {{"cpu", "total"}, {"id", "/"}}}), "");
  EXPECT_EQ(GroupOf("container_fs_usage_bytes", {"", kLayer}), "disk");
  EXPECT_EQ(GroupOf("container_fs_usage_bytes", {"", kDisk}), "");
}

}  // namespace
}  // namespace plimsoll::cli
