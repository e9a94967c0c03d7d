#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/cli/shown_text.h"
#include "exporter/cli/top_reading.h"
#include "exporter/cli/top_screen.h"
#include "exporter/cli/top_table.h"

namespace plimsoll::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSummary =
    R"({"cpu_percent":12.5,"mem_used":1073741824,"mem_limit":4294967296,"cpu_count":2,"container_count":2})";
constexpr const char* kNoAlerts = R"({"alerts":[]})";

std::string ContainersText(const std::string& name, const std::string& alert_state = "\"normal\"") {
  return R"({"total":3,"running":1,"complete":true,"containers":[{"id":4,"name":")" + name +
         R"(","state":"running","health":"unhealthy","alert_state":)" + alert_state +
         R"(,"current":{"cpu_percent":150.25,"cpu_limit_percent":200,"cpu_pressure_percent":7.5,)"
         R"("mem_pressure_percent":0,"io_pressure_percent":null,)"
         R"("mem_used":67108864,"mem_limit":134217728,"mem_percent":50,)"
         R"("net_rx_bytes_per_second":null,"net_tx_bytes_per_second":2048,)"
         R"("block_read_bytes_per_second":0,"block_write_bytes_per_second":1.5}}]})";
}

std::string AlertText(const char* rule, const char* state, const char* container,
                      const char* count = "null") {
  return std::string(R"({"rule":")") + rule + R"(","state":")" + state + R"(","count":)" + count +
         R"(,"of":3,"container_id":)" + container + "}";
}

TopRow Row(const std::string& name, std::optional<double> cpu, std::optional<double> memory = 0) {
  TopRow row;
  row.name = name;
  row.state = "running";
  row.cpu_percent = cpu;
  row.memory_used = memory;
  row.memory_limit = 1 << 30;
  row.alert = "-";
  return row;
}

std::vector<std::string> NamesOf(const std::vector<TopRow>& rows) {
  std::vector<std::string> names;
  for (const TopRow& row : rows) names.push_back(row.name);
  return names;
}

TEST(TopReading, TakesFiguresOfTheApi) {
  const auto reading = ParseTop(ContainersText("web"), kSummary, kNoAlerts);
  ASSERT_TRUE(reading) << reading.error().message;
  ASSERT_EQ(reading->rows.size(), 1u);
  const TopRow& row = reading->rows[0];
  EXPECT_EQ(row.name, "web");
  EXPECT_EQ(row.state, "running (unhealthy)");
  EXPECT_EQ(row.cpu_percent, 150.25);
  EXPECT_EQ(row.cpu_limit, 200);
  EXPECT_EQ(row.cpu_pressure, 7.5);
  EXPECT_EQ(row.memory_pressure, 0);
  EXPECT_EQ(row.io_pressure, std::nullopt);
  EXPECT_EQ(row.receive, std::nullopt) << "null is not 0";
  EXPECT_EQ(row.block_read, 0);
  EXPECT_EQ(row.alert, "-");
  EXPECT_EQ(HostLine(*reading), "host cpu 12.5% of 2 cores  memory 1.00GiB / 4.00GiB  containers 1");
}

// A server that is a little older does not know them yet.
TEST(TopReading, LimitAndPressureMayBeMissing) {
  const auto reading = ParseTop(
      R"({"running":1,"containers":[{"id":4,"name":"web","state":"running","current":{"cpu_percent":1}}]})",
      kSummary, kNoAlerts);
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ(reading->rows[0].cpu_limit, std::nullopt);
  EXPECT_EQ(reading->rows[0].cpu_pressure, std::nullopt);
}

TEST(TopReading, AlertsAreNamedFiringOnesFirst) {
  const std::string alerts = R"({"alerts":[)" + AlertText("Slow", "pending", "4", "2") + "," +
                             AlertText("Hot", "firing", "4") + "," + AlertText("Host", "firing", "null") +
                             "," + AlertText("Other", "firing", "5") + "]}";
  const auto reading = ParseTop(ContainersText("web", "\"cpu_alert\""), kSummary, alerts);
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ(reading->rows[0].alert, "Hot, Slow 2/3");
  EXPECT_TRUE(reading->rows[0].is_firing);
}

TEST(TopReading, TheCombinedStateIsShownWhereNoRuleIsNamed) {
  EXPECT_EQ(ParseTop(ContainersText("web", "\"both_alert\""), kSummary, kNoAlerts)->rows[0].alert, "cpu+mem");
  EXPECT_EQ(ParseTop(ContainersText("web", "null"), kSummary, kNoAlerts)->rows[0].alert, "-");
}

TEST(TopReading, AnAnswerOfSomethingElseIsNamed) {
  for (const char* text : {"<html>", "[]", "{}", R"({"running":"x","containers":[]})",
                           R"({"running":1,"containers":[{"id":-1.5,"name":7}]})"}) {
    const auto reading = ParseTop(text, kSummary, kNoAlerts);
    ASSERT_FALSE(reading) << text;
    EXPECT_THAT(reading.error().message, HasSubstr("/api/v1/containers is not answered"));
  }
  EXPECT_THAT(ParseTop(ContainersText("web"), kSummary, "{}").error().message, HasSubstr("/api/v1/alerts"));
}

TEST(TopReading, ANameCannotMoveTheCursor) {
  const auto reading = ParseTop(ContainersText("a\\u001b[2J\\u202eb"), kSummary, kNoAlerts);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->rows[0].name, "a?[2J?b");
}

TEST(TopTable, OrdersGreatestFirstAndUnknownLast) {
  std::vector<TopRow> rows = {Row("low", 1, 9), Row("none", std::nullopt), Row("b", 50, 2), Row("a", 50, 3)};
  EXPECT_THAT(NamesOf(Arrange(rows, TopOrder::kCpu, "")), ElementsAre("a", "b", "low", "none"));
  EXPECT_THAT(NamesOf(Arrange(rows, TopOrder::kMemory, "")), ElementsAre("low", "a", "b", "none"));
  EXPECT_THAT(NamesOf(Arrange(rows, TopOrder::kName, "")), ElementsAre("a", "b", "low", "none"));
  rows[0].transmit = 5;
  rows[3].receive = 7;
  rows[1].block_write = 1;
  EXPECT_THAT(NamesOf(Arrange(rows, TopOrder::kNetwork, "")), ElementsAre("a", "low", "b", "none"));
  EXPECT_EQ(NamesOf(Arrange(rows, TopOrder::kBlock, ""))[0], "none");
}

TEST(TopTable, OrdersByTheGreatestOfThePressures) {
  std::vector<TopRow> rows = {Row("none", 9), Row("calm", 1), Row("disk", 2), Row("cpu", 3)};
  rows[1].cpu_pressure = rows[1].memory_pressure = rows[1].io_pressure = 0;
  rows[2].cpu_pressure = 1;
  rows[2].io_pressure = 60;
  rows[3].cpu_pressure = 50;
  EXPECT_THAT(NamesOf(Arrange(rows, TopOrder::kPressure, "")), ElementsAre("disk", "cpu", "calm", "none"));
}

TEST(TopTable, FiltersByNameInAnyCase) {
  EXPECT_THAT(NamesOf(Arrange({Row("shop-Web", 1), Row("db", 2)}, TopOrder::kCpu, "wEb")),
              ElementsAre("shop-Web"));
}

TEST(TopTable, OrdersAreReadAsTheyAreNamed) {
  for (const TopOrder order : {TopOrder::kCpu, TopOrder::kMemory, TopOrder::kPressure, TopOrder::kNetwork,
                               TopOrder::kBlock, TopOrder::kName})
    EXPECT_EQ(ParseTopOrder(TopOrderName(order)), order);
  EXPECT_EQ(ParseTopOrder("disk"), std::nullopt);
}

TEST(TopTable, ShowsUsageAgainstLimit) {
  TopRow row = Row("web", 12.34, 512 << 20);
  row.cpu_limit = 30;
  row.memory_percent = 50;
  const auto lines = TableLines({row}, 0);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], HasSubstr("MEMORY / LIMIT"));
  EXPECT_THAT(lines[1], HasSubstr("512MiB / 1.00GiB"));
  EXPECT_THAT(lines[0], HasSubstr("CPU / LIMIT"));
  EXPECT_THAT(lines[1], HasSubstr("12.3% / 30.0%"));
  EXPECT_THAT(TableLines({Row("web", 12.34)}, 0)[1], HasSubstr("12.3% / - ")) << "no limit";
  EXPECT_THAT(lines[1], HasSubstr(" - ")) << "an unknown rate";
}

TEST(TopTable, ShowsTheGreatestPressureAndWhoseItIs) {
  TopRow row = Row("web", 1);
  const auto shown = [&] {
    const std::string heading = TableLines({row}, 0)[0], line = TableLines({row}, 0)[1];
    const size_t end = heading.find("PRESSURE") + std::string("PRESSURE").size();
    return line.substr(line.rfind("  ", end - 1) + 2, end - line.rfind("  ", end - 1) - 2);
  };
  EXPECT_EQ(shown(), "-") << "not known";
  row.cpu_pressure = row.io_pressure = 0;
  EXPECT_EQ(shown(), "0.0%");
  row.io_pressure = 3.25;
  EXPECT_EQ(shown(), "io 3.2%");
  row.memory_pressure = 100;
  EXPECT_EQ(shown(), "mem 100.0%");
  row.cpu_pressure = 100;
  EXPECT_EQ(shown(), "cpu 100.0%") << "of equal ones the first";
}

TEST(TopTable, EveryWidthHoldsItsLines) {
  const std::vector<TopRow> rows = {Row(std::string(80, 'x'), 1), Row("größe", 2)};
  for (size_t width = 1; width <= 200; ++width)
    for (const std::string& line : TableLines(rows, width)) ASSERT_LE(WidthOf(line), width);
}

TopRow Busy(const std::string& name, const std::string& alert) {
  TopRow row = Row(name, 29.9, 50 << 20);
  row.cpu_limit = 30;
  row.memory_percent = 4.9;
  row.cpu_pressure = 70.1;
  row.alert = alert;
  row.is_firing = true;
  return row;
}

TEST(TopTable, EightyColumnsHoldLimitsPressureAndAlerts) {
  const auto lines = TableLines({Busy("shop-web-frontend-1", "ContainerCpuHigh, ContainerMemoryHigh")}, 80);
  EXPECT_EQ(lines[1], "shop-web-front…  29.9% / 30.0%  50.0MiB / 1.00GiB  4.9%  cpu 70.1%  ContainerCp…");
  EXPECT_THAT(lines[0], Not(HasSubstr("NET")));
}

TEST(TopTable, RoomThatIsLeftGoesToTheNameThenToTheAlerts) {
  const auto long_name = TableLines({Busy("shop-web-frontend-1", "ContainerCpuHigh")}, 84);
  EXPECT_THAT(long_name[1], HasSubstr("shop-web-frontend-1  29.9%"));
  EXPECT_THAT(long_name[1], HasSubstr("ContainerCp…"));
  const auto short_name = TableLines({Busy("web", "ContainerCpuHigh")}, 76);
  EXPECT_THAT(short_name[1], HasSubstr("ContainerCpuHigh"));
}

TEST(TopTable, NarrowTerminalsKeepNameCpuAndMemory) {
  const auto lines = TableLines({Row("web", 1)}, 60);
  EXPECT_THAT(lines[0], HasSubstr("CPU"));
  EXPECT_THAT(lines[0], HasSubstr("MEMORY / LIMIT"));
  EXPECT_THAT(TableLines({Busy("web", "Hot")}, 62)[0], HasSubstr("ALERTS")) << "the last to go";
  EXPECT_THAT(TableLines({Busy("web", "Hot")}, 62)[0], HasSubstr("PRESSURE"));
  EXPECT_THAT(TableLines({Busy("web", "Hot")}, 55)[0], Not(HasSubstr("PRESSURE")));
  EXPECT_THAT(lines[0], Not(HasSubstr("DISK")));
  EXPECT_THAT(lines[0], Not(HasSubstr("STATE")));
}

TEST(TopScreen, KeysSortFilterAndLeave) {
  TopScreen screen("http://x", TopOrder::kCpu);
  EXPECT_TRUE(screen.Press("m"));
  EXPECT_EQ(screen.order(), TopOrder::kMemory);
  EXPECT_TRUE(screen.Press("p"));
  EXPECT_EQ(screen.order(), TopOrder::kPressure);
  EXPECT_TRUE(screen.Press("n"));
  EXPECT_EQ(screen.order(), TopOrder::kNetwork);
  EXPECT_TRUE(
      screen.Press("/q\xc3\xb6\x7f"
                   "x\n"));
  EXPECT_EQ(screen.filter(), "qx") << "q is a letter while one types";
  EXPECT_TRUE(screen.Press("\x1b"));
  EXPECT_EQ(screen.filter(), "");
  EXPECT_TRUE(screen.Press("\x1b[B\x1b[6~"));
  EXPECT_FALSE(screen.Press("q"));
}

TopReading Many(size_t count) {
  TopReading reading;
  reading.running = count;
  for (size_t i = 0; i < count; ++i) {
    std::string name = std::to_string(i);
    name.insert(0, 4 - name.size(), '0');
    reading.rows.push_back(Row("box" + name, 0));
  }
  return reading;
}

size_t LinesOf(const std::string& screen) {
  size_t lines = 1;
  for (const char c : screen) lines += c == '\n';
  return lines;
}

TEST(TopScreen, DrawsAsManyLinesAsThereAreAtAnySize) {
  TopScreen screen("http://x", TopOrder::kName);
  for (size_t rows = 1; rows < 40; ++rows) {
    EXPECT_LE(LinesOf(screen.Draw(rows, 20)), rows);
  }
  screen.Take(Many(30));
  for (size_t rows = 1; rows < 40; ++rows)
    for (const size_t columns : {1, 20, 80}) ASSERT_LE(LinesOf(screen.Draw(rows, columns)), rows);
}

TEST(TopScreen, MovesThroughMoreThanFits) {
  TopScreen screen("http://x", TopOrder::kName);
  screen.Take(Many(30));
  EXPECT_THAT(screen.Draw(10, 100), HasSubstr("box0000"));
  EXPECT_THAT(screen.Draw(10, 100), HasSubstr("24 more"));
  screen.Press("jj\x1b[B");
  EXPECT_THAT(screen.Draw(10, 100), Not(HasSubstr("box0002")));
  EXPECT_THAT(screen.Draw(10, 100), HasSubstr("box0003"));
  for (int i = 0; i < 100; ++i) screen.Press("\x1b[6~");
  EXPECT_THAT(screen.Draw(10, 100), HasSubstr("box0029")) << "never beyond the end";
  screen.Press("k");
  EXPECT_THAT(screen.Draw(10, 100), Not(HasSubstr("box0029"))) << "and one step back is seen at once";
}

TEST(TopScreen, OldFiguresStayAndAreSaidToBeOld) {
  TopScreen screen("http://x", TopOrder::kName);
  EXPECT_THAT(screen.Draw(10, 100), HasSubstr("asking..."));
  screen.Take(Many(1));
  screen.Miss("no answer");
  EXPECT_THAT(screen.Draw(10, 100), HasSubstr("old figures: no answer"));
  EXPECT_THAT(screen.Draw(10, 100), HasSubstr("box0000"));
  screen.Take(Many(1));
  EXPECT_THAT(screen.Draw(10, 100), Not(HasSubstr("no answer")));
}

TEST(ShownText, BytesHaveThreeDigitsOrFew) {
  EXPECT_EQ(BytesText(std::nullopt), "-");
  EXPECT_EQ(BytesText(0.), "0B");
  EXPECT_EQ(BytesText(1023.), "1023B");
  EXPECT_EQ(BytesText(1024.), "1.00KiB");
  EXPECT_EQ(BytesText(1023.6 * 1024), "1.00MiB");
  EXPECT_EQ(BytesText(12.34 * 1024), "12.3KiB");
  EXPECT_EQ(BytesText(123.4 * 1024 * 1024), "123MiB");
}

TEST(ShownText, FitsToColumnsNotBytes) {
  EXPECT_EQ(FitText("größe", 5), "größe");
  EXPECT_EQ(FitText("größe", 4), "grö…");
  EXPECT_EQ(FitText("ab", 0), "");
  EXPECT_EQ(ShownText("a\xff\n\xc2\x9b"), "a???");
}

}  // namespace
}  // namespace plimsoll::cli
