#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "exporter/cli/doctor.h"
#include "exporter/cli/doctor_checks.h"
#include "temp_folder.h"
#include "text_file.h"

namespace plimsoll::cli {

using ::testing::AllOf;
using ::testing::HasSubstr;

inline constexpr const char* kDockerVersion =
    R"({"Version":"29.0.1","ApiVersion":"1.52","MinAPIVersion":"1.44","Components":[{"Name":"Engine"}]})";

// A host in a folder on which all is well; tests take something away.
class Doctor : public ::testing::Test {
 protected:
  Doctor() {
    Write("proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet\n");
    Write("proc/meminfo", "MemTotal: 4000 kB\nSwapTotal: 1000 kB\n");
    Write("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
    Write("proc/1/stat", "1 (init) S\n");
    Write("proc/sys/fs/inotify/max_user_watches", "65536\n");
    Write("proc/sys/fs/inotify/max_user_instances", "128\n");
    Write("proc/self/status", "Name:\tplimsoll\nCapEff:\t000001ffffffffff\n");
    Write("proc/self/net/tcp", "  sl  local_address rem_address   st\n");
    for (const char* ns : {"proc/self/ns", "proc/1/ns"}) {
      Link(std::string(ns) + "/net", "net:[4026531840]");
      Link(std::string(ns) + "/pid", "pid:[4026531836]");
    }
    Cgroup2("cpuset cpu io memory pids\n");
    order_.paths = {host_ / "proc", host_ / "sys", host_ / "root"};
    order_.storage_path = host_ / "data/plimsoll.db";
    around_.own_procfs = host_ / "proc";
    around_.descriptor_limit = 1 << 20;
    around_.clock = [this] { return clock_; };
    around_.file_system = [this](const std::string&) -> Result<FileSystemState> { return disk_; };
    around_.access = [this](const std::string& path, int) {
      if (const auto refused = refused_.find(path); refused != refused_.end()) return refused->second;
      std::error_code error;
      return std::filesystem::exists(path, error) ? 0 : ENOENT;
    };
    around_.ask = [this](const std::string& socket,
                         const std::string& target) -> Result<runtime::HttpAnswer> {
      const auto found = answers_.find(target);
      if (found == answers_.end()) return Fail(socket + ": Connection refused");
      return runtime::HttpAnswer{200, found->second};
    };
    around_.probe_bind = [this](const std::string&) -> Result<void> {
      return is_port_free_ ? Result<void>() : Fail("address already in use");
    };
    Docker();
  }

  void Write(const std::string& path, const std::string& text) { WriteText(host_ / path, text); }
  void Link(const std::string& path, const std::string& to) {
    const std::filesystem::path full = host_ / path;
    std::filesystem::create_directories(full.parent_path());
    std::filesystem::remove(full);
    std::filesystem::create_symlink(to, full);
  }
  void Remove(const std::string& path) { std::filesystem::remove_all(host_ / path); }
  void Cgroup2(const std::string& controllers) {
    Remove("sys");
    Write("sys/fs/cgroup/cgroup.controllers", controllers);
    Write("sys/fs/cgroup/cgroup.subtree_control", controllers);
    for (const char* file : {"cgroup.procs", "memory.current", "memory.swap.current", "cpu.pressure"})
      Write(std::string("sys/fs/cgroup/system.slice/") + file, "0\n");
  }
  void Cgroup1() {
    Remove("sys");
    for (const char* file :
         {"memory/memory.stat", "memory/release_agent", "memory/memory.memsw.usage_in_bytes",
          "cpu/cpu.shares", "cpuacct/cpuacct.usage", "blkio/tasks", "pids/tasks"})
      Write(std::string("sys/fs/cgroup/") + file, "0\n");
  }
  void Docker() {
    Write("root/run/docker.sock", "");
    Write("root/var/lib/docker/containers/ab/config.v2.json", "{}");
    answers_["/version"] = kDockerVersion;
  }

  // The worst finding about a subject.
  Finding About(const std::string& subject) {
    Finding worst{Level::kOk, "none", "", ""};
    for (const Finding& finding : Examine(order_, around_))
      if (finding.subject == subject && (worst.subject == "none" || finding.level > worst.level))
        worst = finding;
    return worst;
  }
  void Expect(const std::string& subject, Level level, const std::string& said) {
    const Finding finding = About(subject);
    EXPECT_EQ(finding.subject, subject);
    EXPECT_STREQ(LevelName(finding.level), LevelName(level)) << finding.said;
    EXPECT_THAT(finding.said, HasSubstr(said));
    EXPECT_EQ(finding.advice.empty(), level == Level::kOk) << "advice where there is something to do";
  }

  TempFolder host_;
  DoctorOrder order_;
  Surroundings around_;
  ClockState clock_{true, std::chrono::microseconds(5000)};
  FileSystemState disk_{uint64_t{10} << 30, false, 0xef53};
  std::map<std::string, int> refused_;          // path to errno
  std::map<std::string, std::string> answers_;  // target to body
  bool is_port_free_ = true;
};

}  // namespace plimsoll::cli
