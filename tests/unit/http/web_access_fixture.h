#pragma once

#include <crypt.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "eventually.h"
#include "exporter/http/server.h"
#include "shell.h"
#include "temp_folder.h"
#include "text_file.h"
#include "unit/http/raw_client.h"

namespace plimsoll::http {

inline constexpr const char* kAlice = "Authorization: Basic YWxpY2U6c2VjcmV0\r\n";  // alice:secret
inline constexpr const char* kBob = "Authorization: Basic Ym9iOnNlY3JldA==\r\n";    // bob:secret

inline std::string BcryptOfSecret() {
  crypt_data data{};
  return crypt_r("secret", "$2b$04$abcdefghijklmnopqrstuu", &data);
}

class WebAccessTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_ / name; }
  void Write(const std::string& name, const std::string& text) { ReplaceText(Path(name), text); }
  Result<void> TryStart(const std::string& web_config,
                        std::chrono::milliseconds io_timeout = std::chrono::milliseconds(10000)) {
    Write("web.yml", web_config);
    ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    options.web_config_file = Path("web.yml");
    options.worker_threads = 4;
    options.io_timeout = io_timeout;
    options.on_web_config = [this](bool successful) { ++(successful ? taken_ : refused_); };
    server_.reset();
    taken_ = refused_ = 0;
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

  bool IsRefused() const { return !server_->web_config_fault().empty(); }

  TempFolder folder_;
  std::atomic<int> taken_{0}, refused_{0};  // web configurations that the server told of
  std::unique_ptr<Server> server_;
  uint16_t port_ = 0;
};

}  // namespace plimsoll::http
