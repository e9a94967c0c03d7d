#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/container_label.h"
#include "model/frame.h"
#include "model/result.h"
#include "model/utf8.h"
#include "table.h"

namespace plimsoll {
namespace {

TEST(ContainerLabelNameTest, HasOneUnderscoreForEachCharacterThatCannotStand) {
  ExpectTable(ContainerLabelName,
              {{"com.docker.compose.project", "container_label_com_docker_compose_project"},
               {"app.kubernetes.io/name", "container_label_app_kubernetes_io_name"},
               {"gr\xC3\xBC\xC3\x9F", "container_label_gr__"},
               {"\xFF\xFE{}=\",\n", "container_label_________"},
               {"", "container_label_"}});
  EXPECT_EQ(ContainerLabelName(std::string(70'000, 'n')).size(), 16 + kMaxContainerLabelName);
}

TEST(ShortTextTest, CutsWhatDoesNotFitAndStaysTerminated) {
  ShortText<8> text;
  text.Set("vda1");
  EXPECT_STREQ(text.c_str(), "vda1");
  text.Set("exactly");
  EXPECT_STREQ(text.c_str(), "exactly");
  text.Set("far too long");
  EXPECT_STREQ(text.c_str(), "far too");
  text.Set("b");
  EXPECT_STREQ(text.c_str(), "b");
  text.Set("");
  EXPECT_STREQ(text.c_str(), "");
}

TEST(MemorySampleTest, WorkingSetIsUsageWithoutInactiveFile) {
  MemorySample memory;
  EXPECT_EQ(memory.WorkingSet(), std::nullopt);
  memory.usage = 100;
  EXPECT_EQ(memory.WorkingSet(), std::nullopt);  // unknown is never a figure
  memory.inactive_file = 30;
  EXPECT_EQ(memory.WorkingSet(), 70U);
  memory.inactive_file = 130;  // the kernel reads the two at different moments
  EXPECT_EQ(memory.WorkingSet(), 0U);
}

TEST(ErrorTest, GainsContextFromTheInsideOut) {
  const Result<int> failed = Fail("No such file or directory");
  EXPECT_EQ(failed.error().In("open /x").In("container web").message,
            "container web: open /x: No such file or directory");
}

TEST(ErrorTest, NamesTheErrnoItIsGiven) {
  EXPECT_EQ(ErrnoError("open /x", ENOENT).message, "open /x: No such file or directory");
  errno = EACCES;
  EXPECT_EQ(ErrnoError("open /x").message, "open /x: Permission denied");
}

// Every value of an enumeration has a word of its own.
template <typename Enum>
std::set<std::string> Words(const char* (*name)(Enum), int count) {
  std::set<std::string> words;
  for (int i = 0; i < count; ++i) words.insert(name(static_cast<Enum>(i)));
  EXPECT_EQ(words.size(), static_cast<size_t>(count));
  return words;
}

TEST(NamesTest, AreTheWordsOfTheFieldEachOnce) {
  EXPECT_THAT(Words(RuntimeName, 6),
              testing::ElementsAre("cgroup", "containerd", "crio", "docker", "oci", "podman"));
  EXPECT_THAT(Words(StateName, 7),
              testing::ElementsAre("", "created", "dead", "exited", "paused", "restarting", "running"));
  EXPECT_THAT(Words(HealthName, 5), testing::ElementsAre("", "healthy", "none", "starting", "unhealthy"));
  EXPECT_THAT(Words(EventName, 7),
              testing::ElementsAre("health", "oom", "pause", "rename", "start", "stop", "unpause"));
}

TEST(Utf8LengthTest, KnowsWhereCharactersEnd) {
  const std::string_view text = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3";
  EXPECT_EQ(Utf8Length(text, 0), 1U);
  EXPECT_EQ(Utf8Length(text, 1), 2U);
  EXPECT_EQ(Utf8Length(text, 2), 0U);  // in the middle of one
  EXPECT_EQ(Utf8Length(text, 3), 3U);
  EXPECT_EQ(Utf8Length(text, 6), 4U);
  EXPECT_EQ(Utf8Length(text.substr(0, 8), 6), 0U);  // cut
  EXPECT_EQ(Utf8Length(text, text.size()), 0U);
  EXPECT_EQ(Utf8Length(std::string_view("\0", 1), 0), 1U);
}

// Forms that decode to a character, yet must not be taken for one.
TEST(Utf8LengthTest, RefusesOverlongFormsSurrogatesAndWhatIsBeyondUnicode) {
  for (const std::string_view text :
       {"\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2\x82(", "\xf0\x9f\x90("})
    EXPECT_EQ(Utf8Length(text, 0), 0U) << testing::PrintToString(text);
  EXPECT_EQ(Utf8Length("\xe0\xa0\x80", 0), 3U);
  EXPECT_EQ(Utf8Length("\xed\x9f\xbf", 0), 3U);
  EXPECT_EQ(Utf8Length("\xf0\x90\x80\x80", 0), 4U);
  EXPECT_EQ(Utf8Length("\xf4\x8f\xbf\xbf", 0), 4U);
}

TEST(SystemClockTest, NeverGoesBack) {
  const SystemClock clock;
  const MonoTime before = clock.Mono();
  EXPECT_LE(before, clock.Mono());
  EXPECT_GT(clock.Wall().time_since_epoch(), std::chrono::hours(24 * 365 * 50));
}

}  // namespace
}  // namespace plimsoll
