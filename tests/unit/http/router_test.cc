#include "exporter/http/router.h"

#include <gmock/gmock.h>

namespace plimsoll::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class RoutePatternTest : public testing::Test {
 protected:
  RoutePatternTest() {
    for (const auto& [method, path] : {std::pair{"GET", "/c"},
                                       {"GET", "/c/events"},
                                       {"GET", "/c/{id}"},
                                       {"GET", "/c/{id}/alerts"},
                                       {"PUT", "/c/{id}/alerts"},
                                       {"GET", "/c/{id}/log/{line}"}})
      router_.Add(method, path, [](const Request&) { return Response(); });
  }
  std::string Pattern(std::string_view path) { return std::string(router_.Find("GET", path).pattern); }

  Router router_;
};

TEST_F(RoutePatternTest, NamesStandForPieces) {
  const auto match = router_.Find("GET", "/c/12/log/34");
  EXPECT_EQ(match.pattern, "/c/{id}/log/{line}");
  EXPECT_THAT(match.parameters, ElementsAre(Pair("id", "12"), Pair("line", "34")));
  EXPECT_NE(match.handler, nullptr);
  EXPECT_THAT(router_.Find("GET", "/c/12/alerts").parameters, ElementsAre(Pair("id", "12")));
}

TEST_F(RoutePatternTest, AnExactPathGoesBeforeAName) {
  EXPECT_EQ(Pattern("/c/events"), "/c/events");
  EXPECT_EQ(Pattern("/c/event"), "/c/{id}");
  EXPECT_THAT(router_.Find("GET", "/c/events").parameters, IsEmpty());
}

TEST_F(RoutePatternTest, NothingElseFits) {
  for (const char* path : {"/c/", "/c//alerts", "/c/1/", "/c/1/alerts/", "/c/1/log", "/c/1/log/",
                           "/c/1/log/2/3", "/d/1", "c/1", "", "/", "/c/{id}/x"})
    EXPECT_EQ(Pattern(path), "other") << path;
}

TEST_F(RoutePatternTest, AllowNamesTheMethodsOfThePatternAlone) {
  const auto wrong = router_.Find("DELETE", "/c/1/alerts");
  EXPECT_EQ(wrong.handler, nullptr);
  EXPECT_EQ(wrong.allow, "GET, HEAD, PUT");
  EXPECT_EQ(router_.Find("PUT", "/c/1").allow, "GET, HEAD");
  EXPECT_EQ(router_.Find("PUT", "/c/events").handler, nullptr);
  EXPECT_NE(router_.Find("PUT", "/c/1/alerts").handler, nullptr);
  EXPECT_NE(router_.Find("HEAD", "/c/1/alerts").handler, nullptr);
}

}  // namespace
}  // namespace plimsoll::http
