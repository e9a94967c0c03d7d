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
// (1) and db (2) live, old (9) has ended.
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
    ApiSources sources;
    sources.store = &store_;
    sources.clock = &clock_;
    sources.alerts = &alerts_;
    sources.newest_frame = [this] {
      const auto set = store_.newest();
      return set ? set->frame : nullptr;
    };
    sources.settings = [] { return ApiSettings(); };
    sources.enable_admin_api = admin;
    sources.version = "1.2.3";
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
    api_->Observe(std::move(set));
  }

  using Json = nlohmann::json;
  ManualClock clock_;
  FakeStore store_;
  FakeAlerts alerts_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<http::Server> server_;
  uint16_t port_ = 0;
};

}  // namespace plimsoll::api
