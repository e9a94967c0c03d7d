// HTTPS against Python's server, with certificates that openssl makes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdlib>

#include "alerting/notify/curl_sender.h"
#include "temp_folder.h"
#include "text_file.h"
#include "unit/notify/notify_fixture.h"

namespace plimsoll::alerting::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using Kind = SendResult::Kind;

constexpr const char* kServer = R"(
import http.server, ssl, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_):
        pass
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
class Server(http.server.HTTPServer):
    def handle_error(self, *_):  # a client that does not trust it
        pass
server = Server(("127.0.0.1", 0), Answer)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
server.serve_forever()
)";

class CurlTls : public ::testing::Test {
 protected:
  void SetUp() override {
    const bool has_programs = Run("command -v openssl python3") == 0;
    if (!has_programs) GTEST_SKIP() << "needs the programs openssl and python3";
    MakeCa("ca");
    MakeCa("other");
    WriteText(Path("server.py"), kServer);
  }
  void TearDown() override {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  static int Run(const std::string& command) { return std::system((command + " > /dev/null 2>&1").c_str()); }
  std::string Path(const std::string& name) const { return folder_ / name; }

  void Make(const std::string& name, const std::string& more) {
    ASSERT_EQ(Run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" +
                  name + " -keyout " + Path(name + ".key") + " -out " + Path(name + ".pem") + " " + more),
              0);
  }
  void MakeCa(const std::string& name) { Make(name, ""); }
  // Starts a server whose certificate is for `san`, signed by "ca".
  void Serve(const std::string& san) {
    Make("server", "-addext subjectAltName=" + san + " -addext basicConstraints=CA:FALSE -CA " +
                       Path("ca.pem") + " -CAkey " + Path("ca.key"));
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const std::string script = Path("server.py"), cert = Path("server.pem"), key = Path("server.key");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execlp("python3", "python3", script.c_str(), cert.c_str(), key.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    char port[16] = {};
    size_t read = 0;
    while (read + 1 < sizeof port && ::read(ends[0], port + read, 1) == 1 && port[read] != '\n') ++read;
    ::close(ends[0]);
    port_ = std::atoi(port);
    ASSERT_GT(port_, 0) << "the server did not start";
  }

  SendResult Send(const TlsSettings& tls) {
    OutgoingRequest request;
    request.url = Secret("https://127.0.0.1:" + std::to_string(port_) + "/");
    request.body = "{}";
    request.timeout = std::chrono::seconds(30);
    request.tls = tls;
    return sender_.Send(request);
  }

  CurlSender sender_;

 private:
  TempFolder folder_;
  pid_t pid_ = 0;
  int port_ = 0;
};

TEST_F(CurlTls, TrustsTheAuthorityThatIsGiven) {
  Serve("IP:127.0.0.1");
  const SendResult result = Send({Path("ca.pem"), false});
  EXPECT_EQ(result.kind, Kind::kDelivered) << result.error;
}

TEST_F(CurlTls, TrustsNobodyElse) {
  Serve("IP:127.0.0.1");
  for (const std::string& ca : {std::string(), Path("other.pem")}) {
    const SendResult result = Send({ca, false});
    EXPECT_EQ(result.kind, Kind::kRetry);
    EXPECT_EQ(result.status, 0);
    EXPECT_TRUE(result.holds_for_all);
    EXPECT_THAT(result.error, HasSubstr("certificate"));
  }
}

TEST_F(CurlTls, TrustsNoCertificateOfAnotherName) {
  Serve("DNS:elsewhere.example");
  const SendResult result = Send({Path("ca.pem"), false});
  EXPECT_EQ(result.kind, Kind::kRetry);
  EXPECT_THAT(result.error, AnyOf(HasSubstr("SSL"), HasSubstr("certificate")));
}

TEST_F(CurlTls, TrustsEverybodyWhereToldSo) {
  Serve("DNS:elsewhere.example");
  EXPECT_EQ(Send({"", true}).kind, Kind::kDelivered);
  // And no longer on the connection that is still open.
  EXPECT_EQ(Send({"", false}).kind, Kind::kRetry);
}

TEST_F(CurlTls, TellsOfAnAuthorityThatCannotBeRead) {
  Serve("IP:127.0.0.1");
  const SendResult result = Send({Path("absent.pem"), false});
  EXPECT_EQ(result.kind, Kind::kRetry);
  EXPECT_THAT(result.error, HasSubstr("certificate"));
}

}  // namespace
}  // namespace plimsoll::alerting::testing
