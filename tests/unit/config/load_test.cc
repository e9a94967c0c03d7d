#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "temp_folder.h"
#include "text_file.h"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LoadConfigTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    WriteText(folder_ / name, text);
    return folder_ / name;
  }

  static std::string Faults(const LoadedConfig& loaded) { return FormatFaults("f", loaded.faults); }
  static std::string FaultsOf(const std::string& text) { return Faults(LoadConfigText(text, "f")); }

  TempFolder folder_;
};

TEST_F(LoadConfigTest, ReadsAFile) {
  const LoadedConfig loaded = LoadConfigFile(Write("a.yaml", "collector: {interval: 3s}\n"));
  EXPECT_EQ(Faults(loaded), "");
  EXPECT_EQ(loaded.config.collector.interval, std::chrono::seconds(3));
}

TEST_F(LoadConfigTest, FollowsALinkAsKubernetesMountsThem) {
  const std::string file = Write("a.yaml", "collector: {interval: 3s}\n");
  std::filesystem::create_symlink(file, folder_ / "link.yaml");
  EXPECT_EQ(LoadConfigFile(folder_ / "link.yaml").config.collector.interval, std::chrono::seconds(3));
}

TEST_F(LoadConfigTest, AMissingFileIsOneFaultWithoutAPlace) {
  EXPECT_EQ(Faults(LoadConfigFile(folder_ / "none.yaml")),
            "f: cannot be opened: No such file or directory\n");
}

TEST_F(LoadConfigTest, RefusesAnUnreadableFile) {
  const std::string file = Write("a.yaml", "");
  ::chmod(file.c_str(), 0);
  if (::access(file.c_str(), R_OK) == 0) {
    // root reads everything: become somebody else for this one call
    ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
    ASSERT_EQ(::seteuid(65534), 0);
    const LoadedConfig loaded = LoadConfigFile(file);
    ASSERT_EQ(::seteuid(0), 0);
    EXPECT_EQ(Faults(loaded), "f: cannot be opened: Permission denied\n");
    return;
  }
  EXPECT_EQ(Faults(LoadConfigFile(file)), "f: cannot be opened: Permission denied\n");
}

TEST_F(LoadConfigTest, RefusesADirectory) {
  EXPECT_EQ(Faults(LoadConfigFile(folder_.path())), "f: is a directory; a file is needed\n");
}

TEST_F(LoadConfigTest, RefusesAPipeWithoutWaitingForIt) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(Faults(LoadConfigFile(folder_ / "pipe")), "f: is not a regular file\n");
}

// Nothing is mapped at the address 0 of a process' memory.
TEST_F(LoadConfigTest, AFileThatBreaksWhileItIsReadIsAFault) {
  EXPECT_EQ(Faults(LoadConfigFile("/proc/self/mem")), "f: cannot be read: Input/output error\n");
}

TEST_F(LoadConfigTest, RefusesADeviceThatNeverEnds) {
  EXPECT_EQ(Faults(LoadConfigFile("/dev/zero")), "f: is not a regular file\n");
}

TEST_F(LoadConfigTest, RefusesMoreThanAMebibyteAndTakesExactlyOne) {
  const std::string comment(size_t{1} << 20, '#');
  EXPECT_EQ(Faults(LoadConfigFile(Write("full.yaml", comment))), "");
  const std::string message =
      "f: larger than 1048576 bytes, which no configuration needs; is this the right file?\n";
  EXPECT_EQ(Faults(LoadConfigFile(Write("large.yaml", comment + "#"))), message);
  EXPECT_EQ(FaultsOf(comment + "#"), message);
}

TEST_F(LoadConfigTest, RefusedFilesLeaveTheDefaults) {
  EXPECT_EQ(LoadConfigFile(folder_.path()).config, Config{});
}

TEST_F(LoadConfigTest, FaultsAreInTheOrderOfTheFileWhateverFindsThem) {
  // A duplicate key (found while parsing), an unknown key and a bad value (found while reading).
  const LoadedConfig loaded =
      LoadConfigText("collector:\n  interval: x\n  docker: {a: 1}\n  docker: {}\n  b: 1\n", "f");
  std::vector<int> lines;
  for (const ConfigFault& fault : loaded.faults) lines.push_back(fault.line);
  EXPECT_THAT(lines, ElementsAre(2, 3, 4, 5));
}

TEST_F(LoadConfigTest, HostileTextIsQuotedInMessages) {
  EXPECT_EQ(FaultsOf("\"a\\nb\\e[31m\\\"\": 1\n"),
            "f:1:1: unknown section \"a\\x0ab\\x1b[31m\"\"; known here: collector, storage, alerting\n");
  const std::string long_key = std::string(70, 'k');
  EXPECT_THAT(FaultsOf(long_key + ": 1\n"), HasSubstr("\"" + std::string(60, 'k') + "...\""));
}

TEST_F(LoadConfigTest, LongTextIsCutBetweenCharacters) {
  std::string key;
  for (int i = 0; i < 70; ++i) key += "ö";
  EXPECT_THAT(FaultsOf("? " + key + "\n: 1\n"), HasSubstr("ö...\";"));
}

// A file cut anywhere must neither crash nor invent a configuration that is out of bounds.
TEST_F(LoadConfigTest, EveryPrefixOfTheShippedFileIsTakenOrRefused) {
  const std::string text = ReadText(PLIMSOLL_SOURCE_DIR "/tests/config/good/everything.yaml");
  ASSERT_GT(text.size(), 500U);
  int refused = 0;
  for (size_t length = 0; length < text.size(); ++length) {
    const LoadedConfig loaded = LoadConfigText(text.substr(0, length), "f");
    if (!loaded.faults.empty()) {
      ++refused;
      continue;
    }
    EXPECT_GE(loaded.config.collector.interval, std::chrono::seconds(1)) << length;
    EXPECT_FALSE(loaded.config.collector.runtimes.empty()) << length;
    EXPECT_FALSE(loaded.config.collector.include.empty()) << length;
  }
  EXPECT_GT(refused, 300);
}

TEST(FormatFaultsTest, WritesOneLineEach) {
  EXPECT_EQ(FormatFaults("a.yaml", {{0, 0, "is gone"}, {3, 5, "is odd"}}),
            "a.yaml: is gone\na.yaml:3:5: is odd\n");
  EXPECT_EQ(FormatFaults("a.yaml", {}), "");
}

}  // namespace
}  // namespace plimsoll
