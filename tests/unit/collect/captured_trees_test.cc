// Every captured host, read by the census: who is there, and each figure equal
// to the captured file, read here in another way.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "exporter/collect/census.h"
#include "unit/collect/fake_host.h"

namespace plimsoll::collect {
namespace {

// The word after `key` in a file, or the file's first word for an empty key; none where there is no file.
Figure WordIn(const std::string& path, const std::string& key = "") {
  std::ifstream text(path);
  std::string word;
  while (text >> word) {
    if (!key.empty() && word != key) continue;
    if (!key.empty()) text >> word;
    if (word == "max") return MemorySample::kUnlimited;
    const uint64_t number = std::stoull(word);
    return number >= (uint64_t{1} << 62) ? MemorySample::kUnlimited : number;
  }
  return std::nullopt;
}

struct Host {
  explicit Host(const std::string& name)
      : root(std::string(PLIMSOLL_SOURCE_DIR) + "/tests/fixtures/cgroup/" + name),
        directory(config, {root + "/proc", root + "/sys", root}, clock),
        trees(*FindHierarchies(root + "/sys")),
        census(config, {root + "/proc", root + "/sys", root}, trees, directory, clock, [](int, uint64_t) {}) {
    clock.Pass(std::chrono::seconds(3));  // whoever is unknown by now stays known by its id
    set = census.Read(HostSample{}, {}, 0);
    for (const ContainerSample& sample : set->containers) by_name[sample.who->name].push_back(&sample);
  }
  // Docker's of that name; Podman may have one too.
  const ContainerSample* Docker(const std::string& name) const {
    const auto found = by_name.find(name);
    if (found == by_name.end()) return nullptr;
    for (const ContainerSample* sample : found->second)
      if (sample->who->runtime == RuntimeKind::kDocker) return sample;
    return nullptr;
  }
  std::string File(Tree tree, const ContainerSample& sample, const std::string& name) const {
    return trees[tree] + (sample.who->cgroup == "/" ? "" : sample.who->cgroup) + "/" + name;
  }

  CollectorConfig config;
  ManualClock clock;
  std::string root;
  runtime::Directory directory;
  Hierarchies trees;
  Census census;
  std::shared_ptr<const ContainerSet> set;
  std::map<std::string, std::vector<const ContainerSample*>> by_name;
};

class CapturedHostTest : public ::testing::TestWithParam<const char*> {};

TEST_P(CapturedHostTest, EveryFigureEqualsItsFile) {
  const Host host(GetParam());
  const bool v2 = host.trees.mode == CgroupMode::kV2;
  ASSERT_GT(host.set->containers.size(), 3u);
  EXPECT_EQ(host.set->stats.parse_errors, 0u);
  size_t compared = 0;
  // Where the limits of a container lie in a cgroup of their own, its files are compared as that cgroup.
  const auto in_payload = [&](const ContainerSample& sample) {
    return !sample.who->id.empty() && std::filesystem::exists(host.File(Tree::kUnified, sample, "container"));
  };
  for (const ContainerSample& sample : host.set->containers) {
    SCOPED_TRACE(sample.who->cgroup);
    const auto same = [&](Tree tree, const char* file, const char* key, Figure got, uint64_t scale = 1) {
      const Figure want = WordIn(host.File(tree, sample, file), key);
      if (!want) return;
      EXPECT_EQ(got, *want == MemorySample::kUnlimited ? *want : *want * scale) << file << " " << key;
      ++compared;
    };
    if (v2) {
      same(Tree::kUnified, in_payload(sample) ? "container/cpu.stat" : "cpu.stat", "usage_usec",
           sample.cpu.usage_ns, 1000);
      same(Tree::kUnified, "memory.current", "", sample.memory.usage);
      const std::string limits = in_payload(sample) ? "container/" : "";
      same(Tree::kUnified, (limits + "cpu.stat").c_str(), "throttled_usec", sample.cpu.throttled_ns, 1000);
      same(Tree::kUnified, (limits + "memory.max").c_str(), "", sample.memory.limit);
      same(Tree::kUnified, "memory.peak", "", sample.memory.max_usage);
      same(Tree::kUnified, "memory.stat", "anon", sample.memory.rss);
      same(Tree::kUnified, "memory.stat", "inactive_file", sample.memory.inactive_file);
      same(Tree::kUnified, "memory.events", "oom_kill", sample.memory.oom_kills);
    } else {
      same(Tree::kCpuacct, "cpuacct.usage", "", sample.cpu.usage_ns);
      same(Tree::kCpuacct, "cpuacct.stat", "user", sample.cpu.user_ns, 10'000'000);
      same(Tree::kCpu, "cpu.stat", "nr_throttled", sample.cpu.throttled_periods);
      same(Tree::kMemory, "memory.usage_in_bytes", "", sample.memory.usage);
      same(Tree::kMemory, "memory.limit_in_bytes", "", sample.memory.limit);
      same(Tree::kMemory, "memory.stat", "total_rss", sample.memory.rss);
      same(Tree::kMemory, "memory.stat", "total_inactive_file", sample.memory.inactive_file);
      same(Tree::kMemory, "memory.oom_control", "oom_kill", sample.memory.oom_kills);
    }
    const Tree pids = v2 ? Tree::kUnified : Tree::kPids;
    same(pids, "pids.current", "", sample.pids.threads);
    same(pids, v2 && in_payload(sample) ? "container/pids.max" : "pids.max", "", sample.pids.threads_max);
  }
  EXPECT_GT(compared, 30u);
}

INSTANTIATE_TEST_SUITE_P(All, CapturedHostTest,
                         ::testing::Values("hybrid-docker", "hybrid-podman", "hybrid-containerd",
                                           "v1-systemd", "v2-crun", "v2-docker", "v2-systemd"));

TEST(CapturedDockerTest, NamesLimitsThrottlingAndOomKills) {
  for (const char* name : {"hybrid-docker", "v2-docker", "v1-systemd", "v2-systemd"}) {
    SCOPED_TRACE(name);
    const Host host(name);
    const ContainerSample* web = host.Docker("shop-web-1");
    ASSERT_TRUE(web);
    EXPECT_EQ(web->memory.limit, 64u << 20);
    EXPECT_TRUE(web->derived.memory_limited);
    EXPECT_EQ(web->pids.threads_max, 50u);
    ASSERT_TRUE(host.Docker("burner"));
    EXPECT_DOUBLE_EQ(host.Docker("burner")->derived.cpu_limit_percent, 10.0);
    EXPECT_GT(host.Docker("burner")->cpu.throttled_periods.value_or(0), 0u);
    ASSERT_TRUE(host.Docker("oom-child"));
    EXPECT_EQ(host.Docker("oom-child")->memory.oom_kills, 3u);
    ASSERT_TRUE(host.Docker("writer"));
    EXPECT_TRUE(host.Docker("writer")->block_known);
    ASSERT_TRUE(host.Docker("host-net"));
    EXPECT_TRUE(host.Docker("host-net")->net.empty()) << "the host's interfaces are not the container's";
    ASSERT_TRUE(host.Docker("joined-net"));
    EXPECT_FALSE(host.Docker("joined-net")->net_known) << "they belong to the container it joined";
  }
}

TEST(CapturedKubernetesTest, PodsFromAnnotationsWithAndWithoutSystemd) {
  for (const char* name : {"hybrid-containerd", "v1-systemd", "v2-systemd"}) {
    SCOPED_TRACE(name);
    const Host host(name);
    size_t sandboxes = 0, workloads = 0;
    for (const ContainerSample& sample : host.set->containers) {
      if (sample.who->kube_pod.empty()) continue;
      EXPECT_FALSE(sample.who->kube_namespace.empty());
      EXPECT_EQ(sample.who->name, sample.who->id) << "as cAdvisor names them";
      ++(sample.who->kube_container == "POD" ? sandboxes : workloads);
    }
    EXPECT_EQ(sandboxes, 1u);
    EXPECT_EQ(workloads, 1u);
  }
}

TEST(CapturedPodmanTest, NamesFromDiskAndScopesOfSystemd) {
  for (const char* name : {"hybrid-podman", "v1-systemd", "v2-systemd"}) {
    SCOPED_TRACE(name);
    const Host host(name);
    size_t podmans = 0;
    for (const ContainerSample& sample : host.set->containers) {
      if (sample.who->runtime != RuntimeKind::kPodman) continue;
      ++podmans;
      EXPECT_NE(sample.who->name, sample.who->id) << "a name was found";
      EXPECT_FALSE(sample.who->image.empty());
    }
    EXPECT_EQ(podmans, 2u);
  }
}

}  // namespace
}  // namespace plimsoll::collect
