// What receivers are told beyond the alert itself: links, how grave it is, whose it is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "alerting/notify/drafts.h"
#include "alerting/notify/scrub.h"
#include "alerting/notify/signature.h"
#include "unit/notify/notify_fixture.h"

namespace plimsoll::alerting::testing {
namespace {

using nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

json BodyOf(const ReceiverConfig& receiver, const Message& message) {
  return json::parse(Compose(receiver, message, At(kNow)).value().front().body);
}
json BodyOf(ReceiverType type, const Message& message) { return BodyOf(ReceiverOf(type), message); }

Transition Graded(const std::string& severity) {
  Transition told = Fired();
  told.severity = severity;
  return told;
}

// Where nobody said what Plimsoll's address is.
TEST(WithoutAnExternalUrl, NobodyGetsALinkThatLeadsNowhere) {
  Transition bare = Fired();
  bare.annotations.clear();
  for (const std::vector<Transition>& told :
       {std::vector{bare}, std::vector{bare, OfAnother(bare, 9, "db")}}) {
    Message message = MessageOf(told);
    message.external_url.clear();
    message.dashboard_url.clear();
    EXPECT_FALSE(BodyOf(ReceiverType::kAlertmanager, message)[0].contains("generatorURL"));
    EXPECT_FALSE(BodyOf(ReceiverType::kDiscord, message)["embeds"][0].contains("url"));
    EXPECT_FALSE(BodyOf(ReceiverType::kGotify, message)["extras"].contains("client::notification"));
    EXPECT_FALSE(BodyOf(ReceiverType::kNtfy, message).contains("click"));
    const json pager = BodyOf(ReceiverType::kPagerduty, message);
    EXPECT_FALSE(pager.contains("client_url"));
    EXPECT_FALSE(pager.contains("links"));
    EXPECT_THAT(BodyOf(ReceiverType::kSlack, message).dump(), Not(HasSubstr("Open in Plimsoll")));
    EXPECT_THAT(BodyOf(ReceiverType::kTeams, message).dump(), Not(HasSubstr("Action.OpenUrl")));
    EXPECT_THAT(BodyOf(ReceiverType::kTelegram, message).dump(), Not(HasSubstr("<a ")));
    EXPECT_EQ(BodyOf(ReceiverType::kWebhook, message)["externalURL"], "");
  }
}

TEST(Severity, IsSeenInColoursAndPriorities) {
  const struct {
    const char* severity;
    int colour, priority;
  } cases[] = {{"critical", 0xd32f2f, 5}, {"error", 0xd32f2f, 5}, {"warning", 0xf9a825, 4},
               {"info", 0x1976d2, 3},     {"page", 0xf9a825, 4},  {"", 0xf9a825, 4}};
  for (const auto& one : cases) {
    const Message message = MessageOf({Graded(one.severity)});
    EXPECT_EQ(BodyOf(ReceiverType::kDiscord, message)["embeds"][0]["color"], one.colour) << one.severity;
    EXPECT_EQ(BodyOf(ReceiverType::kNtfy, message)["priority"], one.priority) << one.severity;
  }
}

TEST(Severity, OfAnEndIsAWarningWhereTheContainerIsGoneAndNewsOtherwise) {
  Transition gone = Resolved(), removed = OfAnother(Resolved(), 9, "db");
  gone.reason = ResolveReason::kStopped;
  removed.reason = ResolveReason::kRemoved;
  const struct {
    std::vector<Transition> told;
    const char* tag;
    bool is_quiet;
  } cases[] = {{{Resolved()}, "white_check_mark", true},
               {{gone, OfAnother(Resolved(), 9, "db")}, "warning", false},
               {{gone, removed}, "warning", false},
               {{Resolved(), removed}, "information_source", true},
               {{Graded("critical"), removed}, "rotating_light", false}};
  for (const auto& one : cases) {
    const Message message = MessageOf(one.told);
    EXPECT_EQ(BodyOf(ReceiverType::kNtfy, message)["tags"], json::array({one.tag}));
    EXPECT_EQ(BodyOf(ReceiverType::kTelegram, message)["disable_notification"], one.is_quiet) << one.tag;
  }
  EXPECT_EQ(BodyOf(ReceiverType::kPagerduty, MessageOf({gone}))["event_action"], "resolve");
}

TEST(Severity, OfSeveralIsTheWorstOfWhatFires) {
  Transition over = OfAnother(Resolved(), 9, "db");
  over.severity = "critical";
  const Message some = MessageOf({Graded("info"), over}), none = MessageOf({over});
  EXPECT_EQ(MessageText(some).Severity(), "info");
  EXPECT_EQ(MessageText(none).Severity(), "critical");
  const Message own = MessageOf({Graded("page"), OfAnother(Graded("ticket"), 9, "db")});
  EXPECT_EQ(MessageText(own).Severity(), "page") << "words of the user's own have no order";
}

TEST(Severity, ThatPagerDutyDoesNotKnowIsAWarning) {
  for (const char* severity : {"critical", "error", "warning", "info"})
    EXPECT_EQ(BodyOf(ReceiverType::kPagerduty, MessageOf({Graded(severity)}))["payload"]["severity"],
              severity);
  EXPECT_EQ(BodyOf(ReceiverType::kPagerduty, MessageOf({Graded("page")}))["payload"]["severity"], "warning");
}

TEST(Priority, OfTheReceiverIsForWhatFires) {
  for (const ReceiverType type : {ReceiverType::kNtfy, ReceiverType::kGotify}) {
    ReceiverConfig receiver = ReceiverOf(type);
    receiver.priority = 1;
    EXPECT_EQ(BodyOf(receiver, MessageOf({Fired()}))["priority"], 1);
    EXPECT_EQ(BodyOf(receiver, MessageOf({Resolved()}))["priority"], 3);
  }
}

// Of one that recovered while another of its group fires on.
Message PartlyRecovered() {
  Message message = MessageOf({Resolved()});
  message.others = {OfAnother(Fired(), 9, "shop-db-1")};
  message.left_out = 3;
  return message;
}

TEST(GroupThatFiresOn, IsFiringAsAlertmanagerTellsIt) {
  const json body = BodyOf(ReceiverType::kWebhook, PartlyRecovered());
  EXPECT_EQ(body["status"], "firing");
  EXPECT_EQ(body["truncatedAlerts"], 3);
  ASSERT_EQ(body["alerts"].size(), 2u);
  EXPECT_EQ(body["alerts"][0]["status"], "resolved");
  EXPECT_EQ(body["alerts"][1]["status"], "firing");
  EXPECT_EQ(body["alerts"][1]["labels"]["name"], "shop-db-1");
  EXPECT_EQ(body["alerts"][1]["endsAt"], "0001-01-01T00:00:00Z");
  EXPECT_FALSE(body["commonLabels"].contains("name"));
  EXPECT_EQ(body["commonLabels"]["alertname"], "ContainerMemoryHigh");
}

TEST(GroupThatFiresOn, IsSoForATemplateThatCanTellTheNews) {
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kJson);
  receiver.body_template =
      R"(["{{status}}", "{{headline}}"{{#alerts}}, "{{name}}{{#news}} news{{/news}}{{#last}}.{{/last}}"{{/alerts}}])";
  EXPECT_EQ(
      BodyOf(receiver, PartlyRecovered()),
      json({"firing", "Recovered: ContainerMemoryHigh on shop-web-1", "shop-web-1 news", "shop-db-1."}));
}

TEST(Discord, CallsItselfAsItIsTold) {
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kDiscord);
  EXPECT_FALSE(BodyOf(receiver, MessageOf({Fired()})).contains("username"));
  receiver.username = "plimsoll";
  EXPECT_EQ(BodyOf(receiver, MessageOf({Fired()}))["username"], "plimsoll");
}

// Discord answers 400 to an embed's url whose host has no dot, and the alert would be lost.
TEST(Discord, IsGivenNoUrlThatItRefuses) {
  const auto embed_with = [](const std::string& external_url) {
    Message message = MessageOf({Fired()});
    message.external_url = external_url;
    return BodyOf(ReceiverType::kDiscord, message)["embeds"][0];
  };
  for (const char* url : {"https://plimsoll.example:9797", "http://10.0.0.1:9797", "http://[fd00::1]:9797/p",
                          "http://host.lan", "http://a.b./p"}) {
    EXPECT_EQ(embed_with(url).value("url", ""), std::string(url) + "/#/containers/7");
    EXPECT_THAT(embed_with(url)["description"].get<std::string>(), Not(HasSubstr("/#/containers/7"))) << url;
  }
  for (const char* url :
       {"http://dockerhost:9797", "http://dockerhost", "http://localhost:9797/a.b", "http://localhost./"}) {
    EXPECT_FALSE(embed_with(url).contains("url")) << url;
    EXPECT_THAT(embed_with(url)["description"].get<std::string>(),
                EndsWith("\n<" + std::string(url) + "/#/containers/7>"));
  }
  EXPECT_FALSE(embed_with("https://plimsoll.example/" + std::string(2020, 'a')).contains("url"));
  EXPECT_FALSE(embed_with("").contains("url"));
}

TEST(Slack, KeepsALinkWholeWhateverIsInIt) {
  Message message = MessageOf({Fired()});
  message.external_url = "https://plimsoll.example/a|b&c<d";
  const std::string section =
      BodyOf(ReceiverType::kSlack, message)["attachments"][0]["blocks"][1]["text"]["text"];
  EXPECT_THAT(section,
              HasSubstr("<https://plimsoll.example/a%7Cb&amp;c&lt;d/#/containers/7|Open in Plimsoll>\n"));
}

TEST(PagerDuty, NamesTheSourceByItsInstanceElseByItsSubject) {
  EXPECT_EQ(BodyOf(ReceiverType::kPagerduty, MessageOf({Fired()}))["payload"]["source"], "db.example");
  Transition told = Fired();
  std::erase_if(told.labels, [](const auto& label) { return label.first == "instance"; });
  EXPECT_EQ(BodyOf(ReceiverType::kPagerduty, MessageOf({told}))["payload"]["source"], "shop-web-1");
}

TEST(PagerDuty, HasFortyDetailsAtMost) {
  Transition told = Fired();
  told.annotations.clear();
  for (int i = 100; i < 200; ++i) told.annotations.emplace_back("note" + std::to_string(i), "x");
  EXPECT_EQ(BodyOf(ReceiverType::kPagerduty, MessageOf({told}))["payload"]["custom_details"].size(), 40u);
}

TEST(Facts, LeaveOutWhatIsTheSummaryAlready) {
  Transition told = Fired();
  told.annotations = {{"description", "mine"}, {"note", "seen"}, {"summary", "mine, too"}};
  const Message message = MessageOf({told});
  const MessageText text(message);
  std::vector<std::string> names;
  for (const auto& [name, value] : text.alerts[0].Facts()) names.push_back(name);
  EXPECT_THAT(names, ::testing::Contains("note"));
  EXPECT_THAT(names, Not(::testing::Contains("summary")));
  EXPECT_THAT(names, Not(::testing::Contains("description")));
}

TEST(LinkText, IsOneOfPlainCharacters) {
  EXPECT_TRUE(IsLink("https://wiki.example/a_b?x=1&y=2#z"));
  EXPECT_TRUE(IsLink("http://h"));
  for (const char* text : {"", "wiki.example", "ftp://h", "https://h/a b", "https://h/a\nb", "https://h/ä",
                           "https://h/a>b", "https://h/a|b", "https://h/`"})
    EXPECT_FALSE(IsLink(text)) << text;
}

TEST(JoinedUrl, NeedsNoPathOfItsOwn) {
  EXPECT_EQ(JoinUrl("https://h", "/message"), "https://h/message");
  EXPECT_EQ(JoinUrl("https://h//", "/message"), "https://h/message");
  EXPECT_EQ(JoinUrl("https://h?a=/b/", "/message"), "https://h/message?a=/b/");
}

// A text in an error that looks like an escape and is none stays what it is.
TEST(Scrub, DecodesWholeEscapesAlone) {
  OutgoingRequest request;
  request.url = Secret("https://h/secret%2fPart/half%2/%zzno%2gno/tail-e%4");
  EXPECT_EQ(Scrub("a secret/Part b secret%2fPart c %zzno%2gno d tail-e%4 e", request),
            "a *** b *** c *** d *** e");
  request.url = Secret("https://h");
  EXPECT_EQ(Scrub("could not resolve host: h", request), "could not resolve host: h");
  request.url = Secret("h/secret-path");
  EXPECT_EQ(Scrub("bad URL h/secret-path", request), "bad URL ***") << "where the scheme was forgotten";
}

// openssl dgst -sha256 -hmac "" < /dev/null
TEST(HmacSha256, TakesAnEmptyKeyForAnEmptyKey) {
  const char* expected = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
  ASSERT_TRUE(HmacSha256("another", "key before"));
  EXPECT_EQ(HmacSha256("", "").value(), expected);
  EXPECT_EQ(HmacSha256(std::string_view(), "").value(), expected);
}

}  // namespace
}  // namespace plimsoll::alerting::testing
