#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "config/load.h"
#include "text_file.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> FilesOf(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(PLIMSOLL_SOURCE_DIR) / "tests/config" / folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// The "# expect: LINE:COLUMN: message" comments at the file's head, as FormatFaults writes them.
std::string Expected(const std::string& text) {
  static constexpr std::string_view kMark = "# expect: ";
  std::istringstream lines(text);
  std::string line, expected;
  while (std::getline(lines, line) && line.starts_with(kMark))
    expected += "f:" + line.substr(kMark.size()) + "\n";
  return expected;
}

class ConfigFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("PLIMSOLL_TEST_SECRET", "hunter2", 1);
    ::setenv("PLIMSOLL_TEST_INTERVAL", "12s", 1);
    ::setenv("PLIMSOLL_TEST_NAME", "web", 1);
    ::setenv("PLIMSOLL_TEST_DIR", "/run/x", 1);
    ::unsetenv("PLIMSOLL_TEST_UNSET");
    ::unsetenv("PLIMSOLL_TEST_UNSET_2");
  }

  static CollectorConfig Good(const std::string& name) { return All(name).collector; }
  static Config All(const std::string& name) {
    const LoadedConfig loaded =
        LoadConfigFile(std::string(PLIMSOLL_SOURCE_DIR) + "/tests/config/good/" + name + ".yaml");
    EXPECT_EQ(FormatFaults(name, loaded.faults), "");
    return loaded.config;
  }
};

TEST_F(ConfigFilesTest, EveryBadFileTellsExactlyItsFaults) {
  const std::vector<fs::path> files = FilesOf("bad");
  ASSERT_GE(files.size(), 80U);
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.filename());
    const std::string expected = Expected(ReadText(file));
    EXPECT_NE(expected, "") << "the file must begin with its expected faults";
    EXPECT_EQ(FormatFaults("f", LoadConfigFile(file).faults), expected);
  }
}

TEST_F(ConfigFilesTest, NoFaultShowsTheValueOfAnEnvironmentVariable) {
  for (const fs::path& file : FilesOf("bad"))
    EXPECT_THAT(
        FormatFaults(file, LoadConfigFile(file).faults),
        testing::Not(testing::AnyOf(testing::HasSubstr("hunter2"), testing::HasSubstr("file-secret-7"))));
}

TEST_F(ConfigFilesTest, AlertingHasAtLeastSixtyBadFiles) {
  int files = 0;
  for (const fs::path& file : FilesOf("bad"))
    for (const char* prefix : {"alerting_", "rule", "receiver_", "maintenance_"})
      if (file.filename().string().starts_with(prefix)) ++files;
  EXPECT_GE(files, 60);
}

TEST_F(ConfigFilesTest, EveryGoodFileIsTaken) {
  const std::vector<fs::path> files = FilesOf("good");
  ASSERT_GE(files.size(), 15U);
  for (const fs::path& file : files) EXPECT_EQ(FormatFaults(file, LoadConfigFile(file).faults), "");
}

TEST_F(ConfigFilesTest, FilesWithoutValuesAreTheDefaults) {
  for (const char* name : {"empty", "only_comments", "null_document", "null_sections"})
    EXPECT_EQ(Good(name), CollectorConfig{}) << name;
}

TEST_F(ConfigFilesTest, EveryKeyReachesItsField) {
  CollectorConfig expected;
  expected.interval = std::chrono::milliseconds(2500);
  expected.last_seen_for = std::chrono::minutes(90);
  expected.runtimes = {"docker", "podman", "containerd", "crio", "oci", "cgroup"};
  expected.include = {"web-*", "db-[0-9]", "/system.slice/*", "[]]", "[!a-c]?", "\\*", "[[:digit:]_-]"};
  expected.exclude = {"*-test"};
  expected.container_labels = {"*"};
  expected.enable_groups = {"percpu", "tcp", "udp", "process", "disk", "hugetlb"};
  expected.docker = {"/run/user/1000/docker.sock", "/srv/docker"};
  expected.podman = {{"/run/podman/podman.sock", "/run/user/1000/podman/podman.sock"}, "/srv/containers"};
  expected.containerd = {"/run/k3s/containerd"};
  EXPECT_EQ(Good("everything"), expected);
}

TEST_F(ConfigFilesTest, StorageKeysReachTheirFields) {
  StorageConfig expected{
      "/var/lib/plimsoll/history.db",
      {std::chrono::minutes(2), std::chrono::hours(2), std::chrono::hours(48), std::chrono::hours(24 * 3650)},
      uint64_t{16} << 20};
  EXPECT_EQ(All("storage").storage, expected);
  expected = {};
  expected.path = ":memory:";
  expected.max_size_bytes = uint64_t{1536} << 20;
  EXPECT_EQ(All("storage_in_memory").storage, expected);
}

TEST_F(ConfigFilesTest, KeysThatAreLeftOutKeepTheirDefault) {
  CollectorConfig expected;
  expected.container_labels = {"com.docker.compose.project", "com.docker.compose.service"};
  expected.docker = {"/var/run/docker.sock", "/var/lib/docker"};
  EXPECT_EQ(Good("contract"), expected);

  expected = {};
  expected.interval = std::chrono::seconds(30);
  expected.exclude = {"a", "b"};
  EXPECT_EQ(Good("flow_style"), expected);
}

TEST_F(ConfigFilesTest, EmptyListsAndZeroReplaceTheDefault) {
  const CollectorConfig config = Good("limits");
  EXPECT_EQ(config.interval, std::chrono::seconds(1));
  EXPECT_EQ(config.last_seen_for.count(), 0);
  EXPECT_TRUE(config.container_labels.empty());
}

TEST_F(ConfigFilesTest, AnAliasIsTheValueOfItsAnchor) {
  const CollectorConfig config = Good("anchors");
  EXPECT_THAT(config.include, testing::ElementsAre("a*", "b*"));
  EXPECT_EQ(config.exclude, config.include);
}

TEST_F(ConfigFilesTest, EnvironmentVariablesAreFilledIn) {
  const CollectorConfig config = Good("environment");
  EXPECT_EQ(config.interval, std::chrono::seconds(12));
  EXPECT_THAT(config.include, testing::ElementsAre("web-*", "${NAME}", "cost$", "$$", "a$b"));
  EXPECT_EQ(config.docker.socket, "/run/x/docker.sock");
}

TEST_F(ConfigFilesTest, AnEmptyEnvironmentVariableIsAnEmptyValueNotAMissingOne) {
  ::setenv("PLIMSOLL_TEST_NAME", "", 1);
  EXPECT_THAT(Good("environment").include, testing::Contains("-*"));
}

TEST_F(ConfigFilesTest, TextIsTakenAsItIsWritten) {
  EXPECT_THAT(Good("numbers_are_names").include,
              testing::ElementsAre("7", "1.50", "yes", "0x10", "2024-01-01"));
  EXPECT_THAT(Good("unicode_names").include, testing::ElementsAre("größe-*", "容器", "🐳"));
  EXPECT_THAT(Good("quoted_keys_and_tags").exclude, testing::ElementsAre("it's", "a\"b\\\\"));
  EXPECT_EQ(Good("block_text").interval, std::chrono::seconds(20));
  EXPECT_EQ(Good("byte_order_mark_and_windows_lines").interval, std::chrono::seconds(15));
  EXPECT_EQ(Good("no_newline_at_end").interval, std::chrono::seconds(15));
}

}  // namespace
}  // namespace plimsoll
