#include "exporter/page/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <regex>
#include <set>
#include <string>

#include "exporter/page/embedded.h"
#include "unit/http/raw_client.h"

namespace plimsoll::page {
namespace {

using http::Fetch;
using http::Reply;
using testing::HasSubstr;
using testing::Not;

class PageTest : public testing::Test {
 protected:
  void Start(const std::string& telemetry_path = "/metrics") {
    http::ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    server_ = std::make_unique<http::Server>(std::move(options));
    AddRoutes(*server_, telemetry_path);
    const auto started = server_->Start();
    ASSERT_TRUE(started) << started.error().message;
    port_ = http::PortOf(server_->addresses().at(0));
  }

  uint16_t port_ = 0;
  std::unique_ptr<http::Server> server_;
};

std::set<std::string> Matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), regex); it != std::sregex_iterator(); ++it)
    found.insert((*it)[1]);
  return found;
}

bool IsOurs(std::string_view name) { return name.substr(0, 7) != "dygraph"; }

TEST_F(PageTest, ThePageComesWithAPolicyThatForbidsEverythingForeign) {
  Start();
  const Reply page = Fetch(port_, "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.headers.at("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(page.headers.at("Referrer-Policy"), "no-referrer");
  const std::string policy = page.headers.at("Content-Security-Policy");
  for (const char* part :
       {"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"})
    EXPECT_THAT(policy, HasSubstr(part));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
}

TEST_F(PageTest, WhatThePageLoadsIsThereWithItsType) {
  Start();
  std::set<std::string> wanted;
  for (size_t i = 0; i < kEmbeddedFileCount; ++i) {
    const std::string text(kEmbeddedFiles[i].text);
    if (kEmbeddedFiles[i].name == "index.html") wanted.merge(Matches(text, "(?:src|href)=\"(page/[^\"]+)\""));
    if (IsOurs(kEmbeddedFiles[i].name))
      for (const std::string& module : Matches(text, "from \"\\./([^\"]+)\""))
        wanted.insert("page/" + module);
  }
  EXPECT_GE(wanted.size(), 5u);
  for (const std::string& path : wanted) {
    const Reply reply = Fetch(port_, "/" + path);
    EXPECT_EQ(reply.status, 200) << path;
    const std::string ending = path.substr(path.rfind('.') + 1);
    EXPECT_THAT(reply.headers.at("Content-Type"), HasSubstr(ending == "css"   ? "text/css"
                                                            : ending == "svg" ? "image/svg+xml"
                                                                              : "text/javascript"));
  }
}

TEST_F(PageTest, AnUnchangedFileIsNotSentAgain) {
  Start();
  const Reply first = Fetch(port_, "/page/page.css");
  const std::string tag = first.headers.at("ETag");
  EXPECT_EQ(first.headers.at("Cache-Control"), "no-cache");
  const Reply again = Fetch(port_, "/page/page.css", "If-None-Match: \"x\", " + tag + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.headers.at("ETag"), tag);
  EXPECT_EQ(Fetch(port_, "/page/page.css", "If-None-Match: \"x\"\r\n").status, 200);
}

TEST_F(PageTest, FilesAreCompressed) {
  Start();
  const Reply reply = Fetch(port_, "/page/page.css", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(reply.headers.at("Content-Encoding"), "gzip");
}

TEST_F(PageTest, LinksFollowTheTelemetryPath) {
  Start("/m\"x&y<z>");
  const Reply moved = Fetch(port_, "/");
  EXPECT_THAT(moved.body, HasSubstr("href=\"./m&quot;x&amp;y&lt;z&gt;\""));
  EXPECT_THAT(moved.body, Not(HasSubstr("href=\"./metrics\"")));
  const std::string tag = moved.headers.at("ETag");
  Start();
  const Reply usual = Fetch(port_, "/");
  EXPECT_THAT(usual.body, HasSubstr("href=\"./metrics\""));
  EXPECT_NE(usual.headers.at("ETag"), tag);
}

TEST_F(PageTest, WithoutJavaScriptThereAreLinks) {
  Start();
  const std::string body = Fetch(port_, "/").body;
  const std::string links =
      body.substr(body.find("<noscript>"), body.find("</noscript>") - body.find("<noscript>"));
  for (const char* path : {"/metrics", "/api/v1/containers", "/api/v1/openapi.yaml", "/-/healthy"})
    EXPECT_THAT(links, HasSubstr("href=\"." + std::string(path) + "\""));
}

// What containers are called comes from others. The page makes text nodes of it: nothing that reads markup or
// code out of strings, and nothing the policy would refuse, may stand in its files.
TEST(PageFiles, NeverReadMarkupOrCodeFromStrings) {
  for (size_t i = 0; i < kEmbeddedFileCount; ++i) {
    if (!IsOurs(kEmbeddedFiles[i].name)) continue;
    const std::string text(kEmbeddedFiles[i].text);
    for (const char* word : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                             "Function(", "srcdoc", "javascript:", " style=", "setAttribute(\"style",
                             " onclick=", "<style", "parseFromString", "createContextualFragment"})
      EXPECT_THAT(text, Not(HasSubstr(word))) << kEmbeddedFiles[i].name;
  }
}

TEST(PageFiles, NameNoOtherHost) {
  for (size_t i = 0; i < kEmbeddedFileCount; ++i) {
    if (!IsOurs(kEmbeddedFiles[i].name)) continue;
    std::string text(kEmbeddedFiles[i].text);
    text = std::regex_replace(text, std::regex("http://www\\.w3\\.org/2000/svg"), "");
    EXPECT_FALSE(std::regex_search(text, std::regex("(https?:)?//[a-z0-9.-]+\\.[a-z]{2,}")))
        << kEmbeddedFiles[i].name;
  }
}

}  // namespace
}  // namespace plimsoll::page
