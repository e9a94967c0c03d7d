#include <gmock/gmock.h>

#include <random>

#include "unit/api/api_fixture.h"

namespace plimsoll::api {
namespace {

using Random = std::minstd_rand;

const char* const kPaths[] = {"/api/v1/containers",
                              "/api/v1/containers/1/resources/current",
                              "/api/v1/containers/1/resources/history",
                              "/api/v1/containers/9/resources/history",
                              "/api/v1/containers/1/resources/alerts",
                              "/api/v1/resources/summary",
                              "/api/v1/resources/top",
                              "/api/v1/status"};
const char* const kNames[] = {"range", "from",   "to",     "step",        "state",
                              "limit", "metric", "period", "container_id"};
const char* const kValues[] = {"1h",
                               "6h",
                               "24h",
                               "7d",
                               "30d",
                               "90d",
                               "1y",
                               "live",
                               "all",
                               "running",
                               "cpu",
                               "memory",
                               "net_rx",
                               "0",
                               "1",
                               "-1",
                               "10s",
                               "1m",
                               "5m",
                               "1500ms",
                               "1h30m",
                               "365d",
                               "0s",
                               "1700000000",
                               "1699990000.5",
                               "2023-11-14T21:13:20Z",
                               "2023-11-14T22:13:20%2B01:00",
                               "9000000000",
                               "1969-01-01T00:00:00Z",
                               "2261-12-31T23:59:59Z",
                               "9223372036854775807",
                               "18446744073709551616",
                               "1e308",
                               "nan",
                               "%",
                               "%00",
                               "%ff",
                               "+",
                               "999999999999999999999d"};

template <size_t kCount>
const char* Any(Random& random, const char* const (&list)[kCount]) {
  return list[random() % kCount];
}

std::string Noise(Random& random) {
  // What may stand in a request line; the rest never gets past the server.
  static constexpr std::string_view kLetters = "abz019.,:;-_~!$'()*/@%+=&[]{}|^`\"\\<>";
  std::string noise;
  for (size_t n = random() % 24; n > 0; --n) noise += kLetters[random() % kLetters.size()];
  return noise;
}

std::string RandomQuery(Random& random) {
  std::string query;
  for (size_t n = random() % 5; n > 0; --n) {
    query += random() % 8 == 0 ? Noise(random) : Any(random, kNames);
    if (random() % 16 != 0) query += '=';
    query += random() % 4 == 0 ? Noise(random) : Any(random, kValues);
    if (n > 1) query += '&';
  }
  return query;
}

using HostileTest = ApiTest;

TEST_F(HostileTest, TenThousandRandomQueriesNeverFailTheServer) {
  Start();
  Random random(20261123);
  int good = 0, refused = 0;
  http::RawClient client(port_);
  for (int i = 0; i < 10'000; ++i) {
    const std::string target = std::string(Any(random, kPaths)) + "?" + RandomQuery(random);
    const Answer answer = Read(client.Ask(http::Get(target)));
    good += answer.status == 200;
    refused += answer.status == 400;
    ASSERT_TRUE(answer.status == 200 || answer.status == 400) << answer.status << " for " << target;
    if (answer.status == 400) {
      ASSERT_FALSE(answer.message().empty()) << target;
    }
  }
  // Both sides were tried.
  EXPECT_GT(good, 1000);
  EXPECT_GT(refused, 1000);
}

TEST_F(HostileTest, WhateverIsAskedTheStoreIsAskedForABoundedAnswer) {
  Start();
  Random random(7);
  http::RawClient client(port_);
  for (int i = 0; i < 3'000; ++i) {
    const std::string target = std::string(kPaths[2]) + "?" + RandomQuery(random);
    const int before = store_.history().asked;
    if (client.Ask(http::Get(target)).status != 200 || store_.history().asked == before) continue;
    const rollup::PointQuery& asked = store_.history().asked_points;
    ASSERT_LT(asked.from, asked.to) << target;
    const auto apart = asked.step > std::chrono::milliseconds(0) ? asked.step : std::chrono::seconds(10);
    ASSERT_LE((asked.to - asked.from) / apart, rollup::kMostPoints) << target;
  }
}

TEST_F(HostileTest, RandomBodiesNeverFailTheServer) {
  Start();
  Random random(11);
  const std::string seeds[] = {R"({"cpu_threshold": 80, "mem_threshold": 90.5, "enabled": null})", "{}",
                               "[1,2,3]", R"({"enabled": "yes", "x": {"y": [null, 1e5]}})"};
  http::RawClient client(port_);
  for (int i = 0; i < 2'000; ++i) {
    std::string body = seeds[random() % std::size(seeds)];
    for (size_t hits = random() % 4; hits > 0; --hits) {
      const size_t at = random() % (body.size() + 1);
      if (random() % 2 == 0) {
        body.insert(at, 1, static_cast<char>(random()));
      } else {
        body.erase(at, random() % 6);
      }
      if (body.empty()) break;
    }
    const int status = client
                           .Ask(
                               "PUT /api/v1/containers/1/resources/alerts HTTP/1.1\r\nHost: "
                               "a\r\nContent-Type: application/json\r\n"
                               "Content-Length: " +
                               std::to_string(body.size()) + "\r\n\r\n" + body)
                           .status;
    ASSERT_TRUE(status == 200 || status == 400) << status << " for " << body;
  }
}

}  // namespace
}  // namespace plimsoll::api
