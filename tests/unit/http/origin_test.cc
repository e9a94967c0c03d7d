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

}  // namespace
}  // namespace plimsoll::http
