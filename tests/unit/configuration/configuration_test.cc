// The shipped configuration files tell of every key that is read and of no other,
// with its default and its bounds; docs/configuration.md is drawn from them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "golden.h"
#include "unit/configuration/reference_page.h"

namespace plimsoll::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ConfigurationTest : public ::testing::Test {
 protected:
  const TempFolder folder_;
  const ShippedFile main_ = MainFile(), web_ = WebFile(folder_);
  const std::vector<const ShippedFile*> files_ = {&main_, &web_};
};

TEST_F(ConfigurationTest, EveryKeyThatIsReadIsTold) {
  for (const ShippedFile* file : files_) {
    std::set<std::string> told;
    for (const ToldKey& key : file->told.keys()) told.insert(key.path);
    for (const auto& [path, taken] : file->taken)
      EXPECT_TRUE(told.contains(path)) << file->name << " does not tell of " << path;
  }
  EXPECT_GE(main_.taken.size(), 100U);
  EXPECT_GE(web_.taken.size(), 20U);
}

TEST_F(ConfigurationTest, EveryKeyThatIsToldIsRead) {
  for (const ShippedFile* file : files_) {
    EXPECT_EQ(file->Faults(file->told.text()), "") << "with all of its examples";
    for (const ToldKey& key : file->told.keys())
      EXPECT_TRUE(file->taken.contains(key.path)) << file->name << ": nothing reads " << key.path;
  }
}

TEST_F(ConfigurationTest, EveryValueThatIsToldIsTheDefault) {
  for (const ShippedFile* file : files_) {
    int values = 0;
    for (const ToldKey& key : file->told.keys()) {
      const auto taken = file->taken.find(key.path);
      if (taken == file->taken.end() || key.value.empty() || taken->second.kind == "entries") continue;
      if (!ReferencePage::Needed(*file, key.path).empty()) continue;
      ++values;
      EXPECT_TRUE(file->is_same(file->told.text(), file->told.TextWithout(key)))
          << file->name << ": " << key.value << " is not the default of " << key.path;
    }
    EXPECT_GE(values, 8) << file->name;
  }
}

// As the test above cannot tell an empty value from the default it leaves.
TEST_F(ConfigurationTest, WhatIsToldAsEmptyIsEmpty) {
  const LoadedConfig loaded = LoadConfigText(main_.told.text(), "f");
  ASSERT_EQ(loaded.config.alerting.receivers.size(), 1U);
  ReceiverConfig receiver = loaded.config.alerting.receivers[0];
  for (const Secret& secret :
       {receiver.hmac_secret, receiver.token, receiver.access.bearer_token, receiver.access.basic_password})
    EXPECT_TRUE(secret.empty());
  for (const std::string& text :
       {receiver.chat_id, receiver.topic, receiver.channel, receiver.username, receiver.body_template,
        receiver.access.basic_user, receiver.access.ca_file})
    EXPECT_EQ(text, "");
  EXPECT_TRUE(receiver.access.headers.empty());
  EXPECT_EQ(receiver.priority, 0);

  const RuleConfig& rule = loaded.config.alerting.rules.at(0);
  EXPECT_EQ(rule.name, "ExampleRule");
  EXPECT_FALSE(rule.recover_threshold || rule.breaches || rule.recoveries || rule.repeat_interval ||
               rule.severity || rule.receivers);
  EXPECT_TRUE(rule.match.name.empty() && rule.match.image.empty() && rule.match.labels.empty());
  EXPECT_TRUE(rule.labels.empty() && rule.annotations.empty());

  const ScrapeWatchConfig& watch = loaded.config.alerting.scrape_watch;
  EXPECT_FALSE(watch.severity || watch.receivers);
  EXPECT_TRUE(loaded.config.alerting.heartbeat.url.empty());
}

TEST_F(ConfigurationTest, EveryKeyIsToldInWordsWithItsBounds) {
  int bounded = 0;
  for (const ShippedFile* file : files_)
    for (const ToldKey& key : file->told.keys()) {
      const auto taken = file->taken.find(key.path);
      if (taken == file->taken.end()) continue;
      EXPECT_NE(key.comment, "") << key.path;
      EXPECT_THAT(key.comment, HasSubstr(taken->second.bounds)) << key.path;
      if (!taken->second.bounds.empty()) ++bounded;
      EXPECT_THAT(key.comment, StartsWith(ReferencePage::OnlyFor(*file, key.path))) << key.path;
    }
  EXPECT_GE(bounded, 20);
}

TEST_F(ConfigurationTest, EverySectionSaysWhatAReloadDoes) {
  for (const ToldKey& key : main_.told.keys())
    if (key.path.find('.') == std::string::npos || main_.taken.at(key.path).kind == "entries") {
      EXPECT_THAT(key.comment, HasSubstr("Reload: ")) << key.path;
    }
  EXPECT_THAT(web_.told.head(), HasSubstr("Reload: "));
}

TEST_F(ConfigurationTest, ThePageIsWhatTheFilesAndTheProgramSay) {
  ExpectGolden("docs/configuration.md", ReferencePage().Draw(main_, web_));
}

}  // namespace
}  // namespace plimsoll::testing
