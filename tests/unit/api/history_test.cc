#include <gmock/gmock.h>

#include "exporter/api/history_span.h"
#include "unit/api/api_fixture.h"

namespace plimsoll::api {
namespace {

using rollup::Granularity;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using Json = nlohmann::json;

const WallTime kNow(seconds(1'700'000'005));

Result<HistorySpan> Span(const std::string& raw, const ApiSettings& settings = {}) {
  return TakeHistorySpan(*http::Query::Parse(raw), kNow, settings);
}
std::string Refusal(const std::string& raw) {
  const auto span = Span(raw);
  return span ? "" : span.error().message;
}
WallTime At(int64_t unix_seconds) { return WallTime(seconds(unix_seconds)); }

TEST(HistorySpanTest, RangesHaveTheContractsGranularity) {
  const struct {
    const char* range;
    hours length;
    Granularity granularity;
  } cases[] = {{"1h", hours(1), Granularity::kRaw},   {"6h", hours(6), Granularity::k1m},
               {"24h", hours(24), Granularity::k5m},  {"7d", hours(168), Granularity::k1h},
               {"30d", hours(720), Granularity::k1h}, {"90d", hours(2160), Granularity::k1d},
               {"1y", hours(8760), Granularity::k1d}};
  for (const auto& one : cases) {
    const auto span = Span(std::string("range=") + one.range);
    ASSERT_TRUE(span) << one.range;
    EXPECT_EQ(span->range, one.range);
    EXPECT_EQ(span->granularity, one.granularity) << one.range;
    EXPECT_EQ(span->step, rollup::StepOf(one.granularity)) << one.range;
    EXPECT_EQ(span->to, kNow);
    EXPECT_LE(span->from, kNow - one.length);
    EXPECT_GT(span->from + rollup::StepOf(one.granularity) + seconds(1), kNow - one.length) << one.range;
  }
  EXPECT_EQ(Span("")->range, "1h");
}

TEST(HistorySpanTest, BucketsBeginWhole) {
  const auto span = Span("from=1699990010&to=1700000000&step=1m");
  ASSERT_TRUE(span);
  EXPECT_EQ(span->from, At(1699989960));
  EXPECT_EQ(span->to, At(1700000000));
  const auto question = span->Question(3);
  EXPECT_EQ(question.container, 3u);
  EXPECT_EQ(question.granularity, Granularity::k1m);
  EXPECT_EQ(question.step, minutes(1));
}

TEST(HistorySpanTest, TimesAreReadBothWays) {
  const auto span = Span("from=2023-11-14T21:13:20Z&to=2023-11-15T00:13:20%2B02:00");
  ASSERT_TRUE(span);
  EXPECT_EQ(span->from, At(1699996400));
  EXPECT_EQ(span->to, At(1700000000));
  EXPECT_EQ(span->range, "");
  EXPECT_EQ(Span("from=1699999999.5")->from, At(1699999999) + milliseconds(500));
  EXPECT_EQ(Span("from=1699999999.5")->to, kNow);
}

TEST(HistorySpanTest, AStepTakesTheCoarsestGranularityThatDividesIt) {
  const struct {
    const char* step;
    Granularity granularity;
    milliseconds asked;  // of the store
  } cases[] = {{"1m", Granularity::k1m, minutes(1)},   {"3m", Granularity::k1m, minutes(3)},
               {"10m", Granularity::k5m, minutes(10)}, {"1h", Granularity::k1h, hours(1)},
               {"90m", Granularity::k5m, minutes(90)}, {"36h", Granularity::k1h, hours(36)},
               {"2d", Granularity::k1d, hours(48)},    {"10s", Granularity::kRaw, {}},
               {"90s", Granularity::kRaw, {}},         {"1500ms", Granularity::kRaw, {}}};
  for (const auto& one : cases) {
    const auto span = Span(std::string("range=6h&step=") + one.step);
    ASSERT_TRUE(span) << one.step << span.error().message;
    EXPECT_EQ(span->granularity, one.granularity) << one.step;
    EXPECT_EQ(span->Question(1).step, one.asked) << one.step;
  }
}

TEST(HistorySpanTest, WhatIsNoLongerKeptIsAskedCoarser) {
  EXPECT_EQ(Span("from=1699990000&to=1699991000")->granularity, Granularity::kRaw);
  EXPECT_EQ(Span("from=1699600000&to=1699601000")->granularity, Granularity::k1m);  // 4 days ago
  EXPECT_EQ(Span("from=1699000000&to=1699001000")->granularity, Granularity::k1h);  // 11 days ago
  EXPECT_EQ(Span("from=1690000000&to=1690001000")->granularity, Granularity::k1d);  // 115 days ago
  ApiSettings settings;
  settings.retention.raw = minutes(30);
  EXPECT_EQ(Span("range=1h", settings)->granularity, Granularity::k1m);
}

TEST(HistorySpanTest, RefusalsNameWhatIsAccepted) {
  EXPECT_EQ(Refusal("range=2h"), "range must be one of: 1h 6h 24h 7d 30d 90d 1y; not \"2h\"");
  EXPECT_THAT(Refusal("range="), HasSubstr("1h 6h 24h"));
  for (const char* step : {"0", "0s", "", "-1m", "x", "1.5m", "500ms", "10", "1y1d", "99999999999999999d"})
    EXPECT_THAT(Refusal(std::string("range=1h&step=") + step), HasSubstr("from 1s to 365d")) << step;
  for (const char* from :
       {"", "yesterday", "-5", "2023-13-01T00:00:00Z", "99999999999", "1e9", "1.", ".5", "nan"})
    EXPECT_THAT(Refusal(std::string("from=") + from), HasSubstr("RFC 3339")) << from;
  EXPECT_THAT(Refusal("from=1699990000&to=now"), HasSubstr("to must be a time"));
  EXPECT_EQ(Refusal("from=1700000000&to=1699999999"), "from must be before to");
  EXPECT_EQ(Refusal("from=1700000000&to=1700000000"), "from must be before to");
  EXPECT_THAT(Refusal("from=1800000000"), HasSubstr("before now"));
  EXPECT_THAT(Refusal("to=1700000000"), HasSubstr("from"));
  EXPECT_THAT(Refusal("from=1699990000&range=1h"), HasSubstr("not both"));
}

TEST(HistorySpanTest, MorePointsThanAnAnswerHoldsAreRefusedWithTheBound) {
  // Ten years of single readings.
  const std::string refusal = Refusal("from=1384640000&to=1700000000&step=10s");
  EXPECT_THAT(refusal, HasSubstr("31536000 points of raw"));
  EXPECT_THAT(refusal, HasSubstr("at most 11000"));
  EXPECT_EQ(Refusal("from=1699890000&to=1700000000&step=10s"), "");
  EXPECT_THAT(Refusal("from=1699889990&to=1700000000&step=10s"), HasSubstr("11001"));
  EXPECT_THAT(Refusal("range=30d&step=1m"), HasSubstr("11000"));
  EXPECT_THAT(Refusal("range=30d&step=90s"),
              HasSubstr("raw"));  // condensed from readings, which are too many
  EXPECT_THAT(Refusal("from=0"), HasSubstr("19676 points of 1d"));
  ApiSettings quick;
  quick.interval = seconds(1);
  EXPECT_FALSE(Span("from=1699980000&step=10s", quick));
}

class HistoryTest : public ApiTest {
 protected:
  // One of `count` readings 10 s apart.
  static rollup::Point Reading(WallTime at, uint64_t size) {
    rollup::Point point;
    point.at = at;
    ::plimsoll::Reading reading;
    reading.container = 1;
    reading.elapsed_ms = 10'000;
    reading.cpu_us = size * 100'000;
    reading.net_rx_bytes = size * 10;
    reading.memory_bytes = size << 20;
    point.bucket.Add(reading);
    return point;
  }
};

TEST_F(HistoryTest, SingleReadingsHaveNoExtremes) {
  store_.history().points = {Reading(At(1'699'999'990), 5)};
  store_.history().points[0].memory_limit_bytes = 10 << 20;
  Start();
  const Json answer = Get("/api/v1/containers/1/resources/history?range=1h").json;
  EXPECT_EQ(answer["container_id"], 1);
  EXPECT_EQ(answer["range"], "1h");
  EXPECT_EQ(answer["granularity"], "raw");
  EXPECT_EQ(answer["step_seconds"], nullptr);
  EXPECT_EQ(answer["points"], Json::array({{{"timestamp", "2023-11-14T22:13:10.000Z"},
                                            {"samples", 1},
                                            {"cpu_percent", 5},
                                            {"mem_used", 5 << 20},
                                            {"mem_limit", 10 << 20},
                                            {"mem_percent", 50},
                                            {"net_rx_bytes", 50},
                                            {"net_rx_bytes_per_second", 5},
                                            {"net_tx_bytes", nullptr},
                                            {"net_tx_bytes_per_second", nullptr},
                                            {"block_read_bytes", nullptr},
                                            {"block_read_bytes_per_second", nullptr},
                                            {"block_write_bytes", nullptr},
                                            {"block_write_bytes_per_second", nullptr}}}));
}

TEST_F(HistoryTest, BucketsHaveExtremesAndTheHostsMemoryAsLimit) {
  rollup::Point point = Reading(At(1'699'999'980), 4);
  point.bucket.Append(Reading(At(1'699'999'990), 8).bucket);
  store_.history().points = {point};
  Start();
  const Json answer = Get("/api/v1/containers/1/resources/history?range=6h").json;
  EXPECT_EQ(answer["granularity"], "1m");
  EXPECT_EQ(answer["step_seconds"], 60);
  const Json& shown = answer["points"][0];
  EXPECT_EQ(shown["samples"], 2);
  EXPECT_EQ(shown["cpu_percent"], 6);
  EXPECT_EQ(shown["cpu_percent_min"], 4);
  EXPECT_EQ(shown["cpu_percent_max"], 8);
  EXPECT_EQ(shown["cpu_percent_last"], 8);
  EXPECT_EQ(shown["mem_used"], 6 << 20);
  EXPECT_EQ(shown["mem_used_min"], 4 << 20);
  EXPECT_EQ(shown["mem_used_max"], 8 << 20);
  EXPECT_EQ(shown["mem_used_last"], 8 << 20);
  EXPECT_EQ(shown["mem_limit"], 8'000'000'000);
  EXPECT_EQ(shown["net_rx_bytes"], 120);
  EXPECT_EQ(shown["net_rx_bytes_per_second"], 6);
}

TEST_F(HistoryTest, AStepThatIsNoWholeMinuteIsMadeOfReadings) {
  for (int i = 0; i < 9; ++i)
    store_.history().points.push_back(
        Reading(At(1'699'999'900) + seconds(10 * i), static_cast<uint64_t>(i + 1)));
  store_.history().points.erase(store_.history().points.begin() + 4);  // a gap stays a shorter point
  Start();
  const Json points = Get("/api/v1/containers/1/resources/history?range=1h&step=30s").json["points"];
  ASSERT_EQ(points.size(), 4u);  // :10 is 10 s into its step
  EXPECT_EQ(points[0]["timestamp"], "2023-11-14T22:11:30.000Z");
  EXPECT_EQ(points[0]["samples"], 2);
  EXPECT_EQ(points[1]["samples"], 2);
  EXPECT_EQ(points[2]["samples"], 3);
  EXPECT_EQ(points[2]["net_rx_bytes"], 210);
  EXPECT_EQ(points[2]["cpu_percent_max"], 8);
  EXPECT_EQ(points[3]["samples"], 1);
  EXPECT_EQ(store_.history().asked_points.step, milliseconds(0));
}

TEST_F(HistoryTest, ReadingsCloserThanTheIntervalIsNowAreCondensedOrRefused) {
  for (int i = 0; i < 12'000; ++i)
    store_.history().points.push_back(Reading(At(1'699'980'000) + seconds(i), 1));
  Start();
  const std::string path = "/api/v1/containers/1/resources/history?from=1699980000&to=1699999999&step=";
  const Answer fine = Get(path + "10s");
  ASSERT_EQ(fine.status, 200);
  EXPECT_EQ(fine.json["points"].size(), 1200u);
  for (const Json& point : fine.json["points"]) ASSERT_EQ(point["samples"], 10);
  const Answer crowded = Get(path + "1s");
  EXPECT_EQ(crowded.status, 400);
  EXPECT_THAT(crowded.message(), HasSubstr("more than 11000 points"));
}

TEST_F(HistoryTest, ReadingsOfAClockThatWasSetBackAreCondensedAllTheSame) {
  const auto from = At(1'699'990'000);
  for (int i = 0; i < 10'000; ++i) {  // an hour and more that passed twice
    store_.history().points.push_back(Reading(from + milliseconds(500 * i), 1));
    store_.history().points.push_back(Reading(from + milliseconds(500 * i), 1));
  }
  Start();
  const Answer answer = Get("/api/v1/containers/1/resources/history?from=1699989000&to=1700000000&step=10s");
  ASSERT_EQ(answer.status, 200);
  ASSERT_EQ(answer.json["points"].size(), 500u);
  for (const Json& point : answer.json["points"]) ASSERT_EQ(point["samples"], 40);
}

TEST_F(HistoryTest, NoReadingsAreNoPoints) {
  Start();
  const Answer answer = Get("/api/v1/containers/9/resources/history");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["points"], Json::array());
}

TEST_F(HistoryTest, BadQuestionsAre400AndAFailingDiskIs503) {
  Start();
  EXPECT_EQ(Get("/api/v1/containers/1/resources/history?range=3h").status, 400);
  EXPECT_EQ(Get("/api/v1/containers/1/resources/history?step=0").status, 400);
  EXPECT_EQ(Get("/api/v1/containers/1/resources/history?range=%zz").status, 400);
  store_.history().fails = true;
  EXPECT_EQ(Get("/api/v1/containers/1/resources/history?range=3h").status, 400);
  const Answer answer = Get("/api/v1/containers/1/resources/history");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "STORE_UNAVAILABLE");
}

}  // namespace
}  // namespace plimsoll::api
