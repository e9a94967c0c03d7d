#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "unit/http/server_fixture.h"

namespace plimsoll::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

TEST_F(ServerTest, AnswersARouteWithTypeAndLength) {
  Start();
  const Reply reply = Fetch(port_, "/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "up 1\n");
  EXPECT_EQ(reply.headers.at("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(reply.headers.at("Content-Length"), "5");
  EXPECT_EQ(reply.headers.at("Connection"), "close");
  EXPECT_THAT(reply.headers.at("Date"), HasSubstr(" GMT"));
  EXPECT_TRUE(WaitForSeen("/metrics 200"));
}

TEST_F(ServerTest, EveryStatusThatIsAnsweredHasItsOwnWords) {
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  Server server(std::move(options));
  server.Handle("GET", "/status/{code}", [](const Request& request) {
    return TextResponse(std::stoi(std::string(request.Parameter("code"))), "");
  });
  ASSERT_TRUE(server.Start());
  const std::pair<int, const char*> words[] = {{201, "Created"},
                                               {304, "Not Modified"},
                                               {403, "Forbidden"},
                                               {409, "Conflict"},
                                               {415, "Unsupported Media Type"},
                                               {429, "Too Many Requests"},
                                               {501, "Not Implemented"},
                                               {503, "Service Unavailable"},
                                               {299, "OK"},
                                               {499, "Error"}};
  for (const auto& [code, reason] : words) {
    RawClient client(PortOf(server.addresses().at(0)));
    client.Send("GET /status/" + std::to_string(code) + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(client.ReadToEnd(),
                testing::StartsWith("HTTP/1.1 " + std::to_string(code) + " " + reason + "\r\n"));
  }
}

TEST_F(ServerTest, HeadIsGetWithoutTheBody) {
  Start();
  RawClient client(port_);
  const Reply head = client.Ask("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n", true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("Content-Length"), "5");
  // Were a body sent, the next answer on the connection would begin with it.
  EXPECT_EQ(client.Ask(Get("/show")).body, "GET|/show||");
}

TEST_F(ServerTest, UnknownPathIs404InJson) {
  Start();
  const Reply reply = Fetch(port_, "/nothing");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.headers.at("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(reply.body.rfind(R"({"error":{"code":"NOT_FOUND","message":"there is no /nothing)", 0), 0u)
      << reply.body;
  EXPECT_TRUE(WaitForSeen("other 404"));
}

TEST_F(ServerTest, WhatIsNotThereIsAnsweredWithTheListOfWhatIs) {
  Start();
  for (const char* path : {"/api", "/api/", "/api/v1", "/api/v2/x"})
    EXPECT_THAT(Fetch(port_, path).body, HasSubstr("here: /api/v1/openapi.yaml lists what there is")) << path;
  for (const char* path : {"/nothing", "/apiary"})
    EXPECT_THAT(Fetch(port_, path).body, HasSubstr("here: / lists what there is")) << path;
}

TEST_F(ServerTest, PathsMatchExactly) {
  Start();
  for (const char* path :
       {"/metrics/", "/metric", "//metrics", "/./metrics", "/x/../metrics", "/Metrics", "/"})
    EXPECT_EQ(Fetch(port_, path).status, 404) << path;
  EXPECT_EQ(Fetch(port_, "/metrics?x=1").status, 200);
  EXPECT_EQ(Fetch(port_, "/%6detrics").status, 200);
  EXPECT_EQ(Fetch(port_, "/space%20here").body, "found");
  for (const char* path : {"/metrics%00", "/metrics%", "/metrics%zz"})
    EXPECT_EQ(Fetch(port_, path).status, 400) << path;
}

TEST_F(ServerTest, WrongMethodIs405WithAllow) {
  Start();
  RawClient client(port_);
  const Reply post = client.Ask("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.headers.at("Allow"), "GET, HEAD");
  EXPECT_THAT(post.body, HasSubstr("METHOD_NOT_ALLOWED"));
  const Reply get = client.Ask(Get("/echo"));  // the same connection: the refused body was read
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.headers.at("Allow"), "POST");
  EXPECT_EQ(client.Ask("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n", true).status, 405);
  EXPECT_TRUE(WaitForSeen("/metrics 405"));
}

TEST_F(ServerTest, HandsTheRequestOver) {
  Start();
  EXPECT_EQ(Fetch(port_, "/show?a=%31&b", "X-a: 1\r\nx-A:  2\r\n").body, "GET|/show|a=%31&b|1, 2");
}

TEST_F(ServerTest, NamesInARouteBecomeParameters) {
  Start();
  EXPECT_EQ(Fetch(port_, "/things/7%20b/name").body, "7 b");
  EXPECT_EQ(Fetch(port_, "/things//name").status, 404);
  EXPECT_TRUE(WaitForSeen("/things/{id}/name 200"));
}

TEST_F(ServerTest, CompressesWhereTheRouteAndTheClientWantIt) {
  Start();
  const Reply plain = Fetch(port_, "/long");
  EXPECT_EQ(plain.body, std::string(5000, 'l'));
  EXPECT_EQ(plain.headers.at("Vary"), "Accept-Encoding");
  EXPECT_FALSE(plain.headers.contains("Content-Encoding"));
  RawClient client(port_);
  const Reply packed = client.Ask(Get("/long", "Accept-Encoding: br, gzip\r\n"));
  EXPECT_EQ(packed.headers.at("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.headers.at("Vary"), "Accept-Encoding");
  EXPECT_LT(packed.body.size(), 200u);
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
  const Reply head = client.Ask("HEAD /long HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n", true);
  EXPECT_EQ(head.headers.at("Content-Length"), std::to_string(packed.body.size()));
  EXPECT_FALSE(Fetch(port_, "/big", "Accept-Encoding: gzip\r\n").headers.contains("Content-Encoding"));
}

TEST_F(ServerTest, APageOfAnotherSiteChangesNothing) {
  Start();
  RawClient client(port_);
  const std::string post = "POST /echo HTTP/1.1\r\nHost: box:1\r\nContent-Length: 2\r\n";
  const Reply refused = client.Ask(post + "Origin: http://evil.example\r\n\r\nhi");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("FOREIGN_ORIGIN"));
  EXPECT_EQ(client.Ask(post + "Origin: http://box:1\r\n\r\nhi").body, "hi");
  EXPECT_EQ(client.Ask(Get("/metrics", "Origin: http://evil.example\r\n")).status, 200);
}

TEST_F(ServerTest, APageThatLetItsNamePointHereReadsNothing) {
  Start();
  RawClient client(port_);
  const Reply refused = client.Ask("GET /metrics HTTP/1.1\r\nHost: evil.example:9797\r\n\r\n");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("FOREIGN_HOST"));
  EXPECT_EQ(client.Ask("GET /metrics HTTP/1.1\r\nHost: localhost:9797\r\n\r\n").status, 200);
}

TEST_F(ServerTest, KeepsAConnectionAliveAsAsked) {
  Start();
  RawClient client(port_);
  for (int i = 0; i < 5; ++i) {
    const Reply reply = client.Ask(Get("/metrics"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.at("Connection"), "keep-alive");
  }
  EXPECT_EQ(client.Ask(Get("/metrics", "Connection: close\r\n")).headers.at("Connection"), "close");
  EXPECT_TRUE(client.WaitForClose());

  RawClient old(port_);
  EXPECT_EQ(old.Ask("GET /metrics HTTP/1.0\r\n\r\n").headers.at("Connection"), "close");
  EXPECT_TRUE(old.WaitForClose());
  RawClient old_kept(port_);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(
        old_kept.Ask("GET /metrics HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").headers.at("Connection"),
        "keep-alive");
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  Start();
  RawClient client(port_);
  client.Send(Get("/show?1") + Get("/show?2") + Get("/nothing") + Get("/show?3"));
  EXPECT_EQ(client.ReadReply().body, "GET|/show|1|");
  EXPECT_EQ(client.ReadReply().body, "GET|/show|2|");
  EXPECT_EQ(client.ReadReply().status, 404);
  EXPECT_EQ(client.ReadReply().body, "GET|/show|3|");
}

TEST_F(ServerTest, TakesBodiesWithALengthAndInChunks) {
  Start();
  RawClient client(port_);
  EXPECT_EQ(client.Ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello").body, "hello");
  const std::string chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(client.Ask(chunked + "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n").body, "hello");
  EXPECT_EQ(RawClient(port_).Ask(chunked + "0\r\n\r\n").body, "");
}

// Were it promised, a client would send its next request into a connection that ends.
TEST_F(ServerTest, PromisesNoKeepAliveThatItCannotKeep) {
  Start();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\n";
  for (const std::string& request :
       {head + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Trailer: 1\r\n\r\n",
        head + "Content-Length: 99999999\r\n\r\n",
        head + "Content-Length: 2\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nhi",
        Get("/metrics", "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        "POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n" +
            std::string()}) {
    RawClient client(port_);
    EXPECT_EQ(client.Ask(request).headers["Connection"], "close") << request;
    EXPECT_TRUE(client.WaitForClose()) << request;
  }
}

TEST_F(ServerTest, ABodyOfAnyLengthLeavesTheConnectionOpen) {
  Start();
  RawClient client(port_);
  for (const size_t bytes : {size_t{1}, size_t{20000}, size_t{300000}}) {
    const Reply reply =
        client.Ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
                   std::string(bytes, 'b'));
    EXPECT_EQ(reply.body.size(), bytes);
  }
  EXPECT_EQ(client.Ask(Get("/metrics")).status, 200);
}

TEST_F(ServerTest, Http11NeedsOneHost) {
  Start();
  for (const char* request :
       {"GET /metrics HTTP/1.1\r\n\r\n", "GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}) {
    const Reply reply = RawClient(port_).Ask(request);
    EXPECT_EQ(reply.status, 400) << request;
    EXPECT_THAT(reply.body, HasSubstr("Host header")) << request;
  }
  EXPECT_EQ(RawClient(port_).Ask("GET /metrics HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_EQ(RawClient(port_).Ask("GET /metrics HTTP/1.1\r\nHost:\r\n\r\n").status, 200);
}

TEST_F(ServerTest, TakesABodyOfOneMebibyteButNoMore) {
  Start();
  const std::string full(1 << 20, 'b');
  RawClient client(port_);
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  EXPECT_EQ(client.Ask(head + "1048576\r\n\r\n" + full).body, full);
  const Reply refused = client.Ask(head + "1048577\r\n\r\n" + full + "b");
  EXPECT_EQ(refused.status, 413);
  EXPECT_THAT(refused.body, HasSubstr("BODY_TOO_LARGE"));

  RawClient chunks(port_);
  std::string sent = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 17; ++i) sent += "10000\r\n" + std::string(65536, 'c') + "\r\n";
  EXPECT_EQ(chunks.Ask(sent + "0\r\n\r\n").status, 413);
}

TEST_F(ServerTest, RefusesAHugeBodyWithoutReadingIt) {
  Start();
  for (const char* length : {"1099511627776", "99999999999999999999999999"}) {
    RawClient client(port_);
    const Reply reply = client.Ask(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::string(length) + "\r\n\r\nbegin");
    EXPECT_EQ(reply.status, 413) << length;
    EXPECT_TRUE(client.WaitForClose());
  }
}

TEST_F(ServerTest, SendsContinueOnlyWhenItWantsTheBody) {
  Start();
  RawClient client(port_);
  client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReadReply(true).status, 100);
  EXPECT_EQ(client.Ask("hi").body, "hi");
  RawClient refused(port_);
  refused.Send("POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(refused.ReadReply().status, 404);
  RawClient odd(port_);
  EXPECT_EQ(odd.Ask("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: cake\r\nContent-Length: 2\r\n\r\nhi").status,
            417);
}

TEST_F(ServerTest, ExceptionsBecome500) {
  Start();
  RawClient client(port_);
  for (const char* path : {"/throw", "/throw-int"}) {
    const Reply reply = client.Ask(Get(path));
    EXPECT_EQ(reply.status, 500);
    EXPECT_THAT(reply.body, HasSubstr(R"("code":"INTERNAL")"));
    EXPECT_THAT(reply.body, testing::Not(HasSubstr("on purpose")));
  }
  EXPECT_EQ(client.Ask(Get("/metrics")).status, 200);
}

TEST_F(ServerTest, AHeaderValueCannotSmuggleAnother) {
  Start();
  const Reply reply = Fetch(port_, "/hostile");
  EXPECT_FALSE(reply.headers.contains("Set-Cookie"));
  EXPECT_EQ(reply.headers.at("X-Name"), "a  Set-Cookie: b");
}

TEST_F(ServerTest, SendsABigBodyWhole) {
  Start();
  const Reply reply = Fetch(port_, "/big");
  EXPECT_EQ(reply.body.size(), 32u << 20);
  EXPECT_EQ(reply.body.find_first_not_of('x'), std::string::npos);
}

TEST_F(ServerTest, StopsWithinASecondWhateverClientsDo) {
  Start(8, milliseconds(60000));
  std::vector<RawClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(port_, 4096);
    clients.back().Send(Get("/big"));
  }
  clients.emplace_back(port_).Send("GET /half");
  clients.emplace_back(port_);
  clients.emplace_back(port_).Ask(Get("/metrics"));
  clients.emplace_back(port_).Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
  for (int i = 0; i < 10; ++i) clients.emplace_back(port_).Send(Get("/big"));
  const auto begin = steady_clock::now();
  server_->Stop();
  // The promise is a second; a loaded build machine gets a little more.
  EXPECT_LT(steady_clock::now() - begin, milliseconds(1900));
  EXPECT_FALSE(RawClient(port_).connected());
  server_->Stop();  // again: nothing happens
}

TEST_F(ServerTest, StopLetsAnAnswerInFlightFinish) {
  std::atomic<bool> entered{false};
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  Server server(options);
  server.Handle("GET", "/slow", [&](const Request&) {
    entered = true;
    std::this_thread::sleep_for(milliseconds(200));
    return Body("done");
  });
  ASSERT_TRUE(server.Start());
  RawClient client(PortOf(server.addresses().at(0)));
  client.Send(Get("/slow"));
  while (!entered) std::this_thread::sleep_for(milliseconds(1));
  server.Stop();
  const Reply reply = client.ReadReply();
  EXPECT_EQ(reply.body, "done");
  EXPECT_EQ(reply.headers.at("Connection"), "close");
}

TEST_F(ServerTest, ThreadsCarryNames) {
  Start(3);
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
  for (int attempt = 0; attempt < 100 && names.size() < 5; ++attempt) {
    names.clear();
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream file(task.path() / "comm");
      std::string name;
      if (std::getline(file, name) && name.rfind("http-", 0) == 0) names.push_back(name);
    }
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("http-worker", "http-worker", "http-worker", "http-accept",
                                                   "http-watch"));
}

TEST(ServerStartTest, ListensOnSeveralAddresses) {
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0", "localhost:0"};
  Server server(options);
  server.Handle("GET", "/a", [](const Request&) { return Body("a"); });
  ASSERT_TRUE(server.Start());
  const auto addresses = server.addresses();
  ASSERT_EQ(addresses.size(), 2u);
  EXPECT_NE(addresses[0], addresses[1]);
  for (const std::string& address : addresses) {
    EXPECT_EQ(address.rfind("127.0.0.1:", 0), 0u) << address;
    EXPECT_EQ(Fetch(PortOf(address), "/a").body, "a");
  }
}

TEST(ServerStartTest, AddressInUseIsNamed) {
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  Server first(options);
  ASSERT_TRUE(first.Start());
  options.listen_addresses = {"127.0.0.1:0", first.addresses().at(0)};
  Server second(options);
  const auto started = second.Start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message,
              testing::AllOf(HasSubstr(first.addresses().at(0)), HasSubstr("Address already in use"),
                             HasSubstr("--web.listen-address")));
}

TEST(ServerStartTest, AServerCanStartWhereAnotherStopped) {
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  auto first = std::make_unique<Server>(options);
  first->Handle("GET", "/a", [](const Request&) { return Body("first"); });
  ASSERT_TRUE(first->Start());
  options.listen_addresses = first->addresses();
  EXPECT_EQ(Fetch(PortOf(options.listen_addresses[0]), "/a").body, "first");
  first.reset();
  Server second(options);
  second.Handle("GET", "/a", [](const Request&) { return Body("second"); });
  const auto started = second.Start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(Fetch(PortOf(options.listen_addresses[0]), "/a").body, "second");
}

}  // namespace
}  // namespace plimsoll::http
