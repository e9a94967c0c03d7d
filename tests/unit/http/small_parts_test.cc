#include <gtest/gtest.h>

#include "exporter/http/rate_limiter.h"
#include "exporter/http/request.h"
#include "exporter/http/router.h"

namespace plimsoll::http {
namespace {

using std::chrono::seconds;

TEST(RequestTest, HeadersAreFoundWhateverTheirCase) {
  Request request;
  AddHeader(request, "Accept", "text/plain");
  AddHeader(request, "aCCEPT", "*/*;q=0.1");
  EXPECT_EQ(request.Header("ACCEPT"), "text/plain, */*;q=0.1");
  EXPECT_EQ(request.Header("Accep"), "");
  EXPECT_EQ(request.headers.size(), 1u);
}

TEST(RequestTest, TokensAreWholeWords) {
  EXPECT_TRUE(HasToken("keep-alive", "Keep-Alive"));
  EXPECT_TRUE(HasToken("Upgrade,\t close ", "close"));
  EXPECT_FALSE(HasToken("closed", "close"));
  EXPECT_FALSE(HasToken("", "close"));
  EXPECT_FALSE(HasToken(",,", "close"));
}

TEST(RequestTest, ContentLengthIsDigits) {
  EXPECT_EQ(ParseContentLength("0"), 0);
  EXPECT_EQ(ParseContentLength("1048576"), 1048576);
  EXPECT_EQ(ParseContentLength("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(ParseContentLength("9223372036854775808"), INT64_MAX);
  EXPECT_EQ(ParseContentLength("99999999999999999999999999"), INT64_MAX);
  for (const char* text : {"", "-1", "+1", "1 ", " 1", "0x1", "1, 1"})
    EXPECT_FALSE(ParseContentLength(text)) << text;
}

TEST(RouterTest, TellsUnknownPathFromWrongMethod) {
  Router router;
  router.Add("GET", "/a", [](const Request&) { return TextResponse(200, "get"); });
  router.Add("PUT", "/a", [](const Request&) { return TextResponse(200, "put"); });
  EXPECT_EQ(*(*router.Find("HEAD", "/a").handler)({}).body, "get");
  EXPECT_EQ(*(*router.Find("PUT", "/a").handler)({}).body, "put");
  const auto wrong = router.Find("DELETE", "/a");
  EXPECT_EQ(wrong.handler, nullptr);
  EXPECT_EQ(wrong.allow, "GET, HEAD, PUT");
  EXPECT_EQ(wrong.pattern, "/a");
  const auto unknown = router.Find("GET", "/b");
  EXPECT_EQ(unknown.handler, nullptr);
  EXPECT_EQ(unknown.allow, "");
  EXPECT_EQ(unknown.pattern, "other");
}

TEST(ResponseTest, AnErrorQuotesWhateverBytesAsJson) {
  const Response response = ErrorResponse(400, "BAD", "\xff\"\n");
  EXPECT_EQ(*response.body, "{\"error\":{\"code\":\"BAD\",\"message\":\"\xef\xbf\xbd\\\"\\n\"}}\n");
}

TEST(RateLimiterTest, LetsABurstThroughThenOneEachInterval) {
  RateLimiter limiter;
  RateLimiter::Clock::time_point now{seconds(1000)};
  EXPECT_FALSE(limiter.Delay(now));  // no limit set
  limiter.Set({seconds(2), 3});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.Delay(now)) << i;
  EXPECT_EQ(limiter.Delay(now), seconds(2));
  EXPECT_EQ(limiter.Delay(now + seconds(1)), seconds(1));
  EXPECT_FALSE(limiter.Delay(now + seconds(2)));
  EXPECT_EQ(limiter.Delay(now + seconds(2)), seconds(2));
  now += seconds(100);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.Delay(now)) << i;  // no more than the burst is saved up
  EXPECT_EQ(limiter.Delay(now), seconds(2));
}

}  // namespace
}  // namespace plimsoll::http
