// What a message says of its group beyond its news.

#include "unit/sidecar/outbox_fixture.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::seconds;

class OutboxGroupTest : public OutboxTest {
 protected:
  // "resolved a | b, c +2": the news, what else fires, and how much more does.
  static std::string Told(const std::optional<Parcel>& parcel) {
    std::string text = Words(parcel);
    if (!parcel) return text;
    for (const TransitionPtr& other : parcel->others)
      text += (other == parcel->others.front() ? " | " : ", ") + other->alert;
    if (parcel->left_out > 0) text += " +" + std::to_string(parcel->left_out);
    return text;
  }
  std::string TellNext() {
    Pass(seconds(5));
    const auto parcel = Next();
    if (parcel) outbox.Delivered(*parcel);
    return Told(parcel);
  }
  // kill -9.
  void Restart() {
    Outbox& anew = restarted_.emplace([this] { return die; });
    anew.Configure(config, now);
    anew.Restore(disk.Rows(), now);
  }

  std::optional<Outbox> restarted_;
};

TEST_F(OutboxGroupTest, AGroupFiresUntilTheLastOfItIsWell) {
  Fire("a");
  Fire("b");
  EXPECT_EQ(TellNext(), "fired a, fired b");
  Resolve("a");
  EXPECT_EQ(TellNext(), "resolved a | b");
  Fire("c");
  EXPECT_EQ(TellNext(), "fired c | b");
  Resolve("b");
  Resolve("c");
  EXPECT_EQ(TellNext(), "resolved b, resolved c");
}

TEST_F(OutboxGroupTest, OnlyTheGroupCounts) {
  config.group_by = {"name"};
  outbox.Configure(config, now);
  Fire("a");
  Fire("b");
  EXPECT_EQ(TellNext(), "fired a");
  EXPECT_EQ(TellNext(), "fired b");
  Resolve("a");
  EXPECT_EQ(TellNext(), "resolved a");
}

TEST_F(OutboxGroupTest, EveryTrySaysTheSameWhateverHappensMeanwhile) {
  Fire("a");
  Fire("b");
  EXPECT_EQ(TellNext(), "fired a, fired b");
  Resolve("a");
  Pass(seconds(5));
  const auto first = Next();
  EXPECT_EQ(Told(first), "resolved a | b");
  outbox.Retry(*first, "no connection", {}, now, Outbox::Fault::kReceiver);
  Resolve("b");
  Fire("c");
  Pass(seconds(5));
  EXPECT_EQ(Told(Next()), "resolved a | b");
  EXPECT_EQ(Next()->Key(), first->Key());
  Restart();
  EXPECT_EQ(Told(restarted_->Next("ops", now)), "resolved a | b");
  EXPECT_EQ(TellNext(), "resolved a | b");
  EXPECT_EQ(TellNext(), "resolved b, fired c");
}

TEST_F(OutboxGroupTest, WhatIsSilencedHoldsNoGroupOpen) {
  Fire("a");
  Fire("b");
  EXPECT_EQ(TellNext(), "fired a, fired b");
  silenced = {"b"};
  Resolve("a");
  EXPECT_EQ(TellNext(), "resolved a");
  silenced.clear();
  Fire("c");
  EXPECT_EQ(TellNext(), "fired c | b");
}

// Which of a message's alerts its receiver answers with an error, nobody knows: each is told by itself then.
TEST_F(OutboxGroupTest, AnAlertThatAlwaysFailsTakesNoOtherAlong) {
  const auto answer = [this] {
    const auto parcel = Next();
    if (!parcel) return std::string();
    const std::string told = Told(parcel);
    if (told.find("bad") == std::string::npos) {
      outbox.Delivered(*parcel);
      return told;
    }
    outbox.Retry(*parcel, "HTTP 500", {}, now);
    return "failed: " + told;
  };
  Fire("bad");
  Fire("worse");
  Write();
  Pass(seconds(5));
  Fire("a");
  Write();
  const std::string key = outbox.Waiting().at(1).Key();
  EXPECT_EQ(answer(), "failed: fired bad, fired worse");
  Pass(seconds(5));
  EXPECT_EQ(answer(), "failed: fired a | bad, worse");
  EXPECT_NE(outbox.Waiting().at(1).Key(), key) << "it says something else now";
  const std::string changed = outbox.Waiting().at(1).Key();
  Fire("b");
  Resolve("a");
  Write();
  Restart();
  EXPECT_EQ(restarted_->Waiting().at(1).Key(), changed);
  std::string delivered;
  for (int i = 0; i < 60; ++i) {
    Pass(seconds(5));
    const std::string told = answer();
    if (!told.empty() && !told.starts_with("failed")) delivered += (delivered.empty() ? "" : "; ") + told;
  }
  EXPECT_EQ(delivered, "fired b +2; fired a +2; resolved a | b +2");
}

TEST_F(OutboxGroupTest, WhatTheReceiverDoesNotKnowIsNotSaid) {
  muted = "silence 1";
  Fire("silent");
  muted = "";
  Fire("lost");
  Pass(seconds(5));
  const auto parcel = Next();
  EXPECT_EQ(Told(parcel), "fired lost");
  Fire("a");
  Write();  // while the other is on its way
  EXPECT_EQ(Told(outbox.Waiting().at(1)), "fired a | lost");
  outbox.Refused(*parcel, "HTTP 400", now);
  EXPECT_EQ(TellNext(), "fired a");
}

TEST_F(OutboxGroupTest, WhatABodyHasNoRoomForIsCountedAndOneIsAlwaysThere) {
  const size_t most = Outbox::kMostTogether;
  for (size_t i = 0; i < most + 2; ++i) Fire("a" + std::to_string(10'000 + i));
  Pass(seconds(5));
  auto parcel = Next();
  ASSERT_EQ(parcel->transitions.size(), most);
  EXPECT_TRUE(parcel->others.empty()) << "the rest is told by the next one";
  EXPECT_EQ(parcel->left_out, 0U);
  outbox.Delivered(*parcel);
  parcel = Next();
  ASSERT_EQ(parcel->transitions.size(), 2U);
  EXPECT_EQ(parcel->others.size(), most - 2);
  EXPECT_EQ(parcel->left_out, 2U);
  outbox.Delivered(*parcel);
  for (size_t i = 0; i < most; ++i) Resolve("a" + std::to_string(10'000 + i));
  Pass(seconds(5));
  parcel = Next();
  ASSERT_EQ(parcel->transitions.size(), most);
  EXPECT_EQ(parcel->others.size(), 1U);
  EXPECT_EQ(parcel->left_out, 1U);
}

TEST_F(OutboxGroupTest, ChatsAreToldNewsAndNoMore) {
  config.receivers[0].type = ReceiverType::kSlack;
  outbox.Configure(config, now);
  Fire("a");
  EXPECT_EQ(TellNext(), "fired a");
  Fire("b");
  EXPECT_EQ(TellNext(), "fired b");
}

}  // namespace
}  // namespace plimsoll::alerting
