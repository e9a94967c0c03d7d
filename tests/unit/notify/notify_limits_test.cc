// Whatever containers are called and however many alert: no service's limit is
// broken, nothing but the text we mean is marked up, and nobody is pinged.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "alerting/text/bounded_text.h"
#include "model/utf8.h"
#include "unit/notify/notify_fixture.h"

namespace plimsoll::alerting::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ValuesIn;

constexpr const char* kHostile = "<!channel> <@U1> @everyone *a* _b_ `c` [d](http://e) & \"f\" \\ <b> 🔥";

// Every text that is told is `name`.
Transition Named(const std::string& name) {
  Transition told = Fired();
  told.name = told.image = told.compose_project = name;
  for (Consumer& consumer : told.top_consumers) consumer.name = name;
  for (auto& [key, value] : told.labels) value = name;
  told.annotations = {{"note", name}};
  return told;
}

std::string Long(size_t characters, const std::string& character) {
  std::string text;
  for (size_t i = 0; i < characters; ++i) text += character;
  return text;
}

std::vector<Message> Extremes() {
  std::vector<Message> messages = {MessageOf({Named(kHostile)}), MessageOf({Named("")})};
  for (const char* character : {"x", "🔥", "<", "\\", "\"", "é", "*"}) {
    messages.push_back(MessageOf({Named(Long(1024, character))}));
    Transition endless = Named(Long(1024, character));
    endless.annotations = {{"note", Long(50'000, character)}};
    endless.rule = Long(1024, character);
    messages.push_back(MessageOf({endless}));
    messages.push_back(MessageOf({endless, endless, endless}));
  }
  std::vector<Transition> storm;
  for (uint32_t i = 0; i < 1000; ++i)
    storm.push_back(OfAnother(Fired(), i + 1, kHostile + std::to_string(i)));
  messages.push_back(MessageOf(std::move(storm)));
  return messages;
}

bool IsUtf8(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = Utf8Length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

// All texts of a body.
void Walk(const json& node, const std::function<void(const std::string&)>& see) {
  if (node.is_string()) see(node.get<std::string>());
  for (const auto& child : node)
    if (node.is_structured()) Walk(child, see);
}

size_t Units(const json& text) { return TextLength(text.get<std::string>(), TextUnit::kUtf16); }

void CheckSlack(const json& body) {
  EXPECT_LE(Units(body["text"]), 40'000u);
  const json& blocks = body["attachments"][0]["blocks"];
  EXPECT_LE(blocks.size(), 50u);
  EXPECT_LE(Units(blocks[0]["text"]["text"]), 150u);
  for (size_t i = 1; i < blocks.size(); ++i) EXPECT_LE(Units(blocks[i]["text"]["text"]), 3000u);
}

void CheckDiscord(const json& body) {
  EXPECT_LE(Units(body["content"]), 2000u);
  const json& embed = body["embeds"][0];
  EXPECT_LE(Units(embed["title"]), 256u);
  EXPECT_LE(Units(embed["description"]), 4096u);
  EXPECT_LE(Units(embed["title"]) + Units(embed["description"]), 6000u);
  EXPECT_EQ(body["allowed_mentions"], json({{"parse", json::array()}}));
}

void CheckLimits(ReceiverType type, const std::string& bytes) {
  const json body = json::parse(bytes);
  switch (type) {
    case ReceiverType::kSlack:
      return CheckSlack(body);
    case ReceiverType::kDiscord:
      return CheckDiscord(body);
    case ReceiverType::kTeams:
      EXPECT_LE(bytes.size(), 28'000u);
      return;
    case ReceiverType::kTelegram:
      EXPECT_LE(Units(body["text"]), 4096u);
      return;
    case ReceiverType::kNtfy:
      EXPECT_LE(body["message"].get<std::string>().size(), 4096u);
      EXPECT_LE(body["title"].get<std::string>().size(), 250u);
      return;
    case ReceiverType::kGotify:
      EXPECT_LE(body["message"].get<std::string>().size(), 65'535u);
      return;
    case ReceiverType::kPagerduty:
      EXPECT_LE(Units(body["payload"]["summary"]), 1024u);
      EXPECT_LE(bytes.size(), 512'000u);
      return;
    default:
      return;
  }
}

class Limits : public ::testing::TestWithParam<ReceiverType> {};

TEST_P(Limits, HoldForEveryExtreme) {
  for (const Message& message : Extremes()) {
    const auto requests = Compose(ReceiverOf(GetParam()), message, At(kNow));
    ASSERT_TRUE(requests) << requests.error().message;
    ASSERT_FALSE(requests->empty());
    for (const OutgoingRequest& request : *requests) {
      EXPECT_TRUE(IsUtf8(request.body));
      ASSERT_TRUE(json::accept(request.body)) << request.body.substr(0, 400);
      CheckLimits(GetParam(), request.body);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryReceiver, Limits, ValuesIn(kReceiverTypes),
                         [](const auto& each) { return ReceiverTypeName(each.param); });

json BodyOf(ReceiverType type, const Message& message) {
  return json::parse(Compose(ReceiverOf(type), message, At(kNow))->front().body);
}

TEST(Cutting, IsMarked) {
  Transition endless = Named("web");
  endless.annotations = {{"note", Long(50'000, "x")}};
  const Message message = MessageOf({endless});
  for (const ReceiverType type : {ReceiverType::kSlack, ReceiverType::kDiscord, ReceiverType::kTeams,
                                  ReceiverType::kTelegram, ReceiverType::kNtfy, ReceiverType::kPagerduty}) {
    size_t marks = 0;
    Walk(BodyOf(type, message),
         [&](const std::string& text) { marks += text.find("…") != std::string::npos ? 1 : 0; });
    EXPECT_GE(marks, 1u) << ReceiverTypeName(type);
  }
}

TEST(Cutting, OfAStormSaysHowManyAreMissing) {
  std::vector<Transition> storm;
  for (uint32_t i = 0; i < 1000; ++i) storm.push_back(OfAnother(Fired(), i + 1, "web-" + std::to_string(i)));
  const Message message = MessageOf(std::move(storm));
  for (const ReceiverType type : {ReceiverType::kSlack, ReceiverType::kDiscord, ReceiverType::kTeams,
                                  ReceiverType::kTelegram, ReceiverType::kNtfy, ReceiverType::kGotify}) {
    size_t shown = 0, missing = 0;
    Walk(BodyOf(type, message), [&](const std::string& text) {
      // Each alert that is shown has its summary once.
      for (size_t at = text.find("threshold "); at != std::string::npos; at = text.find("threshold ", at + 1))
        ++shown;
      if (const size_t at = text.find("… and "); at != std::string::npos)
        missing = std::stoul(text.substr(at + std::string("… and ").size()));
    });
    EXPECT_GE(shown, 5u) << ReceiverTypeName(type);
    EXPECT_EQ(shown + missing, 1000u) << ReceiverTypeName(type);
  }
}

TEST(Escaping, LeavesSlackNoMentionAndNoMarkup) {
  const json body = BodyOf(ReceiverType::kSlack, MessageOf({Named(kHostile)}));
  EXPECT_THAT(body["text"].get<std::string>(), Not(HasSubstr("<")));
  const std::string section = body["attachments"][0]["blocks"][1]["text"]["text"];
  EXPECT_THAT(section, HasSubstr("&lt;!channel&gt; &lt;@U1&gt;"));
  EXPECT_THAT(section, Not(HasSubstr("<!")));
  EXPECT_EQ(body["attachments"][0]["blocks"][1]["text"]["verbatim"], true);
  EXPECT_EQ(body["link_names"], false);
}

TEST(Escaping, LeavesTelegramNoTagButOurs) {
  const json body = BodyOf(ReceiverType::kTelegram, MessageOf({Named(kHostile)}));
  const std::string text = body["text"];
  EXPECT_THAT(text, HasSubstr("&lt;!channel&gt;"));
  EXPECT_THAT(text, HasSubstr("&lt;b&gt;"));
  EXPECT_THAT(text, Not(HasSubstr("@everyone")));
  for (size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
    const std::string tag = text.substr(at, 4);
    EXPECT_TRUE(tag.starts_with("<b>") || tag == "</b>" || tag.starts_with("<a ") || tag == "</a>") << tag;
  }
}

TEST(Escaping, LeavesTelegramNoTagOpenWhereItCuts) {
  for (const Message& message : Extremes()) {
    const std::string text = BodyOf(ReceiverType::kTelegram, message)["text"];
    const auto count = [&](const std::string& what) {
      size_t n = 0;
      for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
      return n;
    };
    EXPECT_EQ(count("<b>"), count("</b>"));
    EXPECT_EQ(count("<a "), count("</a>"));
    const size_t ampersand = text.rfind('&');
    if (ampersand != std::string::npos) {
      EXPECT_NE(text.find(';', ampersand), std::string::npos);
    }
  }
}

TEST(Escaping, LeavesDiscordNoMarkup) {
  const json body = BodyOf(ReceiverType::kDiscord, MessageOf({Named(kHostile)}));
  EXPECT_THAT(body["content"].get<std::string>(),
              HasSubstr(R"(\<!channel\> \<\@U1\> \@everyone \*a\* \_b\_)"));
}

TEST(Escaping, KeepsALinkALinkAndNothingElse) {
  Transition told = Fired();
  told.annotations = {{"good", "https://wiki.example/a_b?x=1&y=2"}, {"bad", "https://x|click> <!here>"}};
  const Message message = MessageOf({told});
  const std::string slack =
      BodyOf(ReceiverType::kSlack, message)["attachments"][0]["blocks"][1]["text"]["text"];
  EXPECT_THAT(slack, HasSubstr("good: <https://wiki.example/a_b?x=1&amp;y=2>"));
  EXPECT_THAT(slack, HasSubstr("bad: https://x|click&gt; &lt;!here&gt;"));
  const std::string discord = BodyOf(ReceiverType::kDiscord, message)["embeds"][0]["description"];
  EXPECT_THAT(discord, HasSubstr("<https://wiki.example/a_b?x=1&y=2>"));
  EXPECT_THAT(discord, Not(HasSubstr("<!here>")));
}

TEST(Escaping, LeavesTeamsPlainRuns) {
  Walk(BodyOf(ReceiverType::kTeams, MessageOf({Named(kHostile)})),
       [](const std::string& text) { EXPECT_NE(text, "TextBlock"); });
}

}  // namespace
}  // namespace plimsoll::alerting::testing
