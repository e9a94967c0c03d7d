#include <gmock/gmock.h>
#include <yaml-cpp/yaml.h>

#include <charconv>

#include "shell.h"
#include "unit/api/api_fixture.h"

namespace plimsoll::api {
namespace {

using std::chrono::seconds;
using Json = nlohmann::json;

const std::string kScripts = PLIMSOLL_SOURCE_DIR "/tests/integration/";
const std::string kDocument = PLIMSOLL_SOURCE_DIR "/exporter/api/openapi.yaml";

Finished Python(const std::string& arguments) {
  return Shell("exec python3 -B " + kScripts + arguments, 240);
}

// A plain scalar as YAML 1.2's core schema understands it; a quoted one is text.
Json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;
  if (text == "null") return nullptr;
  if (text == "true" || text == "false") return text == "true";
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return text;
  if (text.find('.') != std::string::npos) return number;
  return static_cast<int64_t>(number);
}

Json ToJson(const YAML::Node& node) {
  if (node.IsMap()) {
    Json map = Json::object();
    for (const auto& entry : node) map[entry.first.Scalar()] = ToJson(entry.second);
    return map;
  }
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& item : node) list.push_back(ToJson(item));
    return list;
  }
  return node.IsNull() ? Json() : Scalar(node);
}

using OpenApiTest = ApiTest;

TEST_F(OpenApiTest, TheTestsReadTheDocumentAsYamlDoes) {
  const Finished run = Python("yaml_subset.py " + kDocument);
  ASSERT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(Json::parse(run.output), ToJson(YAML::LoadFile(kDocument)));
}

// An object may hold more than its schema names, for others build on it: a name that is required and
// nowhere described would let any value pass.
void ExpectDescribed(const Json& node, const std::string& path) {
  if (node.contains("properties") && node.contains("required")) {
    for (const std::string name : node["required"])
      EXPECT_TRUE(node["properties"].contains(name)) << path << ": " << name;
  }
  for (const auto& [key, child] : node.items())
    if (child.is_structured()) ExpectDescribed(child, path + "/" + key);
}

TEST_F(OpenApiTest, WhatIsRequiredIsDescribed) { ExpectDescribed(ToJson(YAML::LoadFile(kDocument)), ""); }

TEST_F(OpenApiTest, WhatTheServerRefusesAnyRequestWithIsDescribed) {
  const Json document = ToJson(YAML::LoadFile(kDocument));
  for (const auto& [path, item] : document["paths"].items())
    for (const char* method : {"get", "put", "post", "delete"})
      for (const char* status : {"401", "403", "429"})
        if (item.contains(method)) {
          EXPECT_TRUE(item[method]["responses"].contains(status)) << method << " " << path << " " << status;
        }
}

TEST_F(OpenApiTest, EveryPathAnswersAsDescribed) {
  clock_.JumpWall(std::chrono::system_clock::now().time_since_epoch() - clock_.Wall().time_since_epoch());
  stored_.states = {Firing("Cpu", AlertMetric::kCpuPercent, 1)};
  for (int i = 0; i < 6; ++i) {
    rollup::Point point;
    point.at = clock_.Wall() - seconds(60 - 10 * i);
    Reading reading;
    if (i > 0) {
      reading.elapsed_ms = 10'000;
      reading.cpu_us = 7'000'000;
      reading.net_rx_bytes = 12345;
      reading.memory_bytes = 64 << 20;
    }
    point.bucket.Add(reading);
    store_.history().points.push_back(point);
  }
  store_.history().consumers = {{1, "web", 70.25, 17.5}, {9, "old", 3.5, {}}};
  SetBuilder builder(clock_.Wall());
  builder.Add(1, "web", 10).Bare(2, "db");
  store_.SetNewest(builder.Done());
  Start();
  api_->Observe(store_.newest());
  const Finished run = Python("openapi_walk.py " + std::to_string(port_) + " 1 2 9");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, testing::HasSubstr("events: resource.snapshot"));
}

TEST_F(OpenApiTest, EveryEventIsAsDescribed) {
  Start();
  using Kind = ContainerEvent::Kind;
  SetBuilder builder(clock_.Wall());
  builder.Add(1, "web", 10);
  for (const Kind kind :
       {Kind::kStart, Kind::kStop, Kind::kOom, Kind::kRename, Kind::kHealth, Kind::kPause, Kind::kUnpause})
    builder.Happened(kind, "web");
  std::atomic<bool> done{false};
  std::thread beats([&] {
    using alerting::Part;
    while (!done) {
      Tick(builder.Done());
      for (const bool is_alert : {true, false})
        api_->Observe({1, "web", {}, {}, {Part::kMemory, is_alert, {95, 90}}, clock_.Wall()});
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  const Finished run = Python("openapi_walk.py " + std::to_string(port_) + " 1 9 2>&1 | tail -n 1");
  done = true;
  beats.join();
  EXPECT_THAT(run.output,
              testing::HasSubstr("events: container.health container.oom container.pause container.rename "
                                 "container.start container.stop container.unpause resource.alert "
                                 "resource.recovery resource.snapshot"));
}

}  // namespace
}  // namespace plimsoll::api
