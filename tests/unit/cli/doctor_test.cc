#include "unit/cli/doctor_fixture.h"

namespace plimsoll::cli {
namespace {

TEST_F(Doctor, AHealthyHostHasNothingToDo) {
  const Findings findings = Examine(order_, around_);
  for (const Finding& finding : findings)
    EXPECT_EQ(finding.level, Level::kOk) << finding.subject << finding.said;
  EXPECT_FALSE(cli::HasFailure(findings));
  EXPECT_THAT(FindingsText(findings), HasSubstr(" OK, 0 WARN, 0 FAIL"));
}

TEST_F(Doctor, NoCgroupsFail) {
  Remove("sys");
  Expect("cgroup", Level::kFail, "--path.sysfs");
  EXPECT_TRUE(cli::HasFailure(Examine(order_, around_)));
}

TEST_F(Doctor, Version1IsFine) {
  Cgroup1();
  Expect("cgroup", Level::kOk, "version 1");
  Expect("memory cgroup", Level::kOk, "on");
  Expect("swap", Level::kOk, "counted");
  Expect("pressure", Level::kWarn, "not by container");
}

TEST_F(Doctor, MemoryThatIsOffFailsAndNamesTheSwitch) {
  Cgroup2("cpu io pids\n");
  Expect("memory cgroup", Level::kFail, "off: no container has memory figures");
  Write("proc/cmdline", "quiet cgroup_disable=memory\n");
  Expect("memory cgroup", Level::kFail, "off by cgroup_disable=memory");
}

TEST_F(Doctor, MissingControllersAreNamed) {
  Cgroup2("cpu memory\n");
  Expect("controllers", Level::kWarn, "missing: io, pids");
  Cgroup2("cpu io memory pids\n");
  Write("sys/fs/cgroup/cgroup.subtree_control", "cpu memory pids\n");
  Expect("controllers", Level::kWarn, "not handed to cgroups below the root: io");
  Cgroup1();
  Remove("sys/fs/cgroup/pids");
  Expect("controllers", Level::kWarn, "missing: pids");
}

TEST_F(Doctor, APartOfTheTreeIsNotTheHost) {
  Write("sys/fs/cgroup/cgroup.type", "domain\n");
  Expect("cgroup root", Level::kFail, "not the root");
  Cgroup1();
  Remove("sys/fs/cgroup/memory/release_agent");
  Expect("cgroup root", Level::kFail, "not the root");
}

TEST_F(Doctor, SwapThatIsNotCountedIsAWarningWhereThereIsSome) {
  Remove("sys/fs/cgroup/system.slice/memory.swap.current");
  Expect("swap", Level::kWarn, "not counted");
  Write("proc/meminfo", "SwapTotal:       0 kB\n");
  Expect("swap", Level::kOk, "has none");
  Cgroup1();
  Write("proc/meminfo", "SwapTotal: 5 kB\n");
  Remove("sys/fs/cgroup/memory/memory.memsw.usage_in_bytes");
  Expect("swap", Level::kWarn, "not counted");
}

TEST_F(Doctor, PressureThatIsOffIsAWarning) {
  Remove("proc/pressure");
  Expect("pressure", Level::kWarn, "PSI is off");
}

TEST_F(Doctor, AHybridHostIsVersion1WithVersion2BesideIt) {
  Cgroup1();
  Write("sys/fs/cgroup/unified/cgroup.controllers", "");
  Expect("cgroup", Level::kOk, "(hybrid)");
  Expect("pressure", Level::kOk, "by container");
}

TEST_F(Doctor, WithoutACgroupBelowTheRootNothingIsMissed) {
  Remove("sys/fs/cgroup/system.slice");
  EXPECT_EQ(About("swap").subject, "none");
  Expect("pressure", Level::kOk, "by container");
}

TEST_F(Doctor, Version1WithoutItsMemoryControllerHasMemoryOff) {
  Cgroup1();
  Remove("sys/fs/cgroup/memory");
  Write("proc/cmdline", "quiet cgroup_disable=pids,rdma\n");
  Expect("memory cgroup", Level::kFail, "off: no container has memory figures");
  EXPECT_EQ(About("swap").subject, "none") << "said already";
  EXPECT_EQ(About("cgroup root").subject, "none");
}

TEST_F(Doctor, AnEngineThatRefusesIsAWarning) {
  around_.ask = [](const std::string&, const std::string&) -> Result<runtime::HttpAnswer> {
    return runtime::HttpAnswer{503, "busy"};
  };
  Expect("docker socket", Level::kWarn, "GET /version answers 503");
}

TEST_F(Doctor, ADiskThatCannotBeAskedFails) {
  around_.file_system = [](const std::string& folder) -> Result<FileSystemState> {
    return Fail(folder + ": Input/output error");
  };
  Expect("storage", Level::kFail, "Input/output error");
}

TEST_F(Doctor, LimitsOfTheKernelThatAreNoneOrTooFewAreSaid) {
  Write("proc/sys/fs/inotify/max_user_instances", "31\n");
  Expect("inotify", Level::kWarn, "31 instances");
  Write("proc/sys/fs/inotify/max_user_instances", "many\n");
  Expect("inotify", Level::kWarn, "cannot be read");
}

TEST_F(Doctor, ProcessesOfTheHostMustBeSeen) {
  Link("proc/self/ns/pid", "pid:[4026532999]");
  Expect("processes", Level::kWarn, "PID namespace of its own");
  Remove("proc/1");
  Expect("processes", Level::kFail, "cannot be seen");
}

TEST_F(Doctor, AnotherNetworkIsTold) {
  Link("proc/self/ns/net", "net:[4026532999]");
  Expect("network", Level::kWarn, "not the host's network");
  Remove("proc/1/ns");
  Expect("network", Level::kWarn, "cannot be known");
  const std::string heading = "Inter-|   Receive\n face |bytes\n";
  Write("proc/1/net/dev", heading + "    lo: 5 0\n  eth0: 7 0\n");
  Write("proc/self/net/dev", heading + "    lo: 9 0\n  eth0: 8 0\n");
  Expect("network", Level::kOk, "seems to be the host's");
  Write("proc/self/net/dev", heading + "    lo: 9 0\n");
  Expect("network", Level::kWarn, "not the host's network");
}

TEST_F(Doctor, MissingCapabilitiesAreNamed) {
  Write("proc/self/status", "CapPrm:\tffff\nCapEff:\t0000000000080000\n");
  Expect("capabilities", Level::kWarn, "missing: CAP_DAC_READ_SEARCH; without: some names");
  Write("proc/self/status", "CapEff:\t0000000000000002\n");
  Expect("capabilities", Level::kWarn, "missing: CAP_SYS_PTRACE;");
  Write("proc/self/status", "CapEff:\t0000000000080004\n");
  Expect("capabilities", Level::kOk, "are there");
  Write("proc/self/status", "Name: x\n");
  Expect("capabilities", Level::kWarn, "cannot be read");
}

TEST_F(Doctor, LimitsAreHeldAgainstTheCgroupsThatAreThere) {
  Expect("descriptors", Level::kOk, "2 cgroups want 296");
  around_.descriptor_limit = 100;
  Expect("descriptors", Level::kWarn, "100 files may be open");
  Write("proc/sys/fs/inotify/max_user_watches", "1027\n");
  Expect("inotify", Level::kWarn, "1027 watches");
  Write("proc/sys/fs/inotify/max_user_watches", "1028\n");
  Expect("inotify", Level::kOk, "1028 watches");
  Remove("proc/sys");
  Expect("inotify", Level::kWarn, "cannot be read");
}

TEST_F(Doctor, TheClockIsAsked) {
  Expect("clock", Level::kOk, "5 ms at most");
  clock_.is_synchronised = false;
  Expect("clock", Level::kWarn, "not synchronised");
  around_.clock = []() -> Result<ClockState> { return Fail("adjtimex: Operation not permitted"); };
  Expect("clock", Level::kWarn, "cannot be known");
}

TEST_F(Doctor, DisksThatDoNotDoAreNamed) {
  Expect("storage", Level::kOk, "10.0GiB free");
  disk_.free_bytes = uint64_t{500} << 20;
  Expect("storage", Level::kWarn, "less than storage.max_size 1.00GiB");
  disk_.free_bytes = 1 << 20;
  Expect("storage", Level::kFail, "history cannot be kept");
  disk_ = {uint64_t{10} << 30, true, 0};
  Expect("storage", Level::kFail, "Read-only file system");
  disk_ = {uint64_t{10} << 30, false, 0x6969};
  Expect("storage", Level::kWarn, "network file system");
  disk_ = {uint64_t{10} << 30, false, 0x01021994};
  Expect("storage", Level::kWarn, "in memory");
}

TEST_F(Doctor, StorageMustBeWritable) {
  Write("data/plimsoll.db", "");
  refused_[host_ / "data/plimsoll.db"] = EACCES;
  Expect("storage", Level::kFail, "plimsoll.db cannot be written: Permission denied");
  refused_[host_ / "data"] = EACCES;
  Expect("storage", Level::kFail, "data cannot be written: Permission denied");
  order_.storage_path = host_ / "proc";
  Expect("storage", Level::kFail, "is a folder");
  Write("data/notes.txt", "not to be lost");
  order_.storage_path = host_ / "data/notes.txt";
  Expect("storage", Level::kFail, "is no history of Plimsoll's");
  order_.storage_path = ":memory:";
  Expect("storage", Level::kWarn, "keeps nothing");
}

TEST_F(Doctor, WhoeverHasThePortIsNamed) {
  Expect("address", Level::kOk, "is free");
  is_port_free_ = false;
  Expect("address", Level::kFail, "already in use");
  // 0x2645 is 9797; 0A is LISTEN.
  Write("proc/self/net/tcp",
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:2645 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 41 1\n"
        "   1: 0100007F:2645 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 42 1\n");
  Link("proc/77/fd/3", "socket:[41]");
  Link("proc/78/fd/3", "socket:[42]");
  Write("proc/77/comm", "client\n");
  Write("proc/78/comm", "nginx\n");
  Expect("address", Level::kFail, "; nginx (PID 78) listens there");
  Write("proc/78/comm", "plimsoll\n");
  Expect("address", Level::kOk, "plimsoll (PID 78) serves there already");
}

TEST_F(Doctor, AnAddressThatIsNoneFails) {
  order_.listen_addresses = {"nonsense"};
  Expect("address", Level::kFail, "nonsense");
}

TEST_F(Doctor, FaultsOfTheConfigurationAreToldWithTheirPlace) {
  Write("bad.yaml", "collector:\n  intervall: 10s\n");
  order_.config_file = host_ / "bad.yaml";
  Expect("configuration", Level::kFail, "bad.yaml:2:3: ");
  Write("good.yaml", "storage: {max_size: 20GiB}\n");
  order_.config_file = host_ / "good.yaml";
  Expect("configuration", Level::kOk, "has no fault");
  Expect("storage", Level::kWarn, "less than storage.max_size 20.0GiB");
  Write("good.yaml", "alerting:\n  receivers:\n    - {name: ops, type: webhook, url: \"http://x/\"}\n");
  Expect("configuration", Level::kWarn, "receiver \"ops\" is told nothing");
  Write("good.yaml", "{}\n");
  Write("web.yaml", "tls_serverconfig: {}\n");
  order_.web_config_file = host_ / "web.yaml";
  Expect("configuration", Level::kFail, "web.yaml:1");
  Write("web.yaml", "basic_auth_users: {}\n");
  EXPECT_THAT(FindingsText(Examine(order_, around_)), HasSubstr("web.yaml has no fault"));
}

TEST_F(Doctor, JsonSaysTheSame) {
  around_.descriptor_limit = 1;
  const Findings findings = Examine(order_, around_);
  const auto json = nlohmann::json::parse(FindingsJson(findings));
  EXPECT_TRUE(json["ok"]);
  ASSERT_EQ(json["findings"].size(), findings.size());
  size_t warnings = 0;
  for (const auto& finding : json["findings"])
    if (finding["level"] == "WARN") {
      ++warnings;
      EXPECT_EQ(finding["subject"], "descriptors");
      EXPECT_TRUE(finding["advice"].is_string());
    }
  EXPECT_EQ(warnings, 1u);
}

TEST(DoctorCapabilities, AreReadFromTheirLineAlone) {
  EXPECT_EQ(ParseCapabilities("Name:\tx\nCapEff:\t00000000a80425fb\nCapBnd:\t0\n"), 0xa80425fbu);
  EXPECT_EQ(ParseCapabilities("XCapEff:\t1\n"), std::nullopt);
  EXPECT_EQ(ParseCapabilities("CapEff:"), std::nullopt);
  EXPECT_EQ(ParseCapabilities("CapEff:\tzz\n"), std::nullopt);
}

// The real ones, as far as every host has them.
TEST(DoctorSurroundings, AnswerOnThisHost) {
  const Surroundings around = RealSurroundings();
  EXPECT_GT(around.descriptor_limit, 0u);
  EXPECT_TRUE(around.file_system("/"));
  EXPECT_FALSE(around.file_system("/no/such/folder"));
  EXPECT_EQ(around.access("/proc/self/status", R_OK), 0);
  EXPECT_EQ(around.access("/no/such/file", R_OK), ENOENT);
  EXPECT_FALSE(around.ask("/no/such.sock", "/version"));
  EXPECT_TRUE(around.probe_bind("127.0.0.1:0"));
  EXPECT_FALSE(around.probe_bind("nonsense"));
  // Where a sandbox keeps the clock's state from us, that is said.
  const auto clock = around.clock();
  EXPECT_TRUE(clock || clock.error().message.starts_with("adjtimex: ")) << clock.error().message;
}

}  // namespace
}  // namespace plimsoll::cli
