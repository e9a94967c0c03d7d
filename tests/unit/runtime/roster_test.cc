#include "exporter/runtime/roster.h"

#include <poll.h>

#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

const std::string kA = FullId('a');
const std::string kPath = "/docker/" + kA;

Container Named(const std::string& name, ContainerState state = ContainerState::kRunning) {
  Container who;
  who.runtime = RuntimeKind::kDocker;
  who.id = kA;
  who.name = name;
  who.state = state;
  return who;
}

class RosterTest : public testing::Test {
 protected:
  bool IsReadable() {
    pollfd one{changes_.fd(), POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
  }
  ManualClock clock_;
  ChangeList changes_;
  // User 1000 may speak for what is below /anna.
  Roster roster_{changes_, clock_, [](uid_t user, std::string_view cgroup) {
                   return user == 0 || (user == 1000 && cgroup.starts_with("/anna/"));
                 }};
};

TEST_F(RosterTest, ADescriptionGetsThePathThatWasAskedFor) {
  EXPECT_EQ(roster_.Ask(kA, kPath).who, nullptr);
  EXPECT_EQ(roster_.Describe(kA, Named("a"), 0)->cgroup, kPath);
  const auto changes = changes_.Take();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0]->cgroup, kPath);
}

TEST_F(RosterTest, APathAskedForLaterIsFilledIn) {
  roster_.Describe(kA, Named("a"), 0);
  EXPECT_EQ(changes_.Take()[0]->cgroup, "");
  EXPECT_EQ(roster_.Ask(kA, kPath).who->cgroup, kPath);
}

TEST_F(RosterTest, OnlyChangesAreToldAndOfSeveralTheNewest) {
  EXPECT_FALSE(IsReadable());
  roster_.Describe(kA, Named("a"), 0);
  roster_.Describe(kA, Named("b"), 0);
  EXPECT_TRUE(IsReadable());
  const auto changes = changes_.Take();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0]->name, "b");
  EXPECT_FALSE(IsReadable());
  roster_.Describe(kA, Named("b"), 0);
  EXPECT_FALSE(IsReadable());
  EXPECT_TRUE(changes_.Take().empty());
}

TEST_F(RosterTest, AnAnswerIsNoChangeButFreshensOneThatWaits) {
  roster_.Describe(kA, Named("a"), Roster::kDisk, Roster::Tell::kAnswer);
  EXPECT_TRUE(changes_.Take().empty());
  roster_.Describe(kA, Named("b"), Roster::kDisk);
  roster_.Describe(kA, Named("c"), Roster::kDisk, Roster::Tell::kAnswer);
  const auto changes = changes_.Take();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0]->name, "c");
}

TEST_F(RosterTest, FilesAreNotBelievedWhileALiveEngineTells) {
  roster_.SetEngineLive(0, true);
  roster_.Describe(kA, Named("engine"), 0);
  EXPECT_EQ(roster_.Describe(kA, Named("file"), Roster::kDisk)->name, "engine");
  EXPECT_TRUE(roster_.Look(kA)->engine_is_live);
  roster_.SetEngineLive(0, false);
  EXPECT_EQ(roster_.Describe(kA, Named("file"), Roster::kDisk)->name, "file");
  EXPECT_TRUE(roster_.KeysOf(0).empty());
}

TEST_F(RosterTest, TheLastExitCodeOutlivesARestart) {
  roster_.Describe(kA, Named("a"), 0);
  roster_.End(kA, 137, At(100));
  Container again = Named("a");
  again.started_at = At(200);
  const auto who = roster_.Describe(kA, again, 0);
  EXPECT_EQ(who->state, ContainerState::kRunning);
  EXPECT_EQ(who->exit_code, 137);
  EXPECT_EQ(who->finished_at, At(100));
}

TEST_F(RosterTest, AnEndKeepsWhatIsKnown) {
  Container running = Named("a");
  running.init_pid = 5;
  roster_.Describe(kA, running, 0);
  changes_.Take();
  roster_.End(kA, std::nullopt, std::nullopt);
  const auto changes = changes_.Take();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0]->state, ContainerState::kExited);
  EXPECT_EQ(changes[0]->exit_code, std::nullopt);
  EXPECT_EQ(changes[0]->init_pid, std::nullopt);
  EXPECT_EQ(changes[0]->name, "a");
  roster_.End(FullId('f'), 1, std::nullopt);  // unknown: nothing to tell
  EXPECT_TRUE(changes_.Take().empty());
}

TEST_F(RosterTest, AForgottenContainerIsFollowedForAWhileLonger) {
  roster_.Ask(kA, kPath);
  roster_.Describe(kA, Named("a"), 0);
  roster_.Forget(kA);
  clock_.Pass(std::chrono::seconds(9));
  EXPECT_TRUE(roster_.Sweep().empty());
  roster_.Describe(kA, Named("a", ContainerState::kExited), 0);
  clock_.Pass(std::chrono::seconds(1));
  EXPECT_EQ(roster_.Sweep(), (std::vector<std::string>{kA}));
  EXPECT_FALSE(roster_.Look(kA));
}

TEST_F(RosterTest, ARestartBringsAForgottenContainerBack) {
  roster_.Ask(kA, kPath);
  roster_.Describe(kA, Named("a"), 0);
  roster_.Forget(kA);
  Container again = Named("a");
  again.started_at = At(200);
  roster_.Describe(kA, again, 0);
  clock_.Pass(std::chrono::seconds(100));
  EXPECT_TRUE(roster_.Sweep().empty());
  roster_.Forget(kA);
  roster_.Ask(kA, kPath);
  clock_.Pass(std::chrono::seconds(100));
  EXPECT_TRUE(roster_.Sweep().empty());
}

TEST_F(RosterTest, WhatEndedUnaskedOrWasNeverExplainedGoesToo) {
  roster_.Describe(kA, Named("a", ContainerState::kExited), 0);
  roster_.Ask(FullId('b'), "/x/" + FullId('b'));
  clock_.Pass(Roster::kKeepFor);
  EXPECT_EQ(roster_.Sweep(), (std::vector<std::string>{kA}));
  clock_.Pass(Roster::kKeepUndescribedFor);
  EXPECT_EQ(roster_.Sweep(), (std::vector<std::string>{FullId('b')}));
}

TEST_F(RosterTest, AGuessHoldsUntilSomebodyKnowsBetter) {
  roster_.Ask(kA, kPath);
  EXPECT_EQ(roster_.GuessAs(kA, Named(kA))->name, kA);
  EXPECT_EQ(roster_.Guesses(), (std::vector<std::string>{kA}));
  EXPECT_EQ(roster_.Describe(kA, Named("a"), Roster::kDisk)->name, "a");
  EXPECT_EQ(roster_.GuessAs(kA, Named(kA))->name, "a");
  EXPECT_TRUE(roster_.Guesses().empty());
}

TEST_F(RosterTest, IdsThatAreNotUniqueAreForgottenByIdToo) {
  Container web = Named("web");
  web.id = "web";
  roster_.Ask("/default/web", "/default/web");
  roster_.Describe("/default/web", web, Roster::kDisk);
  roster_.Forget("web");
  clock_.Pass(Roster::kKeepFor);
  EXPECT_EQ(roster_.Sweep(), (std::vector<std::string>{"/default/web"}));
}

constexpr int kRoots = 0;
constexpr int kUsers = 1;
const Roster::Speaker kAnna{kUsers, 1000};
const Roster::Speaker kAnnasFiles{Roster::kDisk, 1000};

TEST_F(RosterTest, AUsersWordCountsForTheUsersCgroupsOnly) {
  roster_.Ask(kA, kPath);
  EXPECT_EQ(roster_.Describe(kA, Named("spoofed"), kAnna), nullptr);
  roster_.GuessAs(kA, Named(kA));
  EXPECT_EQ(roster_.Describe(kA, Named("spoofed"), kAnnasFiles)->name, kA);
  roster_.End(kA, 1, std::nullopt, kAnna);
  EXPECT_EQ(roster_.Look(kA)->who->state, ContainerState::kRunning);
  EXPECT_TRUE(changes_.Take().empty());
  const std::string hers = "/anna/x";
  roster_.Ask(hers, hers);
  EXPECT_EQ(roster_.Describe(hers, Named("hers"), kAnnasFiles)->name, "hers");
  EXPECT_EQ(changes_.Take().size(), 1u);
}

TEST_F(RosterTest, AUsersWordNeverReplacesRootsButRootsReplacesAUsers) {
  roster_.Ask(kA, "/anna/" + kA);
  EXPECT_EQ(roster_.Describe(kA, Named("root"), Roster::kDisk)->name, "root");
  EXPECT_EQ(roster_.Describe(kA, Named("anna"), kAnna)->name, "root");
  roster_.End(kA, 1, std::nullopt, kAnna);
  EXPECT_EQ(roster_.Look(kA)->who->state, ContainerState::kRunning);
  roster_.SetEngineLive(kUsers, true);
  const std::string b = FullId('b');
  roster_.Ask(b, "/anna/" + b);
  EXPECT_EQ(roster_.Describe(b, Named("anna"), kAnna)->name, "anna");
  EXPECT_EQ(roster_.Describe(b, Named("file"), kAnnasFiles)->name, "anna");
  EXPECT_EQ(roster_.Describe(b, Named("root"), Roster::kDisk)->name, "root");
}

TEST_F(RosterTest, WhatAUserTellsUnaskedIsKeptForAWhileAndToldToNobody) {
  EXPECT_EQ(roster_.Describe(kA, Named("anna"), kAnna)->name, "anna");
  EXPECT_TRUE(changes_.Take().empty());
  EXPECT_EQ(roster_.Ask(kA, "/anna/" + kA).who->name, "anna");
  EXPECT_EQ(roster_.Ask(kA, kPath).who, nullptr);  // it is another's after all
  const std::string b = FullId('b');
  roster_.Describe(b, Named("anna"), kAnna);
  clock_.Pass(Roster::kKeepUndescribedFor);
  EXPECT_THAT(roster_.Sweep(), testing::Contains(b));
  for (size_t i = 0; i < Roster::kMostUnasked + 10; ++i)
    roster_.Describe(std::to_string(i), Named("x"), kAnna);
  EXPECT_EQ(roster_.KeysOf(kUsers).size(), Roster::kMostUnasked);
}

TEST_F(RosterTest, AUserWhoSaysTooMuchOfAContainerIsNotHeard) {
  Container who = Named("x");
  who.labels.assign(Roster::kMostOfAUsersWord / sizeof(Labels::value_type), {"", ""});
  EXPECT_EQ(roster_.Describe(kA, who, kAnna), nullptr);
  EXPECT_FALSE(roster_.Look(kA));
  EXPECT_TRUE(roster_.Describe(kA, who, kRoots)) << "root's containers may have any number of labels";
  who.labels.resize(who.labels.size() - 10);
  EXPECT_TRUE(roster_.Describe(FullId('b'), who, kAnna));
}

TEST_F(RosterTest, FilesAreNotBelievedWhileAnEngineIsListing) {
  roster_.Ask(kA, kPath);
  roster_.Describe(kA, Named("engine"), kRoots);
  EXPECT_EQ(roster_.Describe(kA, Named("file"), Roster::kDisk)->name, "engine");
  EXPECT_FALSE(roster_.Look(kA)->engine_is_live);
  roster_.SetEngineLive(kRoots, true);
  EXPECT_EQ(roster_.KeysOf(kRoots), (std::vector<std::string>{kA}));
  roster_.SetEngineLive(kRoots, false);
  EXPECT_EQ(roster_.Describe(kA, Named("file"), Roster::kDisk)->name, "file");
  roster_.Describe(kA, Named("engine"), kRoots);
  clock_.Pass(Roster::kSyncFor);  // it never came
  EXPECT_EQ(roster_.Describe(kA, Named("file"), Roster::kDisk)->name, "file");
}

}  // namespace
}  // namespace plimsoll::runtime
