#include "exporter/cli/http_fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "unit/notify/recorder_server.h"

namespace plimsoll::cli {
namespace {

using alerting::testing::Always;
using alerting::testing::RecorderServer;
using ::testing::HasSubstr;
using ::testing::Not;

FetchOptions Anna() {
  FetchOptions options;
  options.user = "anna";
  options.password = Secret("s3cret:word");
  return options;
}

TEST(HttpFetch, BringsTheBodyOfA200) {
  RecorderServer server(Always(RecorderServer::Ok("200 OK", "", std::string(300000, 'x'))));
  HttpFetch fetch({});
  const auto body = fetch.Get(server.Url("/metrics"));
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(body->size(), 300000u);
  EXPECT_THAT(server.Requests()[0].head, HasSubstr("GET /metrics HTTP/1.1\r\n"));
  EXPECT_THAT(server.Requests()[0].head, Not(HasSubstr("Authorization")));
}

TEST(HttpFetch, SaysWhoItIsByBasicAuth) {
  RecorderServer server(Always(RecorderServer::Ok()));
  HttpFetch fetch(Anna());
  ASSERT_TRUE(fetch.Get(server.Url()));
  EXPECT_THAT(server.Requests()[0].head, HasSubstr("Authorization: Basic YW5uYTpzM2NyZXQ6d29yZA==\r\n"));
}

TEST(HttpFetch, ARefusalSaysWhatToDoAndNoPassword) {
  RecorderServer server(Always(RecorderServer::Ok("401 Unauthorized", "", "who?")));
  HttpFetch fetch(Anna());
  const auto body = fetch.Get(server.Url());
  ASSERT_FALSE(body);
  EXPECT_THAT(body.error().message, HasSubstr("a user and a password are needed"));
  EXPECT_THAT(body.error().message, Not(HasSubstr("s3cret")));
}

TEST(HttpFetch, AnErrorOfTheApiIsQuoted) {
  RecorderServer server(
      Always(RecorderServer::Ok("503 Service Unavailable", "",
                                R"({"error":{"code":"NOT_READY","message":"the host was not read yet"}})")));
  HttpFetch fetch({});
  EXPECT_THAT(fetch.Get(server.Url()).error().message, HasSubstr("HTTP 503: the host was not read yet"));
}

TEST(HttpFetch, RedirectsAreNotFollowed) {
  RecorderServer server(Always(RecorderServer::Ok("302 Found", "Location: http://127.0.0.2/\r\n")));
  HttpFetch fetch(Anna());
  EXPECT_THAT(fetch.Get(server.Url()).error().message, HasSubstr("HTTP 302"));
  EXPECT_EQ(server.Requests().size(), 1u);
}

TEST(HttpFetch, ABodyHasABound) {
  RecorderServer server(Always(RecorderServer::Ok("200 OK", "", std::string(2000, 'x'))));
  FetchOptions options;
  options.most_bytes = 1000;
  HttpFetch fetch(options);
  EXPECT_THAT(fetch.Get(server.Url()).error().message, HasSubstr("answers with more than"));
}

TEST(HttpFetch, OtherSchemesAndPasswordsInTheUrlAreRefused) {
  RecorderServer server(Always(RecorderServer::Ok()));
  HttpFetch fetch({});
  EXPECT_FALSE(fetch.Get("file:///etc/hostname"));
  std::string url = server.Url();
  url.insert(url.find("127"), "anna:s3cret@");
  EXPECT_FALSE(fetch.Get(url));
  EXPECT_TRUE(server.Requests().empty());
}

TEST(HttpFetch, InterruptEndsAWait) {
  RecorderServer server(Always("", RecorderServer::Then::kHang));
  FetchOptions options;
  options.timeout = std::chrono::minutes(5);
  HttpFetch fetch(options);
  std::thread interrupter([&] {
    server.AwaitRequests(1);
    fetch.Interrupt();
  });
  EXPECT_FALSE(fetch.Get(server.Url()));
  interrupter.join();
}

TEST(HttpFetch, IsOverOnceItWasInterrupted) {
  RecorderServer server(Always(RecorderServer::Ok()));
  HttpFetch fetch({});
  fetch.Interrupt();
  EXPECT_THAT(fetch.Get(server.Url()).error().message, HasSubstr("stopped"));
  EXPECT_TRUE(server.Requests().empty());
}

TEST(HttpFetch, NamesTheStatusWhereNothingElseIsSaid) {
  RecorderServer server(Always(RecorderServer::Ok("500 x")));
  HttpFetch fetch({});
  EXPECT_EQ(fetch.Get(server.Url()).error().message, server.Url() + ": HTTP 500");
}

TEST(ErrorSaid, IsTheApisMessageElseTheBodyInShort) {
  EXPECT_EQ(ErrorSaid(R"({"error":{"code":"X","message":"why"}})"), "why");
  for (const char* other :
       {R"({"error":{"code":"X"}})", R"({"error":{"message":7}})", R"({"fault":1})", "[1]"})
    EXPECT_EQ(ErrorSaid(other), other);
  EXPECT_EQ(ErrorSaid(""), "");
  const std::string cut = ErrorSaid(std::string(5000, 'x'));
  EXPECT_EQ(cut, std::string(199, 'x') + "…");
}

TEST(ErrorSaid, IsOneLineThatATerminalCanBear) {
  EXPECT_EQ(ErrorSaid("oh\x1b[2J no\nmore"), "oh?[2J no");
  EXPECT_EQ(ErrorSaid(R"({"error":"text"})"), R"({"error":"text"})");
}

}  // namespace
}  // namespace plimsoll::cli
