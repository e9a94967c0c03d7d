#include "exporter/http/origin.h"

#include <gtest/gtest.h>

namespace plimsoll::http {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

int StatusOf(Headers headers) {
  Request request;
  request.headers = std::move(headers);
  const auto refusal = RefuseForeignOrigin(request);
  return refusal ? refusal->status : 200;
}

TEST(OriginTest, ClientsThatAreNoBrowsersAreServed) {
  EXPECT_EQ(StatusOf({}), 200);
  EXPECT_EQ(StatusOf({{"Host", "box:9797"}}), 200);
}

TEST(OriginTest, ThePagesOfThisServerAreServed) {
  EXPECT_EQ(StatusOf({{"Host", "box:9797"}, {"Origin", "http://box:9797"}}), 200);
  EXPECT_EQ(StatusOf({{"Host", "Box:9797"}, {"origin", "https://bOx:9797"}}), 200);
  EXPECT_EQ(StatusOf({{"Host", "[::1]:9797"}, {"Origin", "http://[::1]:9797"}}), 200);
  EXPECT_EQ(StatusOf({{"Host", "box:80"}, {"Origin", "http://box"}}), 200);
  EXPECT_EQ(StatusOf({{"Host", "box"}, {"Origin", "https://box:443"}}), 200);
  EXPECT_EQ(StatusOf({{"Host", "box"}, {"Origin", "http://box"}, {"Sec-Fetch-Site", "same-origin"}}), 200);
}

TEST(OriginTest, ThePagesOfAProxyInFrontAreServed) {
  EXPECT_EQ(StatusOf({{"Host", "127.0.0.1:9797"},
                      {"X-Forwarded-Host", "plimsoll.example"},
                      {"Origin", "https://plimsoll.example"}}),
            200);
}

TEST(OriginTest, PagesOfOtherSitesAreRefused) {
  for (const char* origin : {"http://evil.example", "null", "http://box:9798", "http://box", "https://box",
                             "http://box:9797.evil.example", "http://", "file://", "box:9797",
                             "ftp://box:9797", "http://evil.example/http://box:9797"})
    EXPECT_EQ(StatusOf({{"Host", "box:9797"}, {"Origin", origin}}), 403) << origin;
  EXPECT_EQ(StatusOf({{"Origin", "http://"}}), 403);
  EXPECT_EQ(StatusOf({{"Origin", "http://box"}}), 403);
  EXPECT_EQ(StatusOf({{"Host", "box"}, {"Sec-Fetch-Site", "cross-site"}}), 403);
}

int StatusOf(const std::string& remote, const std::string& host) {
  Request request;
  request.remote = remote;
  request.headers = {{"Host", host}};
  const auto refusal = RefuseForeignHost(request);
  return refusal ? refusal->status : 200;
}

TEST(OriginTest, OverLoopbackNamesThatAreThisHostsAreServed) {
  for (const char* host :
       {"127.0.0.1:9797", "127.0.0.1", "[::1]:9797", "[::1]", "localhost:9797", "LocalHost", "localhost.",
        "plimsoll.localhost:9797", "box", "box:9797", "box.:9797", "10.1.2.3:80", ""})
    EXPECT_EQ(StatusOf("127.0.0.1:40022", host), 200) << host;
}

TEST(OriginTest, OverLoopbackNamesOfTheInternetAreRefused) {
  for (const char* host :
       {"evil.example", "evil.example:9797", "evil.example.", "evil.example.:9797", "127.0.0.1.evil.example",
        "localhost.evil.example:9797", "evillocalhost.x", "not.a-localhost", "localhost, evil.example"})
    for (const char* remote : {"127.0.0.1:40022", "127.8.8.8:1", "::1:40022", "::ffff:127.0.0.1:40022"})
      EXPECT_EQ(StatusOf(remote, host), 403) << host << " " << remote;
}

TEST(OriginTest, FromOtherMachinesAnyNameIsServed) {
  for (const char* remote : {"10.0.0.9:40022", "fe80::1:40022", "::10:40022"})
    EXPECT_EQ(StatusOf(remote, "plimsoll.example:9797"), 200) << remote;
}

}  // namespace
}  // namespace plimsoll::http
