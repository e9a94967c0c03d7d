#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "exporter/runtime/directory.h"
#include "manual_clock.h"
#include "temp_folder.h"
#include "text_file.h"

namespace plimsoll::collect {

// A host in a folder: kernel files written as literals, found by the same code
// that reads a real one. Its clock moves only when a test says so.
class FakeHost {
 public:
  using Files = std::map<std::string, std::string>;

  FakeHost() {
    Write({{"proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 50 0 50 400\ncpu1 50 0 50 400\n"},
           {"proc/meminfo",
            "MemTotal: 1000 kB\nMemFree: 400 kB\nMemAvailable: 600 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"},
           {"proc/1/mountinfo", ""},
           {"proc/diskstats", ""},
           {"sys/devices/system/cpu/cpu0/topology/core_id", "0\n"},
           {"sys/devices/system/cpu/cpu1/topology/core_id", "1\n"}});
  }

  void V2() {
    Write("sys/fs/cgroup/cgroup.controllers", "cpu memory pids io\n");
    Cgroup("/", {});
  }

  void Write(const std::string& path, const std::string& text) { WriteText(folder_ / path, text); }
  void Write(const Files& files) {
    for (const auto& [path, text] : files) Write(path, text);
  }
  // Such as /proc/1/ns/net, which leads to "net:[1]".
  void Link(const std::string& path, const std::string& to) {
    const std::filesystem::path full = folder_ / path;
    std::filesystem::create_directories(full.parent_path());
    std::filesystem::create_symlink(to, full);
  }

  // A v2 cgroup with these files; every cgroup has cgroup.procs.
  void Cgroup(const std::string& cgroup, const Files& files) {
    const std::string base = "sys/fs/cgroup" + (cgroup == "/" ? "" : cgroup) + "/";
    Write(base + "cgroup.procs", "");
    for (const auto& [name, text] : files) Write(base + name, text);
  }
  // A v1 cgroup: files as "memory/memory.stat".
  void CgroupV1(const std::string& cgroup, const Files& files) {
    for (const char* tree : {"memory", "cpuacct", "cpu", "blkio", "pids"})
      Write(std::string("sys/fs/cgroup/") + tree + (cgroup == "/" ? "" : cgroup) + "/cgroup.procs", "");
    for (const auto& [name, text] : files) {
      const size_t slash = name.find('/');
      Write("sys/fs/cgroup/" + name.substr(0, slash) + (cgroup == "/" ? "" : cgroup) + name.substr(slash),
            text);
    }
  }
  void Remove(const std::string& path) { std::filesystem::remove_all(folder_ / path); }

  // What Docker leaves on disk of a container.
  void DockerContainer(const std::string& id, const std::string& name, const std::string& state) {
    ReplaceText(folder_ / ("var/lib/docker/containers/" + id + "/config.v2.json"),
                R"({"ID":")" + id + R"(","Name":"/)" + name +
                    R"(","Config":{"Image":"busy:1","Labels":{}},"State":{)" + state +
                    R"(},"RestartCount":0})");
    ReplaceText(folder_ / ("var/lib/docker/containers/" + id + "/hostconfig.json"),
                R"({"NetworkMode":"none"})");
  }

  runtime::HostPaths paths() const { return {folder_ / "proc", folder_ / "sys", root()}; }
  const std::string& root() const { return folder_.path(); }

 private:
  TempFolder folder_;
};

}  // namespace plimsoll::collect
