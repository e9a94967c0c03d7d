#include "bench/bench_cgroups.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "exporter/collect/hierarchy.h"

namespace plimsoll::bench {
namespace {

[[noreturn]] void Skip(const std::string& why) {
  std::fprintf(stderr, "SKIPPED: %s\n", why.c_str());
  std::exit(77);
}

void WriteFile(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

BenchCgroups::BenchCgroups(int count, int working)
    : parent_("/plimsoll-bench-" + std::to_string(::getpid())) {
  const auto found = collect::FindHierarchies("/sys");
  if (!found) Skip(found.error().message);
  for (const std::string& root : found->root)
    if (!root.empty() && std::find(trees_.begin(), trees_.end(), root) == trees_.end())
      trees_.push_back(root);
  char pattern[] = "/tmp/plimsoll-bench-XXXXXX";
  rootfs_ = ::mkdtemp(pattern);
  for (const std::string& tree : trees_)
    if (::mkdir((tree + parent_).c_str(), 0755) != 0) Skip("cgroups cannot be made here (root needed)");
  for (int i = 0; i < count; ++i) {
    char id[65];
    std::snprintf(id, sizeof id, "%064x", 0xabc000 + i);
    const std::string cgroup = parent_ + "/" + id;
    cgroups_.push_back(cgroup);
    const std::string metadata = rootfs_ + "/var/lib/docker/containers/" + id;
    std::filesystem::create_directories(metadata);
    WriteFile(
        metadata + "/config.v2.json",
        std::string(R"({"ID":")") + id + R"(","Name":"/bench-)" + std::to_string(i) +
            R"(","Config":{"Image":"registry.example/shop/web:1.2.3","Labels":{"com.docker.compose.project":"shop","com.docker.compose.service":"web"}},"State":{"Running":true},"RestartCount":0})");
    for (const std::string& tree : trees_) ::mkdir((tree + cgroup).c_str(), 0755);
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::unshare(CLONE_NEWNET) != 0) ::_exit(1);
      for (;;) {
        if (i < working)
          ::usleep(200'000);
        else
          ::pause();
      }
    }
    processes_.push_back(child);
    for (const std::string& tree : trees_) WriteFile(tree + cgroup + "/cgroup.procs", std::to_string(child));
  }
}

BenchCgroups::~BenchCgroups() {
  for (const int process : processes_) ::kill(process, SIGKILL);
  for (const int process : processes_) ::waitpid(process, nullptr, 0);
  // A process leaves its cgroup a moment after it was waited for.
  for (int attempt = 0; attempt < 50; ++attempt) {
    bool all = true;
    for (const std::string& tree : trees_) {
      for (const std::string& cgroup : cgroups_) ::rmdir((tree + cgroup).c_str());
      all = (::rmdir((tree + parent_).c_str()) == 0 || errno == ENOENT) && all;
    }
    if (all) break;
    ::usleep(20'000);
  }
  std::filesystem::remove_all(rootfs_);
}

}  // namespace plimsoll::bench
