#pragma once

#include <crypt.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "exporter/http/server.h"
#include "unit/http/raw_client.h"

namespace plimsoll::http {

inline constexpr const char* kAlice = "Authorization: Basic YWxpY2U6c2VjcmV0\r\n";  // alice:secret
inline constexpr const char* kBob = "Authorization: Basic Ym9iOnNlY3JldA==\r\n";    // bob:secret

inline std::string BcryptOfSecret() {
  crypt_data data{};
  return crypt_r("secret", "$2b$04$abcdefghijklmnopqrstuu", &data);
}

struct Outcome {
  int code = -1;
  std::string output;
};

// Runs a shell command to its end, at most 20 seconds.
inline Outcome Shell(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen(("timeout 20 sh -c '" + command + "' 2>&1").c_str(), "r");
  char buffer[4096];
  while (size_t n = fread(buffer, 1, sizeof buffer, pipe)) outcome.output.append(buffer, n);
  const int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

class WebAccessTest : public testing::Test {
 protected:
  WebAccessTest() {
    char name[] = "/tmp/plimsoll-webaccess-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~WebAccessTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  // In one step, as an administrator's tool would.
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name + ".new")) << text;
    std::filesystem::rename(Path(name + ".new"), Path(name));
  }
  Result<void> TryStart(const std::string& web_config,
                        std::chrono::milliseconds io_timeout = std::chrono::milliseconds(10000)) {
    Write("web.yml", web_config);
    ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    options.web_config_file = Path("web.yml");
    options.worker_threads = 4;
    options.io_timeout = io_timeout;
    server_ = std::make_unique<Server>(std::move(options));
    server_->Handle("GET", "/metrics", [](const Request&) { return TextResponse(200, "up 1\n"); });
    server_->Handle("GET", "/big",
                    [](const Request&) { return TextResponse(200, std::string(4 << 20, 'x')); });
    server_->Handle("POST", "/echo", [](const Request& request) { return TextResponse(200, request.body); });
    return server_->Start();
  }
  void Start(const std::string& web_config) {
    const auto started = TryStart(web_config);
    ASSERT_TRUE(started) << started.error().message;
    port_ = PortOf(server_->addresses().at(0));
  }
  template <typename Condition>
  static bool Eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }

  std::string folder_;
  std::unique_ptr<Server> server_;
  uint16_t port_ = 0;
};

}  // namespace plimsoll::http
