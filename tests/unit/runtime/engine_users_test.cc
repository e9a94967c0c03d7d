#include "unit/runtime/engine_watcher_fixture.h"

namespace plimsoll::runtime {
namespace {

// Any local user can make up an engine.
class UsersEngineTest : public EngineWatcherTest {
 protected:
  UsersEngineTest() {
    EngineOptions options = Options();
    options.user = 1000;
    users_.emplace(options, notebook_);
  }
  void BecomeLive() {
    users_->Start();
    ASSERT_TRUE(Eventually([&] { return notebook_.live() == 1; }));
  }
  static std::string IdOf(int number) {
    char id[65];
    std::snprintf(id, sizeof id, "%064x", number);
    return id;
  }

  std::optional<EngineWatcher> users_;
};

TEST_F(UsersEngineTest, AListOfMoreThanOneMegabyteIsRefused) {
  engine_.SetFault([&](const std::string& target) -> std::optional<std::string> {
    if (target.find("/containers/json") == std::string::npos) return std::nullopt;
    return FakeEngine::Ok("[" + std::string(1 << 20, ' ') + "]");
  });
  users_->Start();
  EXPECT_TRUE(Eventually([&] {
    const auto health = users_->health();
    return health && health->last_error.find("larger than 1048576") != std::string::npos;
  }));
  EXPECT_EQ(notebook_.live(), 0);
  watcher_.Start();
  EXPECT_TRUE(Eventually([&] { return notebook_.live() == 1; })) << "root's may be longer";
}

TEST_F(UsersEngineTest, ADescriptionOfMoreThanAQuarterOfAMegabyteIsRefused) {
  engine_.Put(kA, "a", "running");
  engine_.Put(kB, "b", "running");
  engine_.SetFault([&](const std::string& target) -> std::optional<std::string> {
    if (target.find(kA) == std::string::npos) return std::nullopt;
    return FakeEngine::Ok("{\"Id\":\"" + kA + "\"" + std::string(256 << 10, ' ') + "}");
  });
  BecomeLive();
  EXPECT_TRUE(notebook_.Known(kB));
  EXPECT_FALSE(notebook_.Known(kA));
  watcher_.Start();
  EXPECT_TRUE(Eventually([&] { return notebook_.live() == 2; }));
  EXPECT_TRUE(notebook_.Known(kA)) << "root's may be longer";
}

TEST_F(UsersEngineTest, MoreEventsThanCanBeFollowedAreCaughtUpWithByTheList) {
  constexpr int kMany = 1400;
  BecomeLive();
  std::string events;
  for (int i = 0; i < kMany; ++i) {
    engine_.Put(IdOf(i), "x", "running");
    events += "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"" + IdOf(i) + "\"}}\n";
  }
  engine_.SendLine(events);
  EXPECT_TRUE(Eventually([&] { return notebook_.live() == 2; }));
  EXPECT_EQ(notebook_.lost(), 1);
  for (int i = 0; i < kMany; ++i) EXPECT_TRUE(notebook_.Known(IdOf(i)));
}

TEST_F(UsersEngineTest, WhatManyLongEventsSayIsNotKept) {
  BecomeLive();
  // Each is tried again, so that they come faster than they go.
  engine_.SetFault([](const std::string& target) -> std::optional<std::string> {
    if (!target.ends_with("/json")) return std::nullopt;
    return "HTTP/1.1 500 Busy\r\nContent-Length: 0\r\n\r\n";
  });
  for (int i = 0; i < 1000 && notebook_.lost() == 0; ++i)
    engine_.SendEvent("start", IdOf(i), ",\"label\":\"" + std::string(7000, 'x') + "\"");
  EXPECT_TRUE(Eventually([&] { return notebook_.lost() > 0; }));
}

}  // namespace
}  // namespace plimsoll::runtime
