#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "exporter/http/server.h"
#include "unit/http/raw_client.h"

namespace plimsoll::http {

inline Response Body(std::string text) { return TextResponse(200, std::move(text)); }

// A server on a free port with a few routes; what on_request told is kept.
class ServerTest : public testing::Test {
 protected:
  void Start(int workers = 4, std::chrono::milliseconds io_timeout = std::chrono::milliseconds(10000)) {
    ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    options.worker_threads = workers;
    options.io_timeout = io_timeout;
    options.on_request = [this](std::string_view route, int status, std::chrono::nanoseconds) {
      const std::lock_guard lock(mutex_);
      seen_.push_back(std::string(route) + " " + std::to_string(status));
    };
    server_ = std::make_unique<Server>(std::move(options));
    server_->Handle("GET", "/metrics", [](const Request&) { return Body("up 1\n"); });
    server_->Handle("POST", "/echo", [](const Request& request) { return Body(request.body); });
    server_->Handle("GET", "/show", [](const Request& request) {
      return Body(request.method + "|" + request.path + "|" + request.query + "|" +
                  std::string(request.Header("x-A")));
    });
    server_->Handle("GET", "/things/{id}/name",
                    [](const Request& request) { return Body(std::string(request.Parameter("id"))); });
    server_->Handle("GET", "/long", [](const Request&) {
      Response response = Body(std::string(5000, 'l'));
      response.compress = true;
      return response;
    });
    server_->Handle("GET", "/space here", [](const Request&) { return Body("found"); });
    server_->Handle("GET", "/throw",
                    [](const Request&) -> Response { throw std::runtime_error("on purpose"); });
    server_->Handle("GET", "/throw-int", [](const Request&) -> Response { throw 7; });
    server_->Handle("GET", "/big", [](const Request&) {
      static const auto big = std::make_shared<const std::string>(32 << 20, 'x');
      Response response;
      response.body = big;
      return response;
    });
    server_->Handle("GET", "/hostile", [](const Request&) {
      Response response = Body("");
      response.headers.emplace_back("X-Name", "a\r\nSet-Cookie: b");
      return response;
    });
    const auto started = server_->Start();
    ASSERT_TRUE(started) << started.error().message;
    port_ = PortOf(server_->addresses().at(0));
  }

  std::vector<std::string> Seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  // on_request is called after the answer is out: waits until it has been.
  bool WaitForSeen(const std::string& entry) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
      for (const std::string& seen : Seen())
        if (seen == entry) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> seen_;
  std::unique_ptr<Server> server_;  // goes first: its workers write to seen_
};

}  // namespace plimsoll::http
