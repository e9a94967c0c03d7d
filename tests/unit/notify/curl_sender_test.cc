#include "alerting/notify/curl_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "model/clock.h"
#include "unit/notify/notify_fixture.h"
#include "unit/notify/recorder_server.h"

namespace plimsoll::alerting::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Kind = SendResult::Kind;
using Then = RecorderServer::Then;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;

// Before any thread: a proxy of whoever runs this would not find our servers.
[[maybe_unused]] const int kNoProxy = ::setenv("no_proxy", "127.0.0.1,localhost", 1);

constexpr const char* kToken = "T0KEN-that-nobody-may-see";

OutgoingRequest To(const std::string& url) {
  OutgoingRequest request;
  request.url = Secret(url);
  request.headers = {{"Content-Type", Secret("application/json")}, {"X-Own", Secret("a, b")}};
  request.body = R"({"a":1})";
  request.timeout = 60s;
  return request;
}

SendResult SendTo(RecorderServer& server) {
  CurlSender sender;
  return sender.Send(To(server.Url("/hook")));
}

TEST(CurlSender, SendsTheExactBytes) {
  RecorderServer server(Always(RecorderServer::Ok()));
  CurlSender sender;
  OutgoingRequest request = To(server.Url("/hook?x=1"));
  request.body = std::string("a\0b\r\n\xff", 6);
  const SendResult result = sender.Send(request);
  EXPECT_EQ(result.kind, Kind::kDelivered);
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.error, "");
  ASSERT_EQ(server.Requests().size(), 1u);
  const RecorderServer::Request seen = server.Requests()[0];
  EXPECT_EQ(seen.body, request.body);
  EXPECT_THAT(seen.head, StartsWith("POST /hook?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(seen.head, AllOf(HasSubstr("\r\nContent-Type: application/json\r\n"),
                               HasSubstr("\r\nX-Own: a, b\r\n"), Not(HasSubstr("Expect"))));
}

TEST(CurlSender, SendsAHeaderThatIsEmpty) {
  RecorderServer server(Always(RecorderServer::Ok()));
  CurlSender sender;
  OutgoingRequest request = To(server.Url());
  request.headers.emplace_back("X-Empty", Secret());
  EXPECT_EQ(sender.Send(request).kind, Kind::kDelivered);
  EXPECT_THAT(server.Requests().at(0).head, HasSubstr("\r\nX-Empty:\r\n"));
}

TEST(CurlSender, GetsWhereAsked) {
  RecorderServer server(Always(RecorderServer::Ok("204 No Content")));
  CurlSender sender;
  OutgoingRequest request = To(server.Url("/ping"));
  request.method = "GET";
  request.body.clear();
  EXPECT_EQ(sender.Send(request).kind, Kind::kDelivered);
  EXPECT_THAT(server.Requests()[0].head, StartsWith("GET /ping HTTP/1.1\r\n"));
}

TEST(CurlSender, KeepsItsConnection) {
  RecorderServer server(Always(RecorderServer::Ok()));
  CurlSender sender;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sender.Send(To(server.Url())).kind, Kind::kDelivered);
  for (const auto& request : server.Requests()) EXPECT_EQ(request.connection, 1);
}

TEST(CurlSender, OpensANewConnectionWhereTheServerClosedTheOld) {
  RecorderServer server(Always(RecorderServer::Ok(), Then::kClose));
  CurlSender sender;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sender.Send(To(server.Url())).kind, Kind::kDelivered);
  EXPECT_EQ(server.Requests().size(), 3u);
}

TEST(CurlSender, TellsRetryFromRefusal) {
  std::string status;
  RecorderServer server(
      [&](const auto&) { return RecorderServer::Reply{RecorderServer::Ok(status, "", "why it is so")}; });
  for (const char* worth : {"408 x", "425 x", "429 x", "500 x", "502 x", "503 x", "599 x"}) {
    status = worth;
    const SendResult result = SendTo(server);
    EXPECT_EQ(result.kind, Kind::kRetry) << worth;
    EXPECT_EQ(result.error, "HTTP " + std::string(worth).substr(0, 3) + ": why it is so");
    EXPECT_EQ(result.holds_for_all, std::string(worth) == "429 x") << worth;
  }
  for (const char* hopeless : {"300 x", "303 x", "304 x", "400 x", "401 x", "404 x", "410 x", "413 x"}) {
    status = hopeless;
    EXPECT_EQ(SendTo(server).kind, Kind::kRefused) << hopeless;
    EXPECT_EQ(SendTo(server).status, std::stoi(hopeless));
  }
}

TEST(CurlSender, HearsRetryAfterInSeconds) {
  RecorderServer server(Always(RecorderServer::Ok("429 x", "Retry-After: 120\r\n")));
  EXPECT_EQ(SendTo(server).retry_after, 120s);
}

TEST(CurlSender, HearsRetryAfterAsADate) {
  const std::time_t then =
      std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(
          SystemClock().Wall() + std::chrono::hours(2)));
  char date[64];
  std::tm parts{};
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &parts));
  RecorderServer server(Always(RecorderServer::Ok("503 x", "Retry-After: " + std::string(date) + "\r\n")));
  const SendResult result = SendTo(server);
  ASSERT_TRUE(result.retry_after);
  // Two hours less the time that this test took.
  EXPECT_GT(*result.retry_after, 1h);
  EXPECT_LE(*result.retry_after, 2h);
}

TEST(CurlSender, HearsNoRetryAfterWhereThereIsNone) {
  RecorderServer server(Always(RecorderServer::Ok("503 x", "Retry-After: soon\r\n")));
  EXPECT_FALSE(SendTo(server).retry_after);
}

TEST(CurlSender, GivesUpOnAServerThatHangs) {
  for (const char* said : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
    RecorderServer server(Always(said, Then::kHang));
    CurlSender sender;
    OutgoingRequest request = To(server.Url());
    request.timeout = 200ms;
    const SendResult result = sender.Send(request);
    EXPECT_EQ(result.kind, Kind::kRetry);
    EXPECT_THAT(result.error, HasSubstr("timed out"));
    EXPECT_FALSE(result.holds_for_all) << "it may be this message";
  }
}

// The server may have failed after its first words: it hears the same key again.
TEST(CurlSender, TriesAgainWhatWasClosedHalfWay) {
  for (const char* said : {"", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
    RecorderServer server(Always(said, Then::kClose));
    const SendResult result = SendTo(server);
    EXPECT_EQ(result.kind, Kind::kRetry) << said;
    EXPECT_NE(result.error, "");
  }
}

TEST(CurlSender, TriesAgainWhereNobodyListens) {
  std::string url;
  {
    RecorderServer server(Always(""));
    url = server.Url();
  }
  CurlSender sender;
  const SendResult result = sender.Send(To(url));
  EXPECT_EQ(result.kind, Kind::kRetry);
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.error, "");
  EXPECT_TRUE(result.holds_for_all);
}

TEST(CurlSender, StopsReadingABodyWithoutEnd) {
  for (const char* status : {"200 OK", "500 x"}) {
    const bool is_good = *status == '2';
    RecorderServer server(
        Always("HTTP/1.1 " + std::string(status) + "\r\n\r\n" + std::string(8 << 20, 'x'), Then::kHang));
    const SendResult result = SendTo(server);  // would take the whole minute otherwise, and fail
    EXPECT_EQ(result.kind, is_good ? Kind::kDelivered : Kind::kRetry);
    EXPECT_LE(result.error.size(), 320u);
    EXPECT_THAT(result.error, Not(HasSubstr("timed out")));
  }
}

TEST(CurlSender, StopsReadingHeadersWithoutEnd) {
  std::string headers;
  for (int i = 0; i < 100'000; ++i) headers += "X-More: and more\r\n";
  RecorderServer server(Always("HTTP/1.1 200 OK\r\n" + headers, Then::kHang));
  const SendResult result = SendTo(server);
  EXPECT_EQ(result.kind, Kind::kRetry);
  EXPECT_THAT(result.error, Not(HasSubstr("timed out")));
}

TEST(CurlSender, FollowsARedirectOnTheSameHost) {
  for (const char* status : {"301 x", "302 x", "307 x", "308 x"}) {
    RecorderServer server([&](const RecorderServer::Request& request) {
      const bool is_first = request.head.find(" /hook ") != std::string::npos;
      return RecorderServer::Reply{is_first ? RecorderServer::Ok(status, "Location: /moved\r\n")
                                            : RecorderServer::Ok()};
    });
    EXPECT_EQ(SendTo(server).kind, Kind::kDelivered) << status;
    ASSERT_EQ(server.Requests().size(), 2u);
    EXPECT_THAT(server.Requests()[1].head, StartsWith("POST /moved "));
    EXPECT_EQ(server.Requests()[1].body, R"({"a":1})");
  }
}

TEST(CurlSender, FollowsThreeRedirectsAndNoFourth) {
  RecorderServer server(Always(RecorderServer::Ok("307 x", "Location: /again\r\n")));
  const SendResult result = SendTo(server);
  EXPECT_EQ(result.kind, Kind::kRefused);
  EXPECT_THAT(result.error, HasSubstr("more than three times"));
  EXPECT_EQ(server.Requests().size(), 4u);
}

TEST(CurlSender, FollowsNoRedirectElsewhere) {
  RecorderServer other(Always(RecorderServer::Ok()));
  for (const std::string& place :
       {other.Url(), "https" + other.Url().substr(4), std::string("http://localhost:1/"),
        std::string("https://example.invalid/"), std::string("//127.0.0.2/"),
        std::string("file:///etc/passwd"), std::string("gopher://127.0.0.1/")}) {
    RecorderServer server(Always(RecorderServer::Ok("307 x", "Location: " + place + "\r\n")));
    const SendResult result = SendTo(server);
    EXPECT_EQ(result.kind, Kind::kRefused) << place;
    EXPECT_EQ(result.status, 307);
    EXPECT_THAT(result.error, HasSubstr("another host"));
  }
  EXPECT_TRUE(other.Requests().empty());
}

TEST(CurlSender, TakesARedirectThatLeadsNowhereForARefusal) {
  for (const char* place :
       {"", "Location: \r\n", "Location: http://\r\n", "Location: http://127.0.0.1:99999/\r\n"}) {
    RecorderServer server(Always(RecorderServer::Ok("302 x", place)));
    const SendResult result = SendTo(server);
    EXPECT_EQ(result.kind, Kind::kRefused) << place;
    EXPECT_EQ(server.Requests().size(), 1u) << place;
  }
}

TEST(CurlSender, NamesTheStatusWhereNothingElseIsSaid) {
  RecorderServer server(Always(RecorderServer::Ok("503 x")));
  EXPECT_EQ(SendTo(server).error, "HTTP 503");
}

TEST(CurlSender, SpeaksHttpAlone) {
  CurlSender sender;
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1:1/", "http://user:pass@127.0.0.1:1/"})
    EXPECT_NE(sender.Send(To(url)).kind, Kind::kDelivered) << url;
  EXPECT_EQ(sender.Send(To("file:///etc/passwd")).kind, Kind::kRefused);
}

TEST(CurlSender, SendsNoHeaderWithALineBreak) {
  RecorderServer server(Always(RecorderServer::Ok()));
  CurlSender sender;
  OutgoingRequest request = To(server.Url());
  request.headers.emplace_back("X-A", Secret("b\r\nX-Evil: c"));
  EXPECT_EQ(sender.Send(request).kind, Kind::kRefused);
  request.headers.back() = {"X-A: b\nX-Evil", Secret("c")};
  EXPECT_EQ(sender.Send(request).kind, Kind::kRefused);
  EXPECT_TRUE(server.Requests().empty());
}

TEST(CurlSender, TellsNoSecretInItsError) {
  const std::string path = std::string("/services/") + kToken + "?token=query-" + kToken;
  // The server repeats whatever it heard.
  RecorderServer echo([](const RecorderServer::Request& request) {
    return RecorderServer::Reply{RecorderServer::Ok("400 x", "", "unknown: " + request.head + request.body)};
  });
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kPagerduty);
  receiver.urls = {Secret(echo.Url(path))};
  receiver.token = Secret(std::string("routing-") + kToken);
  receiver.access.headers = {{"X-Key", Secret(std::string("header-") + kToken)}};
  receiver.access.bearer_token = Secret(std::string("bearer-") + kToken);
  receiver.hmac_secret = Secret(kToken);
  const auto requests = Compose(receiver, MessageOf({Fired()}), At(kNow)).value();
  CurlSender sender;
  const SendResult result = sender.Send(requests.front());
  EXPECT_EQ(result.kind, Kind::kRefused);
  EXPECT_THAT(result.error, AllOf(StartsWith("HTTP 400: unknown: POST ***"), Not(HasSubstr("KEN-"))));
}

TEST(CurlSender, TellsNoSecretWhereCurlQuotesTheUrl) {
  CurlSender sender;
  for (const std::string& url :
       {"http://127.0.0.1:99999/" + std::string(kToken), "nonsense://h/" + std::string(kToken),
        "http://127.0.0.1:1/" + std::string(kToken), "http://[::bad/" + std::string(kToken)}) {
    const SendResult result = sender.Send(To(url));
    EXPECT_NE(result.kind, Kind::kDelivered);
    EXPECT_NE(result.error, "");
    EXPECT_THAT(result.error, Not(HasSubstr("KEN-"))) << url;
  }
}

TEST(CurlSender, IsInterruptedInTheMiddle) {
  RecorderServer server(Always("", Then::kHang));
  CurlSender sender;
  SendResult result;
  std::thread sending([&] { result = sender.Send(To(server.Url())); });
  server.AwaitRequests(1);
  sender.Interrupt();
  sending.join();  // a minute later otherwise, with another error
  EXPECT_EQ(result.kind, Kind::kRetry);
  EXPECT_THAT(result.error, HasSubstr("interrupted"));
}

TEST(CurlSender, SendsNothingOnceInterrupted) {
  RecorderServer server(Always(RecorderServer::Ok()));
  CurlSender sender;
  sender.Interrupt();
  const SendResult result = sender.Send(To(server.Url()));
  EXPECT_EQ(result.kind, Kind::kRetry);
  EXPECT_THAT(result.error, HasSubstr("interrupted"));
  EXPECT_TRUE(server.Requests().empty());
}

}  // namespace
}  // namespace plimsoll::alerting::testing
