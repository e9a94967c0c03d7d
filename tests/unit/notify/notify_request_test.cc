#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "alerting/notify/scrub.h"
#include "alerting/notify/signature.h"
#include "table.h"
#include "unit/notify/notify_fixture.h"

namespace plimsoll::alerting::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string HeaderOf(const OutgoingRequest& request, const std::string& name) {
  std::string found;
  for (const auto& [key, value] : request.headers)
    if (key == name) found += (found.empty() ? "" : " AND ") + value.Reveal();
  return found;
}

OutgoingRequest ComposeOne(const ReceiverConfig& receiver) {
  return Compose(receiver, MessageOf({Fired()}), At(kNow)).value().front();
}

// RFC 4231, section 4: test cases 1 to 4, 6 and 7.
TEST(HmacSha256, EqualsTheVectorsOfRfc4231) {
  const std::string fourth =
      "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19";
  EXPECT_EQ(HmacSha256(std::string(20, '\x0b'), "Hi There").value(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HmacSha256("Jefe", "what do ya want for nothing?").value(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HmacSha256(std::string(20, '\xaa'), std::string(50, '\xdd')).value(),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(HmacSha256(fourth, std::string(50, '\xcd')).value(),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(
      HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First").value(),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(HmacSha256(std::string(131, '\xaa'),
                       "This is a test using a larger than block-size key and a larger than block-size data. "
                       "The key needs to be hashed before being used by the HMAC algorithm.")
                .value(),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// RFC 4648, section 10.
TEST(Base64, EqualsTheVectorsOfRfc4648) {
  ExpectTable(Base64, {{"", ""},
                       {"f", "Zg=="},
                       {"fo", "Zm8="},
                       {"foo", "Zm9v"},
                       {"foob", "Zm9vYg=="},
                       {"foobar", "Zm9vYmFy"},
                       {"\xff\xfe\xfd", "//79"}});
}

TEST(Base64, IsReadBack) {
  for (const char* bytes : {"", "f", "fo", "foo", "foob", "\xff\xfe\xfd"})
    EXPECT_EQ(FromBase64(Base64(bytes)), bytes);
  EXPECT_EQ(FromBase64("Zm9v Zm9v"), "foo");
}

TEST(Signature, IsOverTimestampColonBody) {
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kWebhook);
  receiver.hmac_secret = Secret("key");
  const OutgoingRequest request = ComposeOne(receiver);
  EXPECT_EQ(HeaderOf(request, "X-Plimsoll-Timestamp"), "1795411860");
  EXPECT_EQ(HeaderOf(request, "X-Plimsoll-Signature"),
            "sha256=" + HmacSha256("key", "1795411860:" + request.body).value());
}

TEST(Signature, IsAbsentWithoutAKey) {
  const OutgoingRequest request = ComposeOne(ReceiverOf(ReceiverType::kWebhook));
  EXPECT_EQ(HeaderOf(request, "X-Plimsoll-Timestamp"), "");
  EXPECT_EQ(HeaderOf(request, "X-Plimsoll-Signature"), "");
}

TEST(Access, IsBearerOrBasicOrTheUsersOwnHeader) {
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kWebhook);
  EXPECT_EQ(HeaderOf(ComposeOne(receiver), "Authorization"), "");
  receiver.access.bearer_token = Secret("abc");
  EXPECT_EQ(HeaderOf(ComposeOne(receiver), "Authorization"), "Bearer abc");
  receiver.access.bearer_token = Secret();
  receiver.access.basic_user = "user";
  receiver.access.basic_password = Secret("pass");
  EXPECT_EQ(HeaderOf(ComposeOne(receiver), "Authorization"), "Basic dXNlcjpwYXNz");
  receiver.access.headers = {{"authorization", Secret("Own x")}, {"X-Team", Secret("a")}};
  const OutgoingRequest request = ComposeOne(receiver);
  EXPECT_EQ(HeaderOf(request, "Authorization"), "");
  EXPECT_EQ(HeaderOf(request, "authorization"), "Own x");
  EXPECT_EQ(HeaderOf(request, "X-Team"), "a");
}

TEST(Access, TakesTimeoutAndTlsFromTheReceiver) {
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kWebhook);
  receiver.timeout = std::chrono::milliseconds(1234);
  receiver.access.ca_file = "/ca.pem";
  receiver.access.insecure_skip_verify = true;
  const OutgoingRequest request = ComposeOne(receiver);
  EXPECT_EQ(request.timeout, receiver.timeout);
  EXPECT_EQ(request.tls, (TlsSettings{"/ca.pem", true}));
}

TEST(IdempotencyKey, IsTheMessagesAndDiffersBetweenItsRequests) {
  const Message message = MessageOf({Fired(), OfAnother(Fired(), 9, "db")});
  const auto requests = Compose(ReceiverOf(ReceiverType::kPagerduty), message, At(kNow)).value();
  ASSERT_EQ(requests.size(), 2u);
  for (const char* name : {"Idempotency-Key", "X-Plimsoll-Idempotency-Key"}) {
    EXPECT_EQ(HeaderOf(requests[0], name), message.id);
    EXPECT_EQ(HeaderOf(requests[1], name), message.id + "-1");
  }
}

TEST(Compose, MakesTheSameBodyForEachTry) {
  for (const ReceiverType type : kReceiverTypes) {
    if (type == ReceiverType::kAlertmanager) continue;  // its endsAt moves on
    const Message message = GroupedMessage();
    const auto first = Compose(ReceiverOf(type), message, At(kNow)).value();
    const auto later = Compose(ReceiverOf(type), message, At(kNow) + std::chrono::hours(3)).value();
    ASSERT_EQ(first.size(), later.size());
    for (size_t i = 0; i < first.size(); ++i)
      EXPECT_EQ(first[i].body, later[i].body) << ReceiverTypeName(type);
  }
}

TEST(Compose, TellsNothingOfNothing) {
  for (const ReceiverType type : kReceiverTypes)
    EXPECT_TRUE(Compose(ReceiverOf(type), MessageOf({}), At(kNow)).value().empty());
}

TEST(Alertmanager, GetsOnlyTheLastWordOnAnAlert) {
  const Message message = MessageOf({Fired(), Resolved()});
  const auto body = nlohmann::json::parse(
      Compose(ReceiverOf(ReceiverType::kAlertmanager), message, Resolved().at).value().front().body);
  ASSERT_EQ(body.size(), 1u);
  EXPECT_EQ(body[0]["endsAt"], "2026-11-23T05:42:49.900Z");
}

// Alertmanager takes an alert whose endsAt is to come for one that fires, and refuses one that ends
// before it starts.
TEST(Alertmanager, HearsOfNothingToComeThoughTheClockWasSetBack) {
  const auto at = [](const Transition& told, WallTime now) {
    const auto body = nlohmann::json::parse(
        Compose(ReceiverOf(ReceiverType::kAlertmanager), MessageOf({told}), now).value().front().body);
    return std::pair(body[0]["startsAt"].get<std::string>(), body[0]["endsAt"].get<std::string>());
  };
  const WallTime fired = Fired().fired_at, back = fired - std::chrono::hours(1);
  Transition over = Resolved();
  over.at = back;
  EXPECT_EQ(at(over, back + std::chrono::seconds(5)), std::pair(FormatTimestamp(back), FormatTimestamp(back)))
      << "it ended after the clock was set";
  EXPECT_EQ(at(Resolved(), back), std::pair(FormatTimestamp(back), FormatTimestamp(back))) << "before";
  EXPECT_EQ(at(Resolved(), Resolved().at), std::pair(FormatTimestamp(fired), FormatTimestamp(Resolved().at)));
  EXPECT_EQ(at(Fired(), back), std::pair(FormatTimestamp(back), FormatTimestamp(back + kAlertmanagerHold)));
}

TEST(JoinedUrl, KeepsAPrefixAndAQuery) {
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kGotify);
  receiver.urls = {Secret("https://push.example/gotify/?a=b")};
  EXPECT_EQ(ComposeOne(receiver).url.Reveal(), "https://push.example/gotify/message?a=b");
}

TEST(Scrub, TakesOutWhateverIsSecret) {
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kTelegram);
  receiver.urls = {Secret("https://api.example/hidden%2Dpath/v2?key=query-token")};
  receiver.hmac_secret = Secret("hmac-key");
  receiver.access.basic_user = "user";
  receiver.access.basic_password = Secret("pass-word");
  receiver.access.headers = {{"X-Key", Secret("header-token")}};
  const OutgoingRequest request = ComposeOne(receiver);
  const std::string told =
      Scrub("a " + request.url.Reveal() +
                " b 123456:bot-token-of-a-test c hmac-key d pass-word e dXNlcjpwYXNzLXdvcmQ= f "
                "header-token g query-token h hidden-path i hidden%2Dpath j v2\nk\x01",
            request);
  EXPECT_EQ(told, "a *** b *** c *** d *** e *** f *** g *** h *** i *** j v2 k ");
}

// Receivers quote the token alone: "invalid token tok-1234".
TEST(Scrub, TakesOutTheTokenOfAHandWrittenHeader) {
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kWebhook);
  receiver.access.headers = {{"Authorization", Secret("Bearer tok-1234")},
                             {"X-Auth", Secret("GoogleLogin auth=tok-5678,id=\"app-9012\"")},
                             {"Proxy-Authorization", Secret("Basic " + Base64("user:pass-word"))},
                             {"Accept", Secret("*/*")}};
  receiver.template_secrets = {Secret("routing-key"), Secret("ops")};
  const OutgoingRequest request = ComposeOne(receiver);
  EXPECT_EQ(Scrub("Bearer: a tok-1234 b tok-5678 c app-9012 d pass-word e user:pass-word f "
                  "dXNlcjpwYXNzLXdvcmQ= g routing-key h ops",
                  request),
            "Bearer: a *** b *** c *** d *** e *** f ***= g *** h ops");
}

TEST(Scrub, TakesOutASecretThatIsPartOfAnother) {
  OutgoingRequest request;
  request.url = Secret("https://h/");
  request.hidden = {Secret("abc"), Secret("abcdef")};
  EXPECT_EQ(Scrub("abcdef abc", request), "*** ***");
}

TEST(Scrub, IsShort) {
  OutgoingRequest request;
  const std::string told = Scrub(std::string(5000, 'x'), request);
  EXPECT_EQ(told.size(), 300u);
  EXPECT_TRUE(told.ends_with("…"));
}

}  // namespace
}  // namespace plimsoll::alerting::testing
