#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "config/load.h"
#include "text_file.h"

namespace plimsoll {
namespace {

const std::string kShipped = std::string(PLIMSOLL_SOURCE_DIR) + "/config/plimsoll.yaml";

std::string Shipped() { return ReadText(kShipped); }

// The keys that a section knows, as the fault for an unknown one lists them.
std::vector<std::string> KnownKeys(const std::string& section) {
  const LoadedConfig loaded = LoadConfigText(section + "0123456789abcdef: 1\n", "f");
  std::string message;
  for (const ConfigFault& fault : loaded.faults)
    if (fault.message.starts_with("unknown ")) message = fault.message;
  std::string list = message.substr(message.rfind(": ") + 2);
  std::vector<std::string> keys;
  const std::regex word("[a-z0-9_]+");
  for (std::sregex_iterator it(list.begin(), list.end(), word), end; it != end; ++it)
    keys.push_back(it->str());
  return keys;
}

TEST(ShippedConfigTest, EqualsTheBuiltInDefaults) {
  const LoadedConfig loaded = LoadConfigFile(kShipped);
  EXPECT_EQ(FormatFaults(kShipped, loaded.faults), "");
  EXPECT_EQ(loaded.config, Config{});
}

TEST(ShippedConfigTest, NamesEveryKeyWithAValue) {
  const std::string text = Shipped();
  std::vector<std::string> sections = KnownKeys("");
  EXPECT_THAT(sections, testing::ElementsAre("collector", "storage", "alerting"));
  int keys = 0;
  for (const std::string& key : KnownKeys("collector:\n  ")) {
    const bool is_section = key == "docker" || key == "podman" || key == "containerd";
    const std::string value = is_section ? "" : "( \\S.*|\n    - \\S+)";
    EXPECT_TRUE(std::regex_search(text, std::regex("\n  " + key + ":" + value + "\n"))) << key;
    ++keys;
  }
  for (const std::string section : {"docker", "podman", "containerd"})
    for (const std::string& key : KnownKeys("collector:\n  " + section + ":\n    ")) {
      EXPECT_TRUE(
          std::regex_search(text, std::regex("\n  " + section + ":\n(    .*\n)*    " + key + ": \\S+\n")))
          << section << "." << key;
      ++keys;
    }
  EXPECT_EQ(keys, 15);
}

TEST(ShippedConfigTest, NamesEveryKeyOfStorageWithAValue) {
  const std::string text = Shipped();
  int keys = 0;
  for (const std::string& key : KnownKeys("storage:\n  ")) {
    EXPECT_TRUE(std::regex_search(text, std::regex("\n  " + key + (key == "retention" ? ":\n" : ": \\S+\n"))))
        << key;
    ++keys;
  }
  for (const std::string& key : KnownKeys("storage:\n  retention:\n    ")) {
    EXPECT_TRUE(std::regex_search(text, std::regex("\n    " + key + ": \\S+\n"))) << key;
    ++keys;
  }
  EXPECT_EQ(keys, 7);
}

TEST(ShippedConfigTest, NamesEveryKeyOfAlertingWithAValue) {
  const std::string text = Shipped();
  int keys = 0;
  const auto has = [&](const std::string& pattern) { return std::regex_search(text, std::regex(pattern)); };
  for (const std::string& key : KnownKeys("alerting:\n  ")) {
    EXPECT_TRUE(has("\n  " + key + ":( \\S.*)?\n")) << key;
    ++keys;
  }
  for (const std::string& key : KnownKeys("alerting:\n  defaults:\n    ")) {
    EXPECT_TRUE(has("\n    " + key + ": \\S+\n")) << key;
    ++keys;
  }
  EXPECT_EQ(keys, 16);
}

// What the file tells of rules and receivers in words.
TEST(ShippedConfigTest, TellsOfEveryMetricAndReceiver) {
  const std::string text = Shipped();
  for (const std::string_view name : AlertMetricNames())
    EXPECT_THAT(text, testing::ContainsRegex("#.*[ ,;]" + std::string(name) + "[ ,;\n]")) << name;
  for (const ReceiverType type : kReceiverTypes)
    EXPECT_THAT(text, testing::HasSubstr(ReceiverTypeName(type)));
  for (const std::string& key : KnownKeys("alerting:\n  rules:\n    - "))
    EXPECT_THAT(text, testing::HasSubstr(key));
}

TEST(ShippedConfigTest, CommentsEveryKey) {
  std::istringstream lines(Shipped());
  std::string line, before;
  while (std::getline(lines, line)) {
    if (line.starts_with("      ")) continue;  // the rules' own
    const bool is_key = std::regex_match(line, std::regex(" *[a-z0-9_]+:.*")) && !line.ends_with(":");
    // "exclude" stands under the words of "include".
    if (is_key && line.find("exclude") == std::string::npos) {
      EXPECT_THAT(before, testing::HasSubstr("# ")) << line;
    }
    before = line;
  }
}

}  // namespace
}  // namespace plimsoll
