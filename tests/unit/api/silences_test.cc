#include <gmock/gmock.h>

#include "exporter/api/silence_text.h"
#include "unit/api/api_fixture.h"

namespace plimsoll::api {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using Json = nlohmann::json;

// The fixture's clock begins at 2023-11-14T22:13:20Z.
const WallTime kNow = ManualClock().Wall();
const std::string kPath = "/api/v1/silences";
constexpr const char* kDb =
    R"({"matchers": [{"name": "name", "value": "db"}], "ends_at": "2023-11-14T23:00:00Z", "comment": "moves"})";

class SilencesTest : public ApiTest {
 protected:
  http::Reply Post(const std::string& body, const std::string& type = "application/json") {
    return http::RawClient(port_).Ask(
        "POST " + kPath + " HTTP/1.1\r\nHost: box:9797\r\nContent-Type: " + type +
        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  Answer Delete(const std::string& id) {
    return Read(
        http::RawClient(port_).Ask("DELETE " + kPath + "/" + id + " HTTP/1.1\r\nHost: box:9797\r\n\r\n"));
  }
};

TEST_F(SilencesTest, WhatIsPostedIsAnsweredListedAndShownAlone) {
  Start();
  const Answer made = Read(Post(
      R"({"matchers": [{"name": "name", "value": "web|db", "is_regex": true},)"
      R"( {"name": "severity", "value": "critical", "is_equal": false}], "starts_at": "2023-11-14T23:00:00Z",)"
      R"( "ends_at": "1700010000", "comment": "moves", "created_by": "anna"})"));
  EXPECT_EQ(made.status, 201);
  const Json expected = {
      {"id", 1},
      {"state", "pending"},
      {"matchers",
       {{{"name", "name"}, {"value", "web|db"}, {"is_regex", true}, {"is_equal", true}},
        {{"name", "severity"}, {"value", "critical"}, {"is_regex", false}, {"is_equal", false}}}},
      {"starts_at", "2023-11-14T23:00:00.000Z"},
      {"ends_at", "2023-11-15T01:00:00.000Z"},
      {"comment", "moves"},
      {"created_by", "anna"},
      {"created_at", "2023-11-14T22:13:20.000Z"}};
  EXPECT_EQ(made.json, expected);
  EXPECT_EQ(Get(kPath).json, Json({{"silences", {expected}}}));
  EXPECT_EQ(Get(kPath + "/1").json, expected);
}

TEST_F(SilencesTest, TheStateIsThatOfNow) {
  Start();
  ASSERT_EQ(Post(R"({"matchers": [{"name": "name", "value": "x"}], "starts_at": "2023-11-14T22:20:00Z",)"
                 R"( "ends_at": "2023-11-14T22:30:00Z"})")
                .status,
            201);
  EXPECT_EQ(Get(kPath + "/1").json["state"], "pending");
  clock_.Pass(std::chrono::minutes(10));
  EXPECT_EQ(Get(kPath + "/1").json["state"], "active");
  clock_.Pass(std::chrono::minutes(10));
  EXPECT_EQ(Get(kPath + "/1").json["state"], "expired");
  EXPECT_EQ(Get(kPath).json["silences"][0]["state"], "expired") << "it stays in the list for a while";
}

TEST_F(SilencesTest, ADeletedOneIsGone) {
  Start();
  ASSERT_EQ(Post(kDb).status, 201);
  ASSERT_EQ(Post(kDb).status, 201);
  EXPECT_EQ(Delete("1").json, Json({{"id", 1}, {"deleted", true}}));
  EXPECT_EQ(Delete("1").status, 404);
  const Json left = Get(kPath).json["silences"];
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0]["id"], 2);
}

TEST_F(SilencesTest, AnIdThatIsNoneIsNotFound) {
  Start();
  ASSERT_EQ(Post(kDb).status, 201);
  for (const char* id : {"2", "0", "-1", "x", "1x", "99999999999"}) {
    EXPECT_EQ(Get(kPath + "/" + id).code(), "UNKNOWN_SILENCE") << id;
    EXPECT_EQ(Delete(id).code(), "UNKNOWN_SILENCE") << id;
  }
  EXPECT_EQ(Get(kPath).json["silences"].size(), 1u);
}

TEST_F(SilencesTest, WithoutTheAdminApiNothingChanges) {
  Start(false);
  EXPECT_EQ(Read(Post(kDb)).code(), "ADMIN_API_DISABLED");
  EXPECT_EQ(Delete("1").code(), "ADMIN_API_DISABLED");
  EXPECT_EQ(Get(kPath).json, Json({{"silences", Json::array()}}));
}

TEST_F(SilencesTest, OnlyJsonIsTaken) {
  Start();
  EXPECT_EQ(Post(kDb, "text/plain").status, 415);
  EXPECT_EQ(Read(Post("{}")).code(), "BAD_SILENCE");
  EXPECT_EQ(Get(kPath).json["silences"].size(), 0u);
}

TEST_F(SilencesTest, WhatTheDiskRefusesDoesNotCount) {
  Start();
  ASSERT_EQ(Post(kDb).status, 201);
  store_.history().fails = true;
  const Answer refused = Read(Post(kDb));
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.message(), HasSubstr("the silence is not kept: disk I/O error"));
  EXPECT_EQ(Delete("1").status, 503);
  store_.history().fails = false;
  EXPECT_EQ(Get(kPath).json["silences"].size(), 1u);
}

TEST_F(SilencesTest, ThereAreAtMostAThousand) {
  Start();
  alerting::Silence silence;
  silence.matchers = {{"name", LabelMatcher::Op::kEqual, "x"}};
  silence.ends_at = kNow + hours(1);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(sidecar_->AddSilence(silence));
  EXPECT_EQ(Read(Post(kDb)).code(), "TOO_MANY_SILENCES");
  EXPECT_EQ(Delete("7").status, 200);
  EXPECT_EQ(Post(kDb).status, 201);
}

std::string Refusal(const std::string& json) {
  const auto silence = ReadSilence(json, kNow);
  return silence ? "" : silence.error().message;
}
// A silence with this in place of its matchers, else without fault.
std::string RefusalOfMatchers(const std::string& matchers) {
  return Refusal(R"({"ends_at": "2023-11-14T23:00:00Z", "matchers": )" + matchers + "}");
}
std::string RefusalWith(const std::string& more) {
  return Refusal(R"({"matchers": [{"name": "name", "value": "x"}], )" + more + "}");
}

TEST(SilenceTextTest, BeginsNowWhereNothingElseIsSaid) {
  const auto silence = ReadSilence(kDb, kNow);
  ASSERT_TRUE(silence) << silence.error().message;
  EXPECT_EQ(silence->starts_at, kNow);
  EXPECT_EQ(silence->created_at, kNow);
  EXPECT_EQ(silence->created_by, "");
}

TEST(SilenceTextTest, MatchersSayWhetherTheyAreEqualOrRegular) {
  using Op = LabelMatcher::Op;
  const auto silence = ReadSilence(
      R"({"ends_at": "2023-11-14T23:00:00Z", "matchers": [{"name": "a", "value": "b"},)"
      R"( {"name": "a", "value": "", "is_equal": false}, {"name": "a", "value": "b", "is_regex": true},)"
      R"( {"name": "a", "value": "b", "is_regex": true, "is_equal": false}]})",
      kNow);
  ASSERT_TRUE(silence) << silence.error().message;
  std::vector<Op> ops;
  for (const LabelMatcher& matcher : silence->matchers) ops.push_back(matcher.op);
  EXPECT_THAT(ops, testing::ElementsAre(Op::kEqual, Op::kNotEqual, Op::kRegex, Op::kNotRegex));
}

TEST(SilenceTextTest, MatchersThatAreNoneAreSaid) {
  EXPECT_EQ(RefusalOfMatchers(R"("x")"), "matchers must be a list, not a string");
  EXPECT_EQ(RefusalOfMatchers("[1]"), "a matcher must be an object, not a number");
  EXPECT_EQ(RefusalOfMatchers(R"([{"name": "a"}])"), "a matcher needs a name and a value");
  EXPECT_EQ(RefusalOfMatchers(R"([{"value": "a"}])"), "a matcher needs a name and a value");
  EXPECT_EQ(RefusalOfMatchers(R"([{"name": null, "value": "a"}])"), "name must be a text, not a null");
  EXPECT_EQ(RefusalOfMatchers(R"([{"name": "a", "value": 1}])"), "value must be a text, not a number");
  EXPECT_EQ(RefusalOfMatchers(R"([{"name": "a", "value": "b", "is_regex": "yes"}])"),
            "is_regex must be true or false, not a string");
  EXPECT_EQ(RefusalOfMatchers(R"([{"name": "a", "value": "b", "isEqual": true}])"),
            "\"isEqual\" is no part of a matcher: accepted are name, value, is_regex and is_equal");
  EXPECT_THAT(RefusalOfMatchers("[]"), HasSubstr("matchers are missing; for example: {"));
  EXPECT_NE(RefusalOfMatchers(R"([{"name": "a", "value": "(", "is_regex": true}])"), "");
  EXPECT_THAT(RefusalOfMatchers(R"([{"name": "a", "value": "b", "is_equal": false}])"),
              HasSubstr("at least one must need a value"));
  EXPECT_EQ(RefusalOfMatchers(R"([{"name": "a", "value": ")" + std::string(1025, 'x') + R"("}])"),
            "value must be at most 1024 bytes long");
}

TEST(SilenceTextTest, TimesMustMakeAnEndToCome) {
  EXPECT_EQ(RefusalWith(R"("comment": "why")"), "ends_at is missing: a silence must end");
  EXPECT_EQ(RefusalWith(R"("ends_at": "2023-11-14T22:13:20Z")"),
            "ends_at must be later than starts_at and than now");
  EXPECT_EQ(RefusalWith(R"("starts_at": "2023-11-15T00:00:00Z", "ends_at": "2023-11-15T00:00:00Z")"),
            "ends_at must be later than starts_at and than now");
  EXPECT_THAT(RefusalWith(R"("ends_at": "tomorrow")"), HasSubstr("ends_at must be a time"));
  EXPECT_THAT(RefusalWith(R"("starts_at": "", "ends_at": "2023-11-15T00:00:00Z")"),
              HasSubstr("starts_at must be a time"));
  EXPECT_EQ(RefusalWith(R"("ends_at": 1700010000)"), "ends_at must be a text, not a number");
  EXPECT_EQ(RefusalWith(R"("starts_at": "2023-11-14T20:00:00Z", "ends_at": "2023-11-14T23:00:00Z")"), "")
      << "it may have begun before it was said";
}

TEST(SilenceTextTest, OtherFieldsAreSaid) {
  EXPECT_EQ(RefusalWith(R"("createdBy": "anna", "ends_at": "2023-11-15T00:00:00Z")"),
            "\"createdBy\" is no part of a silence: accepted are matchers, starts_at, ends_at, comment and "
            "created_by");
  EXPECT_EQ(RefusalWith(R"("comment": ["a"], "ends_at": "2023-11-15T00:00:00Z")"),
            "comment must be a text, not an array");
  for (const char* text : {"", "[]", "null", "{", R"([{"matchers": []}])"})
    EXPECT_THAT(Refusal(text), HasSubstr("the body must be a JSON object such as {\"matchers\"")) << text;
}

}  // namespace
}  // namespace plimsoll::api
