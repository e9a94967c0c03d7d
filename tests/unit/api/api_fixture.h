#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "exporter/api/api.h"
#include "manual_clock.h"
#include "unit/api/fakes.h"
#include "unit/http/raw_client.h"

namespace plimsoll::api {

// The API on a real server on a free port, with a store of fakes behind it: web
// (1) and db (2) live, old (9) has ended. The sidecar is a real one that tells nobody.
class ApiTest : public testing::Test {
 protected:
  ApiTest() : store_(clock_) {
    store_.SetNewest(SetBuilder(clock_.Wall()).Add(2, "db", 300).Add(1, "web", 100).Done());
    store_.history().known = {Known(1, "web", clock_.Wall()), Known(2, "db", clock_.Wall()),
                              Known(9, "old", clock_.Wall() - std::chrono::hours(5))};
    store_.status_now.path = "data/plimsoll.db";
    store_.status_now.schema_version = 1;
    store_.status_now.writing = true;
    store_.status_now.write_errors = {{"full", 0}, {"io", 2}};
    store_.status_now.tiers = {{rollup::Tier::kRaw, clock_.Wall() - std::chrono::hours(1), clock_.Wall(), 99},
                               {rollup::Tier::kMinute, {}, {}, 0}};
  }
  ~ApiTest() override {
    server_.reset();  // its workers use the API
  }

  void Start(bool admin = true) {
    alerting::SidecarWorld world;
    world.clock = &clock_;
    world.change = [this](const auto& work) { return store_.Change(work); };
    world.dice = [] { return 0.5; };
    sidecar_ = std::make_unique<alerting::Sidecar>(
        watching_, stored_, std::vector<std::pair<uint32_t, AlertSetting>>(), std::move(world));
    Watch();
    ApiSources sources;
    sources.store = &store_;
    sources.clock = &clock_;
    sources.alerts = sidecar_.get();
    sources.newest_frame = [this] {
      const auto set = store_.newest();
      return set ? set->frame : nullptr;
    };
    sources.settings = [] { return ApiSettings(); };
    sources.enable_admin_api = admin;
    sources.more_parts = more_parts_;
    sources.version = "1.2.3";
    sources.host_name = "web-7";
    sources.cores = 4;
    sources.memory_bytes = 8'000'000'000;
    api_ = std::make_unique<Api>(std::move(sources));
    http::ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    server_ = std::make_unique<http::Server>(std::move(options));
    api_->Routes(*server_);
    const auto started = server_->Start();
    ASSERT_TRUE(started) << started.error().message;
    port_ = http::PortOf(server_->addresses().at(0));
  }

  struct Answer {
    int status = 0;
    nlohmann::json json;
    std::string code() const { return json.value("/error/code"_json_pointer, std::string()); }
    std::string message() const { return json.value("/error/message"_json_pointer, std::string()); }
  };
  static Answer Read(const http::Reply& reply) {
    return {reply.status, nlohmann::json::parse(reply.body, nullptr, false)};
  }
  Answer Get(const std::string& path) { return Read(http::Fetch(port_, path)); }
  Answer Put(const std::string& path, const std::string& body,
             const std::string& headers = "Content-Type: application/json\r\n") {
    return Read(http::RawClient(port_).Ask("PUT " + path + " HTTP/1.1\r\nHost: box:9797\r\n" + headers +
                                           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                                           body));
  }
  // A beat of the collector.
  void Tick(std::shared_ptr<const ReadingSet> set) {
    store_.SetNewest(set);
    Watch();
    api_->Observe(std::move(set));
  }
  // The sidecar sees the newest set, and its rows go to the file.
  void Watch() {
    const auto set = store_.newest();
    if (!set) return;
    sidecar_->Step(*set);
    const auto written = store_.Change([this](Database& database) { sidecar_->Write(database); });
    sidecar_->Ended(written.has_value());
  }
  // An alert that was open when the sidecar was made.
  static alerting::StoredState Firing(const std::string& rule, AlertMetric metric, uint32_t container) {
    alerting::StoredState state;
    state.rule = rule;
    state.container = container;
    state.metric = AlertMetricName(metric);
    state.phase = alerting::Phase::kFiring;
    state.value = 99;
    state.since = state.fired_at = state.last_alerted = ManualClock().Wall();
    state.alert = "00112233445566778899aabbccddeeff";
    state.severity = "warning";
    state.labels = {{"alertname", rule}, {"name", "web"}};
    return state;
  }
  static RuleConfig MakeRule(const std::string& name, AlertMetric metric, uint32_t breaches) {
    RuleConfig rule;
    rule.name = name;
    rule.metric = metric;
    rule.threshold = 5000;
    rule.breaches = breaches;
    rule.recoveries = 3;
    return rule;
  }

  using Json = nlohmann::json;
  ManualClock clock_;
  FakeStore store_;
  alerting::EngineConfig watching_ = [] {
    alerting::EngineConfig config;
    config.alerting.rules = {MakeRule("Cpu", AlertMetric::kCpuPercent, 2),
                             MakeRule("Memory", AlertMetric::kMemoryPercent, 5)};
    return config;
  }();
  alerting::StoredAlerts stored_;
  std::unique_ptr<alerting::Sidecar> sidecar_;
  std::function<std::vector<PartHealth>()> more_parts_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<http::Server> server_;
  uint16_t port_ = 0;
};

}  // namespace plimsoll::api
