#include "exporter/api/event_hub.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "manual_clock.h"
#include "unit/api/fakes.h"

namespace plimsoll::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = ContainerEvent::Kind;

// "name id" and data of each event of a text.
struct Sent {
  std::string name;
  uint64_t id = 0;
  nlohmann::json data;
};
std::vector<Sent> Parse(const std::string& text) {
  std::vector<Sent> all;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find("\n\n", at);
    Sent sent;
    for (size_t line = at; line < end;) {
      const size_t stop = std::min(text.find('\n', line), end);
      const std::string field = text.substr(line, stop - line);
      if (field.rfind("id: ", 0) == 0) sent.id = std::stoull(field.substr(4));
      if (field.rfind("event: ", 0) == 0) sent.name = field.substr(7);
      if (field.rfind("data: ", 0) == 0) sent.data = nlohmann::json::parse(field.substr(6));
      line = stop + 1;
    }
    all.push_back(sent);
    at = end + 2;
  }
  return all;
}

class EventHubTest : public testing::Test {
 protected:
  static constexpr size_t kRing = 4000;

  std::shared_ptr<const ReadingSet> Set(uint64_t size) {
    clock_.Pass(seconds(10));
    return SetBuilder(clock_.Wall()).Add(1, "web", size).Add(2, "db", size * 2).Done();
  }
  static std::vector<Sent> Next(EventHub::Listener& listener) {
    return Parse(listener.Next(milliseconds(0)));
  }
  static std::vector<std::string> Names(EventHub::Listener& listener) {
    std::vector<std::string> names;
    for (const Sent& sent : Next(listener)) names.push_back(sent.name);
    return names;
  }

  ManualClock clock_;
  EventHub hub_{clock_, kRing};
};

TEST_F(EventHubTest, ANewcomerGetsASnapshotOfNowAndThenWhatComes) {
  hub_.Observe(Set(3));
  EventHub::Listener listener(hub_, {}, 0);
  const auto first = Next(listener);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].name, "resource.snapshot");
  EXPECT_EQ(first[0].data["timestamp"], "2023-11-14T22:13:30.000Z");
  EXPECT_EQ(first[0].data["containers"][0]["container_id"], 1);
  EXPECT_EQ(first[0].data["containers"][0]["container_name"], "web");
  EXPECT_EQ(first[0].data["containers"][1]["cpu_percent"], 6);
  EXPECT_THAT(Next(listener), IsEmpty());
  hub_.Observe(Set(4));
  const auto second = Next(listener);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].id, first[0].id + 1);
  EXPECT_EQ(second[0].data["containers"][1]["cpu_percent"], 8);
}

TEST_F(EventHubTest, BeforeTheFirstSetThereIsNothingToSay) {
  EventHub::Listener listener(hub_, {}, 0);
  EXPECT_THAT(Names(listener), IsEmpty());
  hub_.Observe(Set(1));
  EXPECT_THAT(Names(listener), ElementsAre("resource.snapshot"));
}

TEST_F(EventHubTest, SnapshotsAreMadeOnlyWhileSomebodyListensOrJustDid) {
  EventHub hub(clock_);
  uint64_t last = 0;
  {
    EventHub::Listener listener(hub, {}, 0);
    hub.Observe(Set(1));
    last = Next(listener).back().id;
  }
  for (int tick = 0; tick < 5; ++tick) hub.Observe(Set(2));  // 50 s
  {
    EventHub::Listener back(hub, last, 0);
    const auto sent = Next(back);
    ASSERT_EQ(sent.size(), 1u);  // the newest says it all
    EXPECT_EQ(sent[0].id, last + 5);
  }
  for (int tick = 0; tick < 20; ++tick) hub.Observe(Set(3));
  EventHub::Listener late(hub, last + 5, 0);
  const auto sent = Next(late);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].id, last + 11);  // five more in the first minute, and the one made for it now
}

TEST_F(EventHubTest, SnapshotsLargerThanTheRingDriveNoEventOut) {
  const auto crowd = [&](Kind kind) {
    clock_.Pass(seconds(10));
    SetBuilder builder(clock_.Wall());
    for (uint32_t id = 1; id <= 1000; ++id) builder.Add(id, "web-" + std::to_string(id), id);
    return builder.Happened(kind, "web-1").Done();
  };
  EventHub hub(clock_);
  EventHub::Listener slow(hub, {}, 0);
  hub.Observe(crowd(Kind::kStart));
  hub.Publish("resource.alert", 1, "{}");
  hub.Observe(crowd(Kind::kOom));
  hub.Observe(crowd(Kind::kStop));
  std::vector<std::string> names;
  for (auto some = Names(slow); !some.empty(); some = Names(slow))
    names.insert(names.end(), some.begin(), some.end());
  EXPECT_THAT(names, ElementsAre("container.start", "resource.alert", "container.oom", "container.stop",
                                 "resource.snapshot"));
  EventHub::Listener back(hub, hub.first_id() + 1, 0);  // had the first snapshot
  std::vector<uint64_t> ids;
  for (auto some = Next(back); !some.empty(); some = Next(back))
    for (const Sent& sent : some) ids.push_back(sent.id - hub.first_id());
  EXPECT_THAT(ids, ElementsAre(2, 3, 5, 6));
}

TEST_F(EventHubTest, ASnapshotComesBetweenTheEventsWhereItWasTaken) {
  hub_.Publish("a", 0, "{}");
  EventHub::Listener listener(hub_, hub_.first_id() - 1, 0);
  hub_.Observe(Set(1));
  hub_.Publish("b", 0, "{}");
  EXPECT_THAT(Names(listener), ElementsAre("a", "resource.snapshot", "b"));
  EventHub::Listener newcomer(hub_, {}, 0);
  EXPECT_THAT(Names(newcomer), ElementsAre("resource.snapshot", "b"));
}

TEST_F(EventHubTest, OneContainersListenerGetsThatOneAlone) {
  EventHub::Listener listener(hub_, {}, 2);
  SetBuilder builder(clock_.Wall());
  builder.Add(1, "web", 1).Add(2, "db", 2).Add(3, "mq", 3);
  hub_.Observe(builder.Happened(Kind::kOom, "web").Happened(Kind::kOom, "db").Done());
  hub_.Publish("resource.alert", 1, R"({"container_id":1})");
  hub_.Publish("resource.alert", 2, R"({"container_id":2})");
  const auto sent = Next(listener);
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].name, "container.oom");
  EXPECT_EQ(sent[0].data["container_id"], 2);
  EXPECT_EQ(sent[1].data["containers"].size(), 1u);
  EXPECT_EQ(sent[1].data["containers"][0]["container_name"], "db");
  EXPECT_EQ(sent[2].data["container_id"], 2);
  for (const uint32_t end : {1u, 3u}) {
    EventHub::Listener other(hub_, {}, end);
    EXPECT_EQ(Next(other)[0].data["containers"][0]["container_id"], end);
  }
  EventHub::Listener nobody(hub_, {}, 4);
  EXPECT_THAT(Names(nobody), IsEmpty());
}

TEST_F(EventHubTest, WhatHappenedIsToldWithTheIdOfWhomItHappenedTo) {
  hub_.Observe(Set(1));
  EventHub::Listener listener(hub_, {}, 0);
  Names(listener);
  SetBuilder builder(clock_.Wall());
  builder.Add(2, "db", 1)
      .Happened(Kind::kStop, "web")
      .Happened(Kind::kStart, "db")
      .Happened(Kind::kStop, "brief");
  builder.set().events[0].exit_code = 137;
  hub_.Observe(builder.Done());
  const auto sent = Next(listener);
  ASSERT_EQ(sent.size(), 4u);
  EXPECT_EQ(sent[0].name, "container.stop");
  EXPECT_EQ(sent[0].data["container_id"], 1);
  EXPECT_EQ(sent[0].data["container_name"], "web");
  EXPECT_EQ(sent[0].data["exit_code"], 137);
  EXPECT_EQ(sent[1].name, "container.start");
  EXPECT_EQ(sent[1].data["container_id"], 2);
  EXPECT_FALSE(sent[1].data.contains("exit_code"));
  EXPECT_EQ(sent[2].data["container_id"], nullptr);  // came and went between two sets
  EXPECT_EQ(sent[2].data["exit_code"], nullptr);
  EXPECT_EQ(sent[3].name, "resource.snapshot");
}

TEST_F(EventHubTest, EventsOfPlainCgroupsAreNotTold) {
  EventHub::Listener listener(hub_, {}, 0);
  SetBuilder builder(clock_.Wall());
  auto slice = std::make_shared<Container>();
  slice->cgroup = "/system.slice/cron.service";
  builder.set().events.push_back({Kind::kStart, slice, clock_.Wall(), {}, 1});
  hub_.Observe(builder.Done());
  EXPECT_THAT(Names(listener), ElementsAre("resource.snapshot"));
}

TEST_F(EventHubTest, WhoComesAgainGetsWhatItMissed) {
  uint64_t last = 0;
  {
    EventHub::Listener listener(hub_, {}, 0);
    hub_.Publish("a", 0, "{}");
    last = Next(listener).back().id;
  }
  hub_.Publish("b", 0, "{}");
  hub_.Publish("c", 0, "{}");
  EventHub::Listener back(hub_, last, 0);
  EXPECT_THAT(Names(back), ElementsAre("b", "c"));
}

TEST_F(EventHubTest, ASlowListenerLosesTheOldestAndIsToldHowMany) {
  EventHub::Listener slow(hub_, {}, 0);
  EventHub::Listener quick(hub_, {}, 0);
  const std::string data = "{\"x\":\"" + std::string(400, 'x') + "\"}";
  for (int i = 0; i < 30; ++i) {
    hub_.Publish("n" + std::to_string(i), 0, data);
    EXPECT_THAT(Names(quick), ElementsAre("n" + std::to_string(i)));
  }
  const auto sent = Next(slow);
  ASSERT_GT(sent.size(), 2u);
  EXPECT_EQ(sent[0].name, "dropped");
  EXPECT_EQ(sent[0].id, 0u);
  EXPECT_EQ(sent[0].data["count"], 30 - (sent.size() - 1));
  EXPECT_EQ(sent.back().name, "n29");
  EXPECT_LT(sent.size(), kRing / data.size() + 2);
  EXPECT_THAT(Next(slow), IsEmpty());
}

TEST_F(EventHubTest, WhoWasAwayTooLongIsToldThatEventsAreLost) {
  const std::string data = "{\"x\":\"" + std::string(400, 'x') + "\"}";
  for (int i = 0; i < 30; ++i) hub_.Publish("n" + std::to_string(i), 0, data);
  EventHub::Listener late(hub_, hub_.first_id() + 3, 0);
  const auto sent = Next(late);
  ASSERT_GT(sent.size(), 2u);
  EXPECT_EQ(sent[0].name, "dropped");
  EXPECT_EQ(sent[0].data["count"], nullptr);  // some of the ids may have been snapshots
  EventHub::Listener in_time(hub_, sent[1].id - 1, 0);
  EXPECT_EQ(Next(in_time).size(), sent.size() - 1);
}

TEST_F(EventHubTest, AnEventLargerThanTheRingIsStillTold) {
  EventHub::Listener listener(hub_, {}, 0);
  hub_.Publish("small", 0, "{}");
  hub_.Publish("large", 0, "\"" + std::string(kRing * 2, 'x') + "\"");
  EXPECT_THAT(Names(listener), ElementsAre("dropped", "large"));
}

TEST_F(EventHubTest, AnIdOfAnotherRunGetsAllThereIsAndIsToldThatMoreMayBeLost) {
  hub_.Publish("a", 0, "{}");
  hub_.Publish("b", 0, "{}");
  for (const uint64_t id : {uint64_t{5}, uint64_t{1} << 60}) {
    EventHub::Listener listener(hub_, id, 0);
    const auto sent = Next(listener);
    ASSERT_EQ(sent.size(), 3u);
    EXPECT_EQ(sent[0].name, "dropped");
    EXPECT_EQ(sent[0].data["count"], nullptr);
    EXPECT_EQ(sent[2].name, "b");
    EXPECT_THAT(Next(listener), IsEmpty());
  }
}

TEST_F(EventHubTest, IdsGoOnGrowingOverARestart) {
  hub_.Publish("a", 0, "{}");
  EventHub::Listener before(hub_, uint64_t{5}, 0);
  const uint64_t id = Next(before).back().id;
  clock_.Pass(seconds(1));
  EventHub next(clock_);
  next.Publish("b", 0, "{}");
  EventHub::Listener listener(next, id, 0);
  const auto sent = Next(listener);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_GT(sent[1].id, id);
}

TEST_F(EventHubTest, AWaitingListenerIsWokenByAnEvent) {
  EventHub::Listener listener(hub_, {}, 0);
  std::thread publisher([&] {
    std::this_thread::sleep_for(milliseconds(20));
    hub_.Publish("a", 0, "{}");
  });
  EXPECT_THAT(listener.Next(seconds(30)), HasSubstr("event: a\n"));
  publisher.join();
}

TEST_F(EventHubTest, ManyListenersAndPublishersAgree) {
  constexpr int kEvents = 2000;
  EventHub hub(clock_);
  std::vector<std::thread> threads;
  std::atomic<int> heard{0};
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      EventHub::Listener listener(hub, hub.first_id() - 1, 0);
      for (uint64_t last = 0; last < hub.first_id() + 2 * kEvents - 1;) {
        for (const Sent& sent : Parse(listener.Next(milliseconds(50)))) {
          if (sent.name == "dropped") {
            heard += sent.data["count"].get<int>();
            continue;
          }
          if (last > 0) {
            EXPECT_GT(sent.id, last);
          }
          last = sent.id;
          ++heard;
        }
      }
    });
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kEvents; ++i) hub.Publish("e", 0, "{}");
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(heard, 3 * 2 * kEvents);
}

}  // namespace
}  // namespace plimsoll::api
