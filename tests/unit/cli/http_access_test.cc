// How the command line finds its way to a server: proxies, authorities, passwords.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <optional>

#include "exporter/cli/http_fetch.h"
#include "temp_folder.h"
#include "text_file.h"
#include "unit/notify/recorder_server.h"

namespace plimsoll::cli {
namespace {

using alerting::testing::Always;
using alerting::testing::RecorderServer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A variable of the environment for as long as a test runs.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = ::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

class ProxyTest : public ::testing::Test {
 protected:
  Result<std::string> Get(const std::string& url) {
    FetchOptions options;
    options.timeout = std::chrono::seconds(20);
    return HttpFetch(options).Get(url);
  }
  RecorderServer proxy_{Always(RecorderServer::Ok("200 OK", "", "by proxy"))};
  RecorderServer server_{Always(RecorderServer::Ok("200 OK", "", "straight"))};
  Variable http_{"http_proxy", proxy_.Url()};
  Variable lower_{"no_proxy", ""}, upper_{"NO_PROXY", ""};
};

TEST_F(ProxyTest, IsAskedForOthersAndNeverForThisHost) {
  EXPECT_EQ(Get("http://elsewhere.invalid/metrics").value_or("none"), "by proxy");
  ASSERT_EQ(proxy_.Requests().size(), 1u);
  EXPECT_THAT(proxy_.Requests()[0].head, StartsWith("GET http://elsewhere.invalid/metrics HTTP/1.1\r\n"));
  EXPECT_EQ(Get(server_.Url()).value_or("none"), "straight");
  EXPECT_EQ(proxy_.Requests().size(), 1u);
}

TEST_F(ProxyTest, IsNotAskedForWhomTheUserExcepts) {
  const std::string nobody = "http://127.0.0.2:1/";  // refuses at once, and no name is looked for
  for (const char* name : {"no_proxy", "NO_PROXY"})
    for (const char* hosts : {"127.0.0.2", "other,127.0.0.2", "*"}) {
      const Variable except(name, hosts);
      EXPECT_FALSE(Get(nobody)) << name << "=" << hosts;
      EXPECT_EQ(Get(server_.Url()).value_or("none"), "straight") << name << "=" << hosts;
    }
  EXPECT_TRUE(proxy_.Requests().empty());
  EXPECT_EQ(Get(nobody).value_or("none"), "by proxy");
}

TEST(Authority, ThatCannotBeReadIsSaid) {
  RecorderServer server(Always(RecorderServer::Ok()));
  FetchOptions options;
  options.ca_file = "/no/such/ca.pem";
  HttpFetch fetch(options);
  EXPECT_THAT(fetch.Get("https" + server.Url().substr(4)).error().message, HasSubstr("certificate"));
  EXPECT_TRUE(server.Requests().empty());
}

TEST(Password, ComesFromTheFileElseTheEnvironment) {
  const TempFolder folder;
  WriteText(folder / "password", "from file\n");
  EXPECT_EQ(ReadPassword(folder / "password", "from environment")->Reveal(), "from file");
  EXPECT_EQ(ReadPassword("", "from environment")->Reveal(), "from environment");
  EXPECT_EQ(ReadPassword("", nullptr)->Reveal(), "");
  EXPECT_THAT(ReadPassword(folder / "none", "x").error().message, HasSubstr("/none"));
}

TEST(Password, MayEndInAnyLineEndAndIsNotLong) {
  const TempFolder folder;
  WriteText(folder / "crlf", "secret\r\n\n");
  EXPECT_EQ(ReadPassword(folder / "crlf", nullptr)->Reveal(), "secret");
  WriteText(folder / "empty", "\n");
  EXPECT_EQ(ReadPassword(folder / "empty", "x")->Reveal(), "");
  WriteText(folder / "long", std::string(5000, 'x'));
  EXPECT_THAT(ReadPassword(folder / "long", nullptr).error().message, HasSubstr("too large for a password"));
}

}  // namespace
}  // namespace plimsoll::cli
