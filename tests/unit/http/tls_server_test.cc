#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "unit/http/web_access_fixture.h"

// The client is the openssl program, so that nothing in this process but the server loads OpenSSL.

namespace plimsoll::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

class TlsTest : public WebAccessTest {
 protected:
  void SetUp() override {
    if (Shell("command -v openssl").exit_code != 0) GTEST_SKIP() << "needs the openssl program";
    MakeCa("ca");
    MakeCert("server", "ca", "IP:127.0.0.1");
  }

  // An authority of its own: NAME.pem and NAME.key.
  void MakeCa(const std::string& name) {
    const auto made = Shell(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
        " -keyout " + Path(name + ".key") + " -out " + Path(name + ".pem"));
    ASSERT_EQ(made.exit_code, 0) << made.output;
  }
  void MakeCert(const std::string& name, const std::string& ca, const std::string& san) {
    const auto made = Shell(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
        " -addext subjectAltName=" + san + " -addext basicConstraints=CA:FALSE -CA " + Path(ca + ".pem") +
        " -CAkey " + Path(ca + ".key") + " -keyout " + Path(name + ".key") + " -out " + Path(name + ".pem"));
    ASSERT_EQ(made.exit_code, 0) << made.output;
  }
  std::string Config(const std::string& more = "") const {
    return "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n" + more;
  }
  // One GET; `options` are s_client's.
  Finished Ask(const std::string& options = "", const std::string& path = "/metrics",
               const std::string& headers = "") {
    WriteText(Path("request"), Get(path, headers + "Connection: close\r\n"));
    return Shell("timeout 20 openssl s_client -connect 127.0.0.1:" + std::to_string(port_) + " -CAfile " +
                 Path("ca.pem") + " -verify_return_error -verify_ip 127.0.0.1 -quiet " + options + " < " +
                 Path("request"));
  }
  std::string As(const std::string& name) const {
    return "-cert " + Path(name + ".pem") + " -key " + Path(name + ".key");
  }
  std::string ServerSubject() {
    const auto finished =
        Shell("openssl s_client -connect 127.0.0.1:" + std::to_string(port_) + " < /dev/null");
    const size_t at = finished.output.find("subject=");
    return at == std::string::npos ? finished.output
                                   : finished.output.substr(at, finished.output.find('\n', at) - at);
  }
};

TEST_F(TlsTest, ServesOverTls12And13) {
  Start(Config());
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const auto finished = Ask(version);
    EXPECT_THAT(finished.output, testing::AllOf(HasSubstr("HTTP/1.1 200 OK"), HasSubstr("up 1"))) << version;
  }
  const auto big = Ask("", "/big");
  EXPECT_GT(big.output.size(), 4u << 20);
  for (const char* version : {"-tls1_1", "-tls1"}) {
    const auto finished = Ask(std::string(version) + " -cipher DEFAULT@SECLEVEL=0");
    EXPECT_NE(finished.exit_code, 0);
    EXPECT_THAT(finished.output, testing::AllOf(HasSubstr("alert protocol version"), Not(HasSubstr("up 1"))))
        << version;
  }
  EXPECT_THAT(Ask("-tls1_3").output, HasSubstr("up 1"));  // alive
}

TEST_F(TlsTest, PlainHttpAndGarbageOnTheTlsPortEndOnlyThemselves) {
  Start(Config());
  EXPECT_EQ(Fetch(port_, "/metrics").status, 0);
  RawClient(port_).Send("\x16\x03\x01\xff\xff\x01\x02\x03");
  RawClient half(port_);
  half.Send("\x16\x03\x01");
  EXPECT_THAT(Ask().output, HasSubstr("up 1"));
}

TEST_F(TlsTest, HalfHandshakesOnEveryWorkerDoNotKeepOthersOut) {
  ASSERT_TRUE(TryStart(Config(), milliseconds(60000)));
  port_ = PortOf(server_->addresses().at(0));
  std::vector<RawClient> attackers;
  for (int i = 0; i < 20; ++i) attackers.emplace_back(port_).Send("\x16");
  EXPECT_THAT(Ask().output, HasSubstr("up 1"));
}

TEST_F(TlsTest, ConnectionsAreCountedOnceAndForgottenWhenTheyEnd) {
  Start(Config());
  for (int i = 0; i < 10; ++i) {
    RawClient(port_).Send("\x16\x03\x01");
    EXPECT_THAT(Ask().output, HasSubstr("Connection: close")) << "asked for";
  }
  // Half of four workers: were one of the ended counted, or this one twice, it would be told to close.
  WriteText(Path("request"), Get("/metrics") + Get("/metrics", "Connection: close\r\n"));
  const auto both =
      Shell("openssl s_client -connect 127.0.0.1:" + std::to_string(port_) + " -quiet < " + Path("request"));
  EXPECT_THAT(both.output, HasSubstr("Connection: keep-alive"));
}

TEST_F(TlsTest, StopsWithinASecondDuringHandshakes) {
  Start(Config());
  std::vector<RawClient> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(port_).Send("\x16\x03\x01");
  std::this_thread::sleep_for(milliseconds(100));
  const auto begin = steady_clock::now();
  server_->Stop();
  EXPECT_LT(steady_clock::now() - begin, milliseconds(1900));
}

TEST_F(TlsTest, VersionsCiphersAndCurvesAreAsConfigured) {
  Start(Config("  min_version: TLS13\n"));
  EXPECT_THAT(Ask("-tls1_2").output, Not(HasSubstr("up 1")));
  EXPECT_THAT(Ask("-tls1_3").output, HasSubstr("up 1"));
  Start(Config("  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n"));
  EXPECT_THAT(Ask("-tls1_3").output, Not(HasSubstr("up 1")));
  EXPECT_THAT(Ask("-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256").output, Not(HasSubstr("up 1")));
  EXPECT_THAT(Ask("-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384").output, HasSubstr("up 1"));
  Start(Config("  curve_preferences: [CurveP384]\n"));
  EXPECT_THAT(Ask("-tls1_3 -groups X25519").output, Not(HasSubstr("up 1")));
  EXPECT_THAT(Ask("-tls1_3 -groups P-384").output, HasSubstr("up 1"));
}

TEST_F(TlsTest, ClientCertificatesAreVerified) {
  MakeCert("client", "ca", "DNS:scraper.example");
  MakeCa("strange");
  MakeCert("stranger", "strange", "DNS:scraper.example");
  Start(Config("  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n"));
  for (const std::string version : {"-tls1_2 ", "-tls1_3 "}) {
    EXPECT_THAT(Ask(version + As("client")).output, HasSubstr("up 1"));
    EXPECT_THAT(Ask(version + As("stranger")).output, Not(HasSubstr("up 1")));
    EXPECT_THAT(Ask(version).output, Not(HasSubstr("up 1")));
  }
}

TEST_F(TlsTest, WithoutClientCaTheSystemsAuthoritiesCount) {
  MakeCa("system");
  MakeCert("client", "system", "DNS:x");
  MakeCert("stranger", "ca", "DNS:x");
  ASSERT_EQ(setenv("SSL_CERT_FILE", Path("system.pem").c_str(), 1), 0);  // OpenSSL's place for them
  Start(Config("  client_auth_type: RequireAndVerifyClientCert\n"));
  unsetenv("SSL_CERT_FILE");
  EXPECT_THAT(Ask(As("client")).output, HasSubstr("up 1"));
  EXPECT_THAT(Ask(As("stranger")).output, Not(HasSubstr("up 1")));
}

TEST_F(TlsTest, TheOtherClientPoliciesAskAndRequireAsTheySay) {
  MakeCa("strange");
  MakeCert("stranger", "strange", "DNS:x");
  MakeCert("client", "ca", "DNS:x");
  Start(Config("  client_ca_file: ca.pem\n  client_auth_type: VerifyClientCertIfGiven\n"));
  EXPECT_THAT(Ask().output, HasSubstr("up 1"));
  EXPECT_THAT(Ask(As("client")).output, HasSubstr("up 1"));
  EXPECT_THAT(Ask(As("stranger")).output, Not(HasSubstr("up 1")));
  Start(Config("  client_auth_type: RequireAnyClientCert\n"));
  EXPECT_THAT(Ask().output, Not(HasSubstr("up 1")));
  EXPECT_THAT(Ask(As("stranger")).output, HasSubstr("up 1"));
  Start(Config("  client_auth_type: RequestClientCert\n"));
  EXPECT_THAT(Ask().output, HasSubstr("up 1"));
  EXPECT_THAT(Ask(As("stranger")).output, HasSubstr("up 1"));
  Start(Config("  client_auth_type: NoClientCert\n"));
  EXPECT_THAT(Ask(As("stranger")).output, HasSubstr("up 1"));
}

TEST_F(TlsTest, ClientNamesAreChecked) {
  const std::pair<const char*, const char*> good[] = {{"dns", "DNS:scraper.example"},
                                                      {"ip", "IP:127.0.0.9"},
                                                      {"mail", "email:a@b.example"},
                                                      {"uri", "URI:spiffe://x/y"}};
  for (const auto& [name, san] : good) MakeCert(name, "ca", san);
  MakeCert("other", "ca", "DNS:other.example,IP:127.0.0.8");
  Start(
      Config("  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n"
             "  client_allowed_sans: [scraper.example, 127.0.0.9, a@b.example, \"spiffe://x/y\"]\n"));
  for (const auto& [name, san] : good) EXPECT_THAT(Ask(As(name)).output, HasSubstr("up 1")) << san;
  EXPECT_THAT(Ask(As("other")).output, Not(HasSubstr("up 1")));
  EXPECT_THAT(Ask().output, Not(HasSubstr("up 1")));
}

TEST_F(TlsTest, AsksForAPasswordOverTlsToo) {
  Start(Config() + "basic_auth_users:\n  alice: " + BcryptOfSecret() + "\n");
  EXPECT_THAT(Ask().output, HasSubstr("401 Unauthorized"));
  EXPECT_THAT(Ask("", "/metrics", kAlice).output, HasSubstr("up 1"));
}

TEST_F(TlsTest, ARenewedCertificateServesNewHandshakesOnTheSameListener) {
  Start(Config());
  EXPECT_THAT(ServerSubject(), HasSubstr("server"));
  MakeCert("renewed", "ca", "IP:127.0.0.1");
  // First the certificate alone: it does not fit the key, so the old pair stays.
  std::filesystem::rename(Path("renewed.pem"), Path("server.pem"));
  EXPECT_TRUE(Eventually([&] { return IsRefused(); }));
  EXPECT_THAT(ServerSubject(), HasSubstr("server"));
  std::filesystem::rename(Path("renewed.key"), Path("server.key"));
  EXPECT_TRUE(Eventually([&] { return !IsRefused(); }));
  EXPECT_THAT(ServerSubject(), HasSubstr("renewed"));
  EXPECT_THAT(Ask().output, HasSubstr("up 1"));
}

TEST_F(TlsTest, AChangedClientAuthorityHoldsFromTheNextHandshake) {
  MakeCert("client", "ca", "DNS:x");
  MakeCa("second");
  MakeCert("client2", "second", "DNS:x");
  std::filesystem::copy_file(Path("ca.pem"), Path("trust.pem"));
  Start(Config("  client_ca_file: trust.pem\n  client_auth_type: RequireAndVerifyClientCert\n"));
  EXPECT_THAT(Ask(As("client")).output, HasSubstr("up 1"));
  EXPECT_THAT(Ask(As("client2")).output, Not(HasSubstr("up 1")));
  std::filesystem::rename(Path("second.pem"), Path("trust.pem"));
  EXPECT_TRUE(Eventually([&] { return Ask(As("client2")).output.find("up 1") != std::string::npos; }));
  EXPECT_THAT(Ask(As("client")).output, Not(HasSubstr("up 1")));
}

TEST_F(TlsTest, TlsIsNotSwitchedOffByAChange) {
  Start(Config());
  Write("web.yml", "basic_auth_users: {}\n");
  EXPECT_TRUE(Eventually([&] { return IsRefused(); }));
  EXPECT_THAT(Ask().output, HasSubstr("up 1"));
}

TEST_F(TlsTest, BadMaterialIsToldWithItsPlace) {
  MakeCert("another", "ca", "DNS:x");
  WriteText(Path("empty.pem"), "");
  const auto fault = [&](const std::string& config) {
    const auto started = TryStart(config);
    return started ? std::string() : started.error().message;
  };
  EXPECT_THAT(
      fault("tls_server_config:\n  cert_file: server.pem\n  key_file: another.key\n"),
      testing::AllOf(HasSubstr("web.yml:3:13: "), HasSubstr("another.key: the private key does not belong")));
  EXPECT_THAT(fault("tls_server_config:\n  cert_file: empty.pem\n  key_file: server.key\n"),
              testing::AllOf(HasSubstr("web.yml:2:14: "), HasSubstr("holds no PEM certificate")));
  EXPECT_THAT(fault("tls_server_config:\n  cert_file: server.pem\n  key_file: server.pem\n"),
              HasSubstr("no PEM private key"));
  EXPECT_THAT(fault(Config("  client_ca_file: empty.pem\n  client_auth_type: RequireAndVerifyClientCert\n")),
              HasSubstr("web.yml:4:19: "));
  const auto encrypted =
      Shell("openssl pkcs8 -topk8 -passout pass:x -in " + Path("server.key") + " -out " + Path("locked.key"));
  ASSERT_EQ(encrypted.exit_code, 0) << encrypted.output;
  EXPECT_THAT(fault("tls_server_config:\n  cert_file: server.pem\n  key_file: locked.key\n"),
              HasSubstr("without a passphrase"));
}

TEST_F(TlsTest, ManyHandshakesAtOnceDuringReloads) {
  Start(Config());
  std::atomic<int> good{0};
  std::atomic<bool> done{false};
  std::thread reloads([&] {
    while (!done) {
      Write("web.yml", Config() + "# " + std::to_string(good) + "\n");
      std::this_thread::sleep_for(milliseconds(300));
    }
  });
  std::vector<std::thread> clients;
  WriteText(Path("request"), Get("/metrics", "Connection: close\r\n"));
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      for (int n = 0; n < 10; ++n)
        good += Shell("openssl s_client -connect 127.0.0.1:" + std::to_string(port_) + " -quiet < " +
                      Path("request"))
                    .output.find("up 1") != std::string::npos;
    });
  for (std::thread& client : clients) client.join();
  done = true;
  reloads.join();
  EXPECT_EQ(good, 40);
}

}  // namespace
}  // namespace plimsoll::http
