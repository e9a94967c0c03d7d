#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "exporter/http/tls.h"
#include "unit/http/web_access_fixture.h"

namespace plimsoll::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

bool LoadedOpenSsl() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find("libssl") != std::string::npos || line.find("libcrypto") != std::string::npos) return true;
  return false;
}

TEST_F(WebAccessTest, AsksForAPasswordOnEveryRoute) {
  Start("basic_auth_users:\n  alice: " + BcryptOfSecret() + "\n");
  for (const char* path : {"/metrics", "/nothing"}) {
    const Reply reply = Fetch(port_, path);
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(reply.headers.at("WWW-Authenticate"), "Basic realm=\"plimsoll\"");
    EXPECT_THAT(reply.body, HasSubstr("UNAUTHORIZED"));
  }
  EXPECT_EQ(Fetch(port_, "/metrics", kAlice).body, "up 1\n");
  EXPECT_EQ(Fetch(port_, "/metrics", kBob).status, 401);
  EXPECT_EQ(Fetch(port_, "/nothing", kAlice).status, 404);
  EXPECT_EQ(RawClient(port_).Ask("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n", true).status, 401);
}

TEST_F(WebAccessTest, ACostlyHashIsWarnedOf) {
  testing::internal::CaptureStderr();
  Start("basic_auth_users:\n  alice: " + BcryptOfSecret() + "\n");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("costly")));
  testing::internal::CaptureStderr();
  Start("basic_auth_users:\n  alice: $2b$14$" + std::string(53, 'a') + "\n");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::AllOf(HasSubstr("costly"), HasSubstr("cost=14"), Not(HasSubstr("alice"))));
}

TEST_F(WebAccessTest, WhereUsersAreKnownAnyNameIsServed) {
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: plimsoll.example\r\n";
  Start("basic_auth_users:\n  alice: " + BcryptOfSecret() + "\n");
  EXPECT_EQ(RawClient(port_).Ask(request + kAlice + "\r\n").status, 200);
  EXPECT_EQ(RawClient(port_).Ask(request + "\r\n").status, 401);
  Start("rate_limit: {interval: 1h, burst: 9}\n");
  EXPECT_EQ(RawClient(port_).Ask(request + "\r\n").status, 403) << "a limit is no password";
}

TEST_F(WebAccessTest, ADeniedUploadIsNotRead) {
  Start("basic_auth_users:\n  alice: " + BcryptOfSecret() + "\n");
  RawClient client(port_);
  EXPECT_EQ(client.Ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n").status, 401);
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(WebAccessTest, AddsConfiguredHeadersToEveryAnswer) {
  Start("http_server_config:\n  headers:\n    X-Frame-Options: deny\n");
  EXPECT_EQ(Fetch(port_, "/metrics").headers.at("X-Frame-Options"), "deny");
  EXPECT_EQ(Fetch(port_, "/nothing").headers.at("X-Frame-Options"), "deny");
  EXPECT_EQ(RawClient(port_).Ask("garbage\r\n\r\n").headers.at("X-Frame-Options"), "deny");
}

TEST_F(WebAccessTest, LimitsTheRate) {
  Start("rate_limit: {interval: 1h, burst: 2}\n");
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
  const Reply reply = Fetch(port_, "/metrics");
  EXPECT_EQ(reply.status, 429);
  const int wait = std::atoi(reply.headers.at("Retry-After").c_str());
  EXPECT_GT(wait, 3500) << "nearly the hour";
  EXPECT_LE(wait, 3600);
}

TEST_F(WebAccessTest, TakesChangedUsersAndHeaders) {
  Start("basic_auth_users:\n  alice: " + BcryptOfSecret() + "\n");
  EXPECT_EQ(Fetch(port_, "/metrics", kBob).status, 401);
  Write("web.yml", "basic_auth_users:\n  bob: " + BcryptOfSecret() +
                       "\nhttp_server_config: {headers: {X-Frame-Options: deny}}\n");
  EXPECT_TRUE(Eventually([&] { return Fetch(port_, "/metrics", kBob).status == 200; }));
  EXPECT_EQ(Fetch(port_, "/metrics", kAlice).status, 401);
  EXPECT_EQ(Fetch(port_, "/metrics", kAlice).headers.at("X-Frame-Options"), "deny");
  EXPECT_FALSE(IsRefused());
  EXPECT_TRUE(Eventually([&] { return taken_ == 2; }));
  EXPECT_EQ(refused_, 0);
}

TEST_F(WebAccessTest, ABrokenChangeLeavesTheOldSettingsAndIsToldOnce) {
  Start("basic_auth_users:\n  alice: " + BcryptOfSecret() + "\n");
  testing::internal::CaptureStderr();
  Write("web.yml", "basic_auth_users:\n  bob: plain\nunknown: 1\n");
  EXPECT_TRUE(Eventually([&] { return refused_ == 1; }));
  EXPECT_THAT(server_->web_config_fault(), HasSubstr("web.yml:2:8:"));
  std::this_thread::sleep_for(milliseconds(2500));  // two more looks at the same broken file
  EXPECT_EQ(refused_, 1);
  EXPECT_EQ(Fetch(port_, "/metrics", kAlice).status, 200);
  EXPECT_EQ(Fetch(port_, "/metrics", kBob).status, 401);
  const std::string log = testing::internal::GetCapturedStderr();
  const size_t first = log.find("new web configuration refused");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(log.find("new web configuration refused", first + 1), std::string::npos) << log;
  EXPECT_THAT(log,
              testing::AllOf(HasSubstr("web.yml:2:8:"), HasSubstr("web.yml:3:1:"), Not(HasSubstr("plain"))));
  std::filesystem::remove(Path("web.yml"));
  std::this_thread::sleep_for(milliseconds(1500));
  EXPECT_EQ(Fetch(port_, "/metrics", kAlice).status, 200);
  Write("web.yml", "basic_auth_users:\n  bob: " + BcryptOfSecret() + "\n");
  EXPECT_TRUE(Eventually([&] { return taken_ == 2; }));
  EXPECT_EQ(server_->web_config_fault(), "");
  EXPECT_EQ(Fetch(port_, "/metrics", kBob).status, 200);
}

TEST_F(WebAccessTest, StartTellsEveryFault) {
  const auto started = TryStart("basic_auth_users:\n  bob: plain\nunknown: 1\n");
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message,
              testing::AllOf(HasSubstr(Path("web.yml") + ":2:8: "), HasSubstr(Path("web.yml") + ":3:1: ")));
}

TEST_F(WebAccessTest, AMissingFileIsNamed) {
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  options.web_config_file = Path("absent.yml");
  Server server(std::move(options));
  const auto started = server.Start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("absent.yml"));
}

// Runs in a process of its own: other tests of this program load OpenSSL.
using PlainServerDeathTest = WebAccessTest;

TEST_F(PlainServerDeathTest, LoadsNoOpenSsl) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Start("basic_auth_users:\n  alice: " + BcryptOfSecret() + "\n");
        const bool served = Fetch(port_, "/metrics", kAlice).status == 200;
        server_.reset();
        _exit(served && !LoadedOpenSsl() ? 42 : 1);
      },
      testing::ExitedWithCode(42), "");
}

TEST(TlsShimTest, AMissingShimIsToldWithAdvice) {
  const auto tls = Tls::Load({"/nonexistent/tls"});
  ASSERT_FALSE(tls);
  EXPECT_THAT(tls.error().message, testing::AllOf(HasSubstr("/nonexistent/tls"), HasSubstr("install")));
}

TEST(TlsShimTest, ABrokenShimIsToldWithAdvice) {
  const TempFolder folder;
  WriteText(folder / "libssl.so", "no library");
  WriteText(folder / "libcrypto.so", "no library");
  const auto tls = Tls::Load({folder.path()});
  ASSERT_FALSE(tls);
  EXPECT_THAT(tls.error().message, testing::AllOf(HasSubstr(folder.path()), HasSubstr("libssl3")));
}

}  // namespace
}  // namespace plimsoll::http
