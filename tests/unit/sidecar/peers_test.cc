#include "alerting/sidecar/peers.h"

#include <gtest/gtest.h>

#include <map>

namespace plimsoll::alerting {
namespace {

using Kind = SendResult::Kind;
using std::chrono::seconds;

class PeersTest : public testing::Test, public Sender {
 protected:
  PeersTest() {
    for (const char* url : {"http://a/", "http://b/"}) {
      requests_.emplace_back();
      requests_.back().url = Secret(url);
      answers_[url].kind = Kind::kDelivered;
    }
  }
  SendResult Send(const OutgoingRequest& request) override {
    asked_ += request.url.Reveal().substr(7, 1);
    return answers_[request.url.Reveal()];
  }
  void Answer(const char* url, Kind kind, const std::string& error) {
    answers_[url] = SendResult();
    answers_[url].kind = kind;
    answers_[url].error = error;
  }
  // What came of one message.
  SendResult Try() {
    asked_.clear();
    auto answer = peers_.Send(*this, requests_, now_);
    news_.clear();
    for (const Peers::News& one : answer.news)
      news_ += std::to_string(one.place) + (one.is_first ? "!" : "") + one.error + " ";
    return answer.result;
  }

  std::vector<OutgoingRequest> requests_;
  std::map<std::string, SendResult> answers_;
  Peers peers_;
  MonoTime now_{seconds(1000)};
  std::string asked_, news_;
};

TEST_F(PeersTest, OneThatTakesItIsEnoughWhereverItStands) {
  Answer("http://b/", Kind::kRetry, "HTTP 503");
  EXPECT_EQ(Try().kind, Kind::kDelivered);
  Answer("http://b/", Kind::kDelivered, "");
  Answer("http://a/", Kind::kRefused, "HTTP 404");
  EXPECT_EQ(Try().kind, Kind::kDelivered);
}

TEST_F(PeersTest, WhatOneMayTakeLaterIsNotRefused) {
  Answer("http://a/", Kind::kRetry, "HTTP 503");
  Answer("http://b/", Kind::kRefused, "HTTP 404");
  const SendResult result = Try();
  EXPECT_EQ(result.kind, Kind::kRetry);
  EXPECT_EQ(result.error, "HTTP 503");
  Answer("http://a/", Kind::kRefused, "HTTP 400");
  EXPECT_EQ(Try().kind, Kind::kRefused);
}

TEST_F(PeersTest, OnlyWhatHoldsForAllOfThemHoldsForAllMessages) {
  Answer("http://a/", Kind::kRetry, "no connection");
  answers_["http://a/"].holds_for_all = true;
  answers_["http://a/"].retry_after = seconds(60);
  Answer("http://b/", Kind::kRetry, "HTTP 500");
  EXPECT_FALSE(Try().holds_for_all);
  EXPECT_FALSE(Try().retry_after);
  answers_["http://b/"].holds_for_all = true;
  answers_["http://b/"].retry_after = seconds(9);
  EXPECT_TRUE(Try().holds_for_all);
  EXPECT_EQ(Try().retry_after, seconds(9));
}

TEST_F(PeersTest, OneThatFailedIsLeftOutForAWhile) {
  Answer("http://a/", Kind::kRetry, "no connection");
  Try();
  EXPECT_EQ(asked_, "ab");
  Try();
  EXPECT_EQ(asked_, "b");
  now_ += Peers::kRest;
  Try();
  EXPECT_EQ(asked_, "ab");
  Answer("http://b/", Kind::kRetry, "no connection");
  EXPECT_EQ(Try().kind, Kind::kRetry);
  EXPECT_EQ(asked_, "ba") << "when no other takes it";
  Answer("http://a/", Kind::kDelivered, "");
  EXPECT_EQ(Try().kind, Kind::kDelivered);
}

TEST_F(PeersTest, AFailureBesideAnotherIsToldOnceAnEpisode) {
  Answer("http://b/", Kind::kRetry, "HTTP 503");
  Try();
  EXPECT_EQ(news_, "2!HTTP 503 ");
  now_ += Peers::kRest;
  Try();
  EXPECT_EQ(news_, "2HTTP 503 ");
  now_ += Peers::kRest;
  Answer("http://b/", Kind::kDelivered, "");
  Try();
  EXPECT_EQ(news_, "2! ");
  Try();
  EXPECT_EQ(news_, "");
}

}  // namespace
}  // namespace plimsoll::alerting
