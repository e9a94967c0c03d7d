#include "exporter/exposition/families.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "exporter/exposition/exposition.h"
#include "unit/exposition/frames.h"
#include "unit/exposition/scrape.h"

namespace plimsoll::exposition::testing {
namespace {

using Where = std::map<std::string, std::string>;

Scrape TextOf(FramePtr frame, const CollectorConfig& config = AllGroups(), MachineInfo machine = Machine()) {
  ManualClock clock;
  SelfMetrics self;
  Exposition exposition(config, std::move(machine), self, clock);
  exposition.Observe(std::move(frame));
  return Read(*exposition.Body({}), Format::kText);
}

Scrape TextOf(ContainerSample sample) { return TextOf(FrameOf(Set({std::move(sample)}))); }

TEST(FamiliesTest, TheTableIsSound) {
  const std::set<std::string_view> groups{"", "percpu", "tcp", "udp", "process", "disk", "hugetlb"};
  std::set<std::string_view> names;
  for (const Family& family : Families()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
    EXPECT_TRUE(groups.contains(family.group)) << family.name;
    EXPECT_GT(family.help.size(), 10u) << family.name;
    EXPECT_TRUE(family.help.ends_with(".")) << family.name;
    EXPECT_EQ(family.help.find_first_of("\n\\\""), std::string_view::npos) << family.name;
    const bool ours = family.name.starts_with("plimsoll_");
    EXPECT_EQ(ours, family.about == About::kContainer || family.name.starts_with("plimsoll_host_"))
        << family.name;
    if (!ours) continue;
    EXPECT_EQ(family.name.ends_with("_total"), family.type == Type::kCounter) << family.name;
  }
}

// The names cAdvisor 0.5x gives these families, and their types.
TEST(FamiliesTest, CadvisorsNamesAndTypesAreAllThere) {
  const std::string_view counters[] = {"container_cpu_user_seconds_total",
                                       "container_cpu_system_seconds_total",
                                       "container_cpu_usage_seconds_total",
                                       "container_cpu_cfs_periods_total",
                                       "container_cpu_cfs_throttled_periods_total",
                                       "container_cpu_cfs_throttled_seconds_total",
                                       "container_cpu_cfs_burst_periods_total",
                                       "container_cpu_cfs_burst_seconds_total",
                                       "container_hugetlb_failcnt",
                                       "container_memory_failcnt",
                                       "container_memory_failures_total",
                                       "container_memory_events_high_total",
                                       "container_memory_events_max_total",
                                       "container_memory_pgscan_total",
                                       "container_memory_pgsteal_total",
                                       "container_memory_workingset_refault_file_total",
                                       "container_memory_workingset_refault_anon_total",
                                       "container_fs_reads_bytes_total",
                                       "container_fs_reads_total",
                                       "container_fs_sector_reads_total",
                                       "container_fs_reads_merged_total",
                                       "container_fs_read_seconds_total",
                                       "container_fs_writes_bytes_total",
                                       "container_fs_writes_total",
                                       "container_fs_sector_writes_total",
                                       "container_fs_writes_merged_total",
                                       "container_fs_write_seconds_total",
                                       "container_fs_io_time_seconds_total",
                                       "container_fs_io_time_weighted_seconds_total",
                                       "container_blkio_device_usage_total",
                                       "container_network_receive_bytes_total",
                                       "container_network_receive_packets_total",
                                       "container_network_receive_packets_dropped_total",
                                       "container_network_receive_errors_total",
                                       "container_network_transmit_bytes_total",
                                       "container_network_transmit_packets_total",
                                       "container_network_transmit_packets_dropped_total",
                                       "container_network_transmit_errors_total",
                                       "container_oom_events_total",
                                       "container_pressure_cpu_stalled_seconds_total",
                                       "container_pressure_cpu_waiting_seconds_total",
                                       "container_pressure_memory_stalled_seconds_total",
                                       "container_pressure_memory_waiting_seconds_total",
                                       "container_pressure_io_stalled_seconds_total",
                                       "container_pressure_io_waiting_seconds_total"};
  const std::string_view gauges[] = {"container_last_seen",
                                     "container_health_state",
                                     "container_tasks_state",
                                     "container_hugetlb_usage_bytes",
                                     "container_hugetlb_max_usage_bytes",
                                     "container_memory_cache",
                                     "container_memory_rss",
                                     "container_memory_kernel_usage",
                                     "container_memory_mapped_file",
                                     "container_memory_swap",
                                     "container_memory_usage_bytes",
                                     "container_memory_max_usage_bytes",
                                     "container_memory_working_set_bytes",
                                     "container_memory_total_active_file_bytes",
                                     "container_memory_total_inactive_file_bytes",
                                     "container_memory_file_dirty_bytes",
                                     "container_memory_file_writeback_bytes",
                                     "container_fs_inodes_free",
                                     "container_fs_inodes_total",
                                     "container_fs_limit_bytes",
                                     "container_fs_usage_bytes",
                                     "container_fs_io_current",
                                     "container_network_tcp_usage_total",
                                     "container_network_tcp6_usage_total",
                                     "container_network_udp_usage_total",
                                     "container_network_udp6_usage_total",
                                     "container_processes",
                                     "container_file_descriptors",
                                     "container_sockets",
                                     "container_ulimits_soft",
                                     "container_threads",
                                     "container_threads_max",
                                     "container_creation_time_seconds",
                                     "container_start_time_seconds",
                                     "container_spec_cpu_period",
                                     "container_spec_cpu_quota",
                                     "container_spec_cpu_shares",
                                     "container_spec_memory_limit_bytes",
                                     "container_spec_memory_swap_limit_bytes",
                                     "container_spec_memory_reservation_limit_bytes",
                                     "container_scrape_error",
                                     "machine_scrape_error",
                                     "machine_cpu_cores",
                                     "machine_cpu_physical_cores",
                                     "machine_cpu_sockets",
                                     "machine_memory_bytes",
                                     "machine_swap_bytes"};
  std::map<std::string_view, Type> table;
  for (const Family& family : Families()) {
    if (!family.name.starts_with("plimsoll_")) table[family.name] = family.type;
  }
  for (const auto name : counters) EXPECT_TRUE(table.contains(name) && table[name] == Type::kCounter) << name;
  for (const auto name : gauges) EXPECT_TRUE(table.contains(name) && table[name] == Type::kGauge) << name;
  EXPECT_EQ(table.size(), std::size(counters) + std::size(gauges));
}

TEST(FamiliesTest, AnUnknownFigureHasNoLine) {
  const Scrape scrape = TextOf(Sample(Docker("1", "one")));
  for (const auto& s : scrape.series) {
    const bool known = s.name == "container_last_seen" || s.name == "plimsoll_container_info";
    EXPECT_TRUE(known || !s.labels.contains("id")) << s.name;
  }
}

TEST(FamiliesTest, CfsNeedsAQuota) {
  ContainerSample sample = FullSample(Docker("1", "one"));
  EXPECT_EQ(TextOf(sample).Value("container_cpu_cfs_throttled_seconds_total"), "0.001001");
  EXPECT_EQ(TextOf(sample).Value("container_spec_cpu_quota"), "30000");
  sample.cpu.quota_us.reset();
  const Scrape scrape = TextOf(sample);
  EXPECT_EQ(scrape.Count("container_cpu_cfs_periods_total"), 0u);
  EXPECT_EQ(scrape.Count("container_cpu_cfs_burst_seconds_total"), 0u);
  EXPECT_EQ(scrape.Count("container_spec_cpu_quota"), 0u);
  EXPECT_EQ(scrape.Value("container_spec_cpu_period"), "100000");
}

TEST(FamiliesTest, CpuIsTotalOrByCore) {
  ContainerSample sample = Sample(Docker("1", "one"));
  sample.cpu.usage_ns = 3'000'000'000;
  EXPECT_EQ(TextOf(sample).Value("container_cpu_usage_seconds_total", {{"cpu", "total"}}), "3");
  sample.cpu.per_cpu_ns.assign(101, 5);
  const Scrape scrape = TextOf(sample);
  EXPECT_EQ(scrape.Count("container_cpu_usage_seconds_total"), 101u);
  EXPECT_EQ(scrape.Value("container_cpu_usage_seconds_total", {{"cpu", "cpu09"}}), "0.000000005");
  EXPECT_EQ(scrape.Value("container_cpu_usage_seconds_total", {{"cpu", "cpu100"}}), "0.000000005");
}

// cgroup v1 lists every processor that the machine could have; cAdvisor shows those that were used.
TEST(FamiliesTest, AProcessorThatWasNeverUsedHasNoSeries) {
  ContainerSample sample = Sample(Docker("1", "one"));
  sample.cpu.per_cpu_ns = {5, 0, 7, 0};
  const Scrape scrape = TextOf(sample);
  EXPECT_EQ(scrape.Count("container_cpu_usage_seconds_total"), 2u);
  EXPECT_EQ(scrape.Value("container_cpu_usage_seconds_total", {{"cpu", "cpu00"}}), "0.000000005");
  EXPECT_EQ(scrape.Value("container_cpu_usage_seconds_total", {{"cpu", "cpu02"}}), "0.000000007");
}

TEST(FamiliesTest, NoLimitIsZeroAsOnCadvisor) {
  ContainerSample sample = FullSample(Docker("1", "one"));
  const Scrape scrape = TextOf(sample);
  EXPECT_EQ(scrape.Value("container_spec_memory_limit_bytes"), "536870912");
  EXPECT_EQ(scrape.Value("container_spec_memory_swap_limit_bytes"), "0");
  EXPECT_EQ(scrape.Value("container_threads_max"), "0");
  sample.memory.limit = 9'223'372'036'854'771'712;  // what v1 says for "none"
  EXPECT_EQ(TextOf(sample).Value("container_spec_memory_limit_bytes"), "0");
  sample.memory.limit.reset();
  EXPECT_EQ(TextOf(sample).Count("container_spec_memory_limit_bytes"), 0u);
}

TEST(FamiliesTest, TheRootsLimitsAreTheMachine) {
  ContainerSample root = FullSample(Plain("/"));
  const Scrape scrape = TextOf(root);
  EXPECT_EQ(scrape.Value("container_spec_memory_limit_bytes", {{"id", "/"}}), "16777216000");
  EXPECT_EQ(scrape.Value("container_spec_memory_swap_limit_bytes", {{"id", "/"}}), "2147483648");
}

TEST(FamiliesTest, TheRootsDisksComeFromTheHost) {
  ContainerSample root = Sample(Plain("/"));
  auto frame = FrameOf(Set({root}));
  frame->host = Host();
  const Where disk{{"id", "/"}, {"device", "/dev/vda"}};
  Scrape scrape = TextOf(frame);
  EXPECT_EQ(scrape.Value("container_fs_reads_total", disk), "101");
  EXPECT_EQ(scrape.Value("container_fs_writes_merged_total", disk), "8");
  EXPECT_EQ(scrape.Value("container_fs_read_seconds_total", disk), "1.234");
  EXPECT_EQ(scrape.Value("container_fs_io_time_weighted_seconds_total", disk), "1");
  EXPECT_EQ(scrape.Value("container_fs_io_current", disk), "2");
  EXPECT_EQ(scrape.Value("container_fs_reads_bytes_total", disk), std::to_string(4096 * 512));
  EXPECT_EQ(scrape.Value("container_fs_usage_bytes", {{"id", "/"}, {"device", "/dev/vda1"}}), "5368709120");
  EXPECT_EQ(scrape.Value("container_fs_inodes_free", {{"id", "/"}, {"device", "/dev/vda1"}}), "600000");

  // With figures of its own cgroup bytes and operations are those, as on cAdvisor.
  root.block = {Block("/dev/vda", 254, 0, 777)};
  frame->set = Set({root});
  scrape = TextOf(frame);
  EXPECT_EQ(scrape.Value("container_fs_reads_bytes_total", {{"id", "/"}}), "777");
  EXPECT_EQ(scrape.Value("container_fs_reads_total", {{"id", "/"}}), "779");
  EXPECT_EQ(scrape.Value("container_fs_writes_merged_total", disk), "8") << "that of the disk alone";
}

TEST(FamiliesTest, AContainersDiskIsItsOwn) {
  ContainerSample sample = FullSample(Docker("1", "one"));
  auto frame = FrameOf(Set({sample}));
  frame->host = Host();
  const Scrape scrape = TextOf(frame);
  EXPECT_EQ(scrape.Value("container_fs_reads_total", {{"device", "/dev/sda"}}), "1002");
  EXPECT_EQ(scrape.Value("container_fs_writes_bytes_total", {{"device", "253:1"}}), "1011");
  EXPECT_EQ(scrape.Count("container_fs_sector_reads_total"), 0u);
  EXPECT_EQ(scrape.Count("container_fs_usage_bytes"), 0u);
}

TEST(FamiliesTest, HealthIsAbsentWithoutACheck) {
  for (const auto& [health, text] :
       {std::pair{ContainerHealth::kUnknown, ""}, std::pair{ContainerHealth::kNone, ""},
        std::pair{ContainerHealth::kStarting, "0"}, std::pair{ContainerHealth::kHealthy, "1"},
        std::pair{ContainerHealth::kUnhealthy, "0"}}) {
    auto who = Docker("1", "one");
    who->health = health;
    EXPECT_EQ(TextOf(Sample(who)).Value("container_health_state"), text);
  }
}

TEST(FamiliesTest, StartTimeIsTheBestThatIsKnown) {
  auto who = Docker("1", "one");
  ContainerSample sample = Sample(who);
  EXPECT_EQ(TextOf(sample).Count("container_start_time_seconds"), 0u);
  sample.cgroup_created = At(300);
  EXPECT_EQ(TextOf(sample).Value("container_start_time_seconds"), "300");
  EXPECT_EQ(TextOf(sample).Value("container_creation_time_seconds"), "300");
  who->created_at = At(200);
  EXPECT_EQ(TextOf(sample).Value("container_start_time_seconds"), "200");
  who->started_at = At(250);
  EXPECT_EQ(TextOf(sample).Value("container_start_time_seconds"), "250");
  EXPECT_EQ(TextOf(sample).Value("container_creation_time_seconds"), "200");
}

TEST(FamiliesTest, OomEventsSpanRestarts) {
  ContainerSample sample = Sample(Docker("1", "one"));
  EXPECT_EQ(TextOf(sample).Count("container_oom_events_total"), 0u);
  sample.oom_kills_before = 2;
  EXPECT_EQ(TextOf(sample).Value("container_oom_events_total"), "2");
  sample.memory.oom_kills = 3;
  EXPECT_EQ(TextOf(sample).Value("container_oom_events_total"), "5");
}

TEST(FamiliesTest, GroupsAreOffUnlessNamed) {
  const std::string_view grouped[] = {"container_hugetlb_usage_bytes",
                                      "container_network_tcp_usage_total",
                                      "container_network_udp6_usage_total",
                                      "container_tasks_state",
                                      "container_file_descriptors",
                                      "container_sockets",
                                      "container_ulimits_soft"};
  const Scrape all = TextOf(GoldenFrame(), AllGroups()), none = TextOf(GoldenFrame(), {});
  for (const auto name : grouped) {
    EXPECT_GT(all.Count(name), 0u) << name;
    EXPECT_EQ(none.Count(name), 0u) << name;
  }
  EXPECT_EQ(all.Value("container_network_tcp_usage_total", {{"tcp_state", "closing"}}), "11");
  EXPECT_EQ(all.Value("container_network_udp_usage_total", {{"udp_state", "rxqueued"}}), "3");
  EXPECT_EQ(all.Value("container_tasks_state", {{"state", "uninterruptible"}}), "2");
  EXPECT_EQ(all.Value("container_ulimits_soft", {{"ulimit", "max_open_files"}}), "1024");
}

TEST(FamiliesTest, ReadyGaugesAreForContainersOnly) {
  const Scrape scrape = TextOf(GoldenFrame());
  for (const auto& s : scrape.series) {
    if (s.name.starts_with("plimsoll_container_")) {
      EXPECT_TRUE(s.labels.at("id") != "/" && s.labels.at("id") != "/system.slice/ssh.service") << s.name;
    }
  }
  EXPECT_EQ(scrape.Value("plimsoll_container_cpu_limit_percent", {{"name", "web-1"}, {"limited", "true"}}),
            "30");
  EXPECT_EQ(scrape.Value("plimsoll_container_memory_limit_bytes", {{"name", "idle"}, {"limited", "false"}}),
            "16777216000");
  EXPECT_EQ(scrape.Value("plimsoll_container_restarts_total", {{"name", "web-1"}}), "3");
  EXPECT_EQ(scrape.Value("plimsoll_container_info", {{"runtime", "containerd"},
                                                     {"runtime_id", "cc33"},
                                                     {"namespace", "prod"},
                                                     {"pod", "app-0"},
                                                     {"container", "app"},
                                                     {"state", "running"}}),
            "1");
}

TEST(FamiliesTest, AnUnreadableMachineIsAbsent) {
  const auto unread = std::make_shared<Frame>(*GoldenFrame());
  unread->host = {};
  const Scrape scrape = TextOf(unread, {}, MachineInfo{});
  EXPECT_EQ(scrape.Count("machine_cpu_cores"), 0u);
  EXPECT_EQ(scrape.Count("machine_memory_bytes"), 0u);
  EXPECT_EQ(scrape.Count("machine_swap_bytes"), 0u);
  EXPECT_EQ(scrape.Count("container_spec_memory_swap_limit_bytes"), 2u) << "the root's is unknown";
  MachineInfo nameless;
  nameless.cpu_cores = 2;
  EXPECT_EQ(TextOf(unread, {}, nameless).Value("machine_cpu_cores"), "2");
}

TEST(FamiliesTest, ProcessorsAndMemoryThatAreAddedWhileItRunsAreSeen) {
  const auto grown = std::make_shared<Frame>(*GoldenFrame());
  grown->host.cpu_count = 16;
  grown->host.memory_total = 5000;
  const Scrape scrape = TextOf(grown);
  EXPECT_EQ(scrape.Value("machine_cpu_cores"), "16");
  EXPECT_EQ(scrape.Value("machine_memory_bytes"), "5000");
  EXPECT_EQ(scrape.Value("container_spec_memory_limit_bytes", {{"id", "/"}}), "5000");
}

TEST(FamiliesTest, SwapThatIsAddedOrTakenAwayWhileItRunsIsSeen) {
  const auto changed = std::make_shared<Frame>(*GoldenFrame());
  for (const uint64_t bytes : {7000, 0}) {
    changed->host.swap_total = bytes;
    const Scrape scrape = TextOf(changed);
    EXPECT_EQ(scrape.Value("machine_swap_bytes"), std::to_string(bytes));
    EXPECT_EQ(scrape.Value("container_spec_memory_swap_limit_bytes", {{"id", "/"}}), std::to_string(bytes));
  }
}

TEST(FamiliesTest, TheSumOfInterfacesThatAreNotShownIsNone) {
  ContainerSample sample = Sample(Docker("1", "one"));
  sample.net_known = true;
  sample.net = {Net("eth0", 5), NetInterface{}};
  sample.net.back().is_rest = true;
  const Scrape scrape = TextOf(sample);
  EXPECT_EQ(scrape.Count("container_network_receive_bytes_total"), 1u);
  EXPECT_EQ(scrape.Value("container_network_receive_bytes_total", {{"interface", "eth0"}}), "5");
}

}  // namespace
}  // namespace plimsoll::exposition::testing
