#include "exporter/http/web_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "temp_folder.h"
#include "text_file.h"

namespace plimsoll::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kHash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

// A folder with cert.pem, key.pem and ca.pem, which hold any text.
class WebConfigTest : public testing::Test {
 protected:
  WebConfigTest() {
    for (const char* file : {"cert.pem", "key.pem", "ca.pem"}) WriteText(folder_ / file, file);
  }

  LoadedWebConfig Load(const std::string& text) { return LoadWebConfigText(text, folder_ / "web.yml"); }
  // "line:column: message" of each.
  std::vector<std::string> Faults(const std::string& text) {
    std::vector<std::string> faults;
    for (const ConfigFault& fault : Load(text).faults)
      faults.push_back(std::to_string(fault.line) + ":" + std::to_string(fault.column) + ": " +
                       fault.message);
    return faults;
  }
  static std::string Tls(const std::string& more) {
    return "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n" + more;
  }

  TempFolder folder_;
};

TEST_F(WebConfigTest, AnEmptyFileAsksForNothing) {
  for (const char* text : {"", "{}", "tls_server_config:\nbasic_auth_users: {}\n", "tls_server_config: {}"}) {
    const auto loaded = Load(text);
    EXPECT_TRUE(loaded.faults.empty()) << text;
    EXPECT_FALSE(loaded.config.tls);
    EXPECT_TRUE(loaded.config.users.empty());
  }
}

TEST_F(WebConfigTest, TakesEveryKeyOfTheFormat) {
  const auto loaded = Load(R"(tls_server_config:
  cert_file: cert.pem
  key_file: key.pem
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [scraper.example, 127.0.0.1]
  min_version: TLS12
  max_version: TLS12
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_AES_128_GCM_SHA256]
  curve_preferences: [X25519, CurveP256]
  prefer_server_cipher_suites: false
http_server_config:
  http2: true
  headers:
    Content-Security-Policy: default-src 'none'
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    X-XSS-Protection: ""
    Strict-Transport-Security: max-age=3600
basic_auth_users:
  alice: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG
rate_limit:
  interval: 1s
  burst: 20
)");
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults[0].message;
  const WebConfig& config = loaded.config;
  ASSERT_TRUE(config.tls);
  EXPECT_EQ(config.tls->cert.text, "cert.pem");
  EXPECT_EQ(config.tls->key.text, "key.pem");
  EXPECT_EQ(config.tls->client_ca.text, "ca.pem");
  EXPECT_EQ(config.tls->client_auth, ClientAuth::kRequireAndVerify);
  EXPECT_THAT(config.tls->client_allowed_sans, ElementsAre("scraper.example", "127.0.0.1"));
  EXPECT_EQ(config.tls->min_version, 0x0303);
  EXPECT_EQ(config.tls->max_version, 0x0303);
  EXPECT_EQ(config.tls->ciphers, "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305");
  EXPECT_EQ(config.tls->groups, "X25519:P-256");
  EXPECT_FALSE(config.tls->prefer_server_ciphers);
  EXPECT_THAT(config.headers, ElementsAre(testing::Pair("Content-Security-Policy", "default-src 'none'"),
                                          testing::Pair("X-Frame-Options", "deny"),
                                          testing::Pair("X-Content-Type-Options", "nosniff"),
                                          testing::Pair("Strict-Transport-Security", "max-age=3600")));
  EXPECT_EQ(config.users.at("alice"), kHash);
  EXPECT_EQ(config.rate_limit.interval, std::chrono::seconds(1));
  EXPECT_EQ(config.rate_limit.burst, 20);
  EXPECT_THAT(config.files,
              testing::UnorderedElementsAre(folder_ / "cert.pem", folder_ / "key.pem", folder_ / "ca.pem"));
}

TEST_F(WebConfigTest, TakesInlineCertificates) {
  const auto loaded = Load("tls_server_config:\n  cert: |\n    CERT\n  key: |\n    KEY\n");
  ASSERT_TRUE(loaded.faults.empty());
  EXPECT_EQ(loaded.config.tls->cert.text, "CERT\n");
  EXPECT_EQ(loaded.config.tls->key.text, "KEY\n");
  EXPECT_EQ(loaded.config.tls->min_version, 0x0303);
  EXPECT_EQ(loaded.config.tls->max_version, 0x0304);
}

// As exporter-toolkit has it, whose files are taken as they are.
TEST_F(WebConfigTest, WithoutCertificateKeyAndClientPolicyItIsPlainHttp) {
  const auto loaded = Load(
      "tls_server_config:\n  min_version: TLS13\n  cipher_suites: [TLS_AES_128_GCM_SHA256]\n"
      "  cert_file: \"\"\n");
  EXPECT_TRUE(loaded.faults.empty());
  EXPECT_FALSE(loaded.config.tls);
}

TEST_F(WebConfigTest, AFileCountsWhereItsTextIsGivenToo) {
  for (const char* text : {"  cert_file: cert.pem\n  cert: x\n", "  cert: x\n  cert_file: cert.pem\n"}) {
    const auto loaded = Load(std::string("tls_server_config:\n  key_file: key.pem\n") + text);
    ASSERT_TRUE(loaded.faults.empty()) << text;
    EXPECT_EQ(loaded.config.tls->cert.text, "cert.pem") << text;
  }
}

TEST_F(WebConfigTest, ClientsAreVerifiedWithoutAnAuthorityOfOnesOwn) {
  for (const char* type : {"RequireAndVerifyClientCert", "VerifyClientCertIfGiven"}) {
    const auto loaded = Load(Tls(std::string("  client_auth_type: ") + type + "\n"));
    ASSERT_TRUE(loaded.faults.empty()) << type;
    EXPECT_EQ(loaded.config.tls->client_ca.line, 0) << type;
  }
}

TEST_F(WebConfigTest, SuitesOfTls13AloneMeanTls13Alone) {
  const auto loaded = Load(Tls("  cipher_suites: [TLS_AES_256_GCM_SHA384]\n"));
  ASSERT_TRUE(loaded.faults.empty());
  EXPECT_EQ(loaded.config.tls->min_version, 0x0304);
}

TEST_F(WebConfigTest, TellsEveryFaultAtOnceWhereItStands) {
  EXPECT_THAT(
      Faults(R"(tls_server_confg: {}
tls_server_config:
  cert_file: none.pem
  client_auth_typ: NoClientCert
  min_version: TLS11
http_server_config:
  http2: perhaps
  headers:
    X-Frame-Options: allow
    X-Powered-By: me
basic_auth_users:
  bob: hunter2
rate_limit:
  interval: soon
  burst: -1
)"),
      ElementsAre(HasSubstr("1:1: unknown section \"tls_server_confg\"; did you mean \"tls_server_config\"?"),
                  HasSubstr("3:3: tls_server_config: the private key is missing"),
                  testing::AllOf(HasSubstr("3:14: cert_file: "), HasSubstr("none.pem cannot be opened")),
                  HasSubstr("4:3: unknown key \"client_auth_typ\" in tls_server_config; did you mean "
                            "\"client_auth_type\"?"),
                  HasSubstr("5:16: min_version: TLS11 is not offered"),
                  HasSubstr("7:10: http2 must be true or false"),
                  HasSubstr("9:22: X-Frame-Options: \"allow\" is not possible; accepted: deny, sameorigin"),
                  HasSubstr("10:5: the header \"X-Powered-By\" cannot be configured"),
                  HasSubstr("12:8: basic_auth_users: this value is no bcrypt hash"),
                  HasSubstr("14:13: interval: bad duration"),
                  HasSubstr("15:10: burst must be a whole number")));
}

TEST_F(WebConfigTest, TlsSettingsMustFitEachOther) {
  const auto one = [](const char* what) { return ElementsAre(HasSubstr(what)); };
  EXPECT_THAT(Faults("tls_server_config:\n  client_auth_type: NoClientCert\n"),
              ElementsAre(HasSubstr("the certificate is missing"), HasSubstr("the private key is missing")));
  EXPECT_THAT(Faults("tls_server_config:\n  cert_file: cert.pem\n"), one("the private key is missing"));
  EXPECT_THAT(Faults(Tls("  client_ca_file: ca.pem\n")), one("client_auth_type is not"));
  EXPECT_THAT(Faults(Tls("  client_ca_file: ca.pem\n  client_auth_type: NoClientCert\n")),
              one("NoClientCert asks for no"));
  EXPECT_THAT(Faults(Tls("  client_allowed_sans: [a]\n  client_auth_type: RequestClientCert\n")),
              one("4:24: client_allowed_sans needs"));
  EXPECT_THAT(Faults(Tls("  min_version: TLS13\n  max_version: TLS12\n")), one("5:16: max_version is older"));
  EXPECT_THAT(Faults(Tls("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n  max_version: TLS12\n")),
              one("max_version is older"));
  EXPECT_THAT(Faults(Tls("  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n")), one("unknown or insecure"));
  EXPECT_THAT(Faults(Tls("  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265]\n")),
              one("did you mean \"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\""));
  EXPECT_THAT(Faults(Tls("  curve_preferences: [P256]\n")), one("accepted: CurveP256"));
  EXPECT_THAT(Faults(Tls("  client_auth_type: RequireAndVerify\n")),
              one("4:21: client_auth_type: unknown type"));
  EXPECT_THAT(Faults(Tls("  max_version: TLS14\n")), one("4:16: max_version: unknown version \"TLS14\""));
  EXPECT_THAT(Faults("rate_limit: {interval: 1s}\n"), one("burst is 0"));
  for (const char* type : {"NoClientCert", "RequestClientCert", "RequireAnyClientCert", "RequireClientCert"})
    EXPECT_THAT(Faults(Tls(std::string("  client_auth_type: ") + type + "\n")), ElementsAre()) << type;
}

// A line break would begin a header of its own.
TEST_F(WebConfigTest, AHeaderIsOneLineOfText) {
  for (const char* value : {"[nosniff]", "{a: b}", "\"a\\r\\nSet-Cookie: b\""})
    EXPECT_THAT(Faults(std::string("http_server_config: {headers: {X-XSS-Protection: ") + value + "}}\n"),
                ElementsAre(HasSubstr("X-XSS-Protection must be a single line of text")))
        << value;
}

TEST_F(WebConfigTest, NeverQuotesASecret) {
  const std::string text =
      std::string("tls_server_config:\n  key: [SECRETKEY]\n  cert: CERT\nbasic_auth_users:\n  ") + kHash +
      ": SECRETNAME\n  carol: SECRETPASSWORD\n  \"x:SECRETCOLON\": " + kHash + "\n  dave: [SECRETLIST]\n";
  const auto faults = Faults(text);
  EXPECT_EQ(faults.size(), 6u);
  for (const std::string& fault : faults)
    EXPECT_THAT(fault, testing::AllOf(Not(HasSubstr("SECRET")), Not(HasSubstr("X0h1g")))) << fault;
}

TEST_F(WebConfigTest, RefusesFilesItCannotRead) {
  EXPECT_THAT(LoadWebConfigFile(folder_ / "absent.yml").faults.at(0).message, HasSubstr("cannot be opened"));
  EXPECT_THAT(LoadWebConfigFile(folder_.path()).faults.at(0).message, HasSubstr("is a directory"));
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600),
            0);  // nobody writes into it: a read would wait for ever
  EXPECT_THAT(LoadWebConfigFile(folder_ / "pipe").faults.at(0).message, HasSubstr("not a regular file"));
  EXPECT_THAT(Faults("tls_server_config:\n  cert_file: pipe\n  key_file: key.pem\n"),
              ElementsAre(HasSubstr("pipe is not a regular file")));
  WriteText(folder_ / "huge.yml", std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(LoadWebConfigFile(folder_ / "huge.yml").faults.at(0).message, HasSubstr("larger than 1 MiB"));
  EXPECT_FALSE(Faults("a: [").empty());
  EXPECT_FALSE(Faults("- a").empty());
  EXPECT_FALSE(Faults("basic_auth_users: [a]").empty());
  EXPECT_FALSE(Faults("http_server_config: {headers: x}").empty());
}

TEST_F(WebConfigTest, KnowsABcryptHash) {
  EXPECT_TRUE(IsBcryptHash(kHash));
  const std::string hash = kHash;
  for (const char* prefix : {"$2a$04$", "$2b$12$", "$2y$18$"})
    EXPECT_TRUE(IsBcryptHash(prefix + hash.substr(7))) << prefix;
  for (const char* prefix : {"$2x$10$", "$2$10$a", "$2y$03$", "$2y$19$", "$2y$1a$", "$1$10$a", "$2y$+9$"})
    EXPECT_FALSE(IsBcryptHash(prefix + hash.substr(7))) << prefix;
  EXPECT_FALSE(IsBcryptHash(hash + "x"));
  EXPECT_FALSE(IsBcryptHash(hash.substr(1)));
  EXPECT_FALSE(IsBcryptHash(hash.substr(0, 59) + "!"));
  EXPECT_FALSE(IsBcryptHash(""));
}

}  // namespace
}  // namespace plimsoll::http
