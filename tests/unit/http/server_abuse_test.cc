#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <random>

#include "eventually.h"
#include "unit/http/server_fixture.h"

namespace plimsoll::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

using ServerAbuseTest = ServerTest;

TEST_F(ServerAbuseTest, MalformedRequestsGet400InJsonAndTheServerLives) {
  Start();
  const std::string cases[] = {
      "GARBAGE\r\n\r\n",
      "GET\r\n\r\n",
      "GET /metrics\r\n\r\n",
      "GET /metrics HTTX/1.1\r\n\r\n",
      "get /metrics HTTP/1.1\r\n\r\n",
      "GET /metrics HTTP/1.1\r\nno colon here\r\n\r\n",
      "GET metrics HTTP/1.1\r\n\r\n",
      std::string("GET /\x01 HTTP/1.1\r\n\r\n"),
      std::string("\0\0\0\0\r\n\r\n", 8),
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5x\r\n\r\nhello",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabXX",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nab\r\n",
  };
  for (const std::string& request : cases) {
    RawClient client(port_);
    const Reply reply = client.Ask(request);
    EXPECT_EQ(reply.status, 400) << request;
    EXPECT_EQ(reply.headers.at("Content-Type"), "application/json; charset=utf-8");
    EXPECT_THAT(reply.body, HasSubstr("BAD_REQUEST")) << request;
    EXPECT_TRUE(client.WaitForClose()) << request;
  }
  EXPECT_EQ(RawClient(port_).Ask("GET /metrics HTTP/2.0\r\n\r\n").status, 505);
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
  EXPECT_TRUE(WaitForSeen("other 400"));
}

TEST_F(ServerAbuseTest, UnknownMethodsGet501) {
  Start();
  for (const char* method : {"TRACE", "FOO", "M-SEARCH"}) {
    RawClient client(port_);
    const Reply reply = client.Ask(std::string(method) + " /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(reply.status, 501) << method;
    EXPECT_THAT(reply.body, HasSubstr(std::string("the method ") + method + " is not known here"));
    EXPECT_TRUE(client.WaitForClose()) << method;
  }
  EXPECT_EQ(RawClient(port_).Ask("PATCH /metrics HTTP/1.1\r\nHost: a\r\n\r\n").status, 405);
  EXPECT_EQ(RawClient(port_).Ask(std::string(40, 'A') + " /metrics HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
  EXPECT_TRUE(WaitForSeen("other 501"));
}

TEST_F(ServerAbuseTest, HeadsAreBounded) {
  Start();
  EXPECT_EQ(RawClient(port_).Ask(Get("/metrics", "X: " + std::string(20000, 'a') + "\r\n")).status, 400);
  EXPECT_EQ(RawClient(port_).Ask("GET /" + std::string(20000, 'a')).status, 400);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  RawClient client(port_);
  EXPECT_EQ(client.Ask(Get("/metrics", many)).status, 431);
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(ServerAbuseTest, BodiesCutShortEndTheRequestAlone) {
  Start(4, milliseconds(1200));  // the half that is sent has to come in this time, too
  for (const char* request :
       {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhalf",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"}) {
    RawClient hangs_up(port_);
    hangs_up.Send(request);
    hangs_up.Close();
    RawClient waits(port_);
    EXPECT_EQ(waits.Ask(request).status, 400);
    EXPECT_TRUE(waits.WaitForClose());
  }
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
}

TEST_F(ServerAbuseTest, HalfAHeadIsDroppedAfterTheTimeout) {
  Start(4, milliseconds(1000));
  RawClient client(port_);
  client.Send("GET /metr");
  EXPECT_TRUE(client.WaitForClose());
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
}

TEST_F(ServerAbuseTest, ABodyThatDripsIsCutThoughEveryByteComesInTime) {
  Start(2, milliseconds(500));
  RawClient client(port_);
  client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  const auto begin = steady_clock::now();
  bool cut = false;
  while (!cut && steady_clock::now() - begin < std::chrono::seconds(20)) {
    client.Send("x");
    cut = client.WaitForClose(milliseconds(100));
  }
  EXPECT_TRUE(cut);
}

TEST_F(ServerAbuseTest, IdleConnectionsDoNotKeepOthersOut) {
  Start(2, milliseconds(30000));
  std::vector<RawClient> idle;
  for (int i = 0; i < 8; ++i) {
    idle.emplace_back(port_);
    idle.back().Send("GET /met");  // half a head each, then silence
  }
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
}

TEST_F(ServerAbuseTest, HeadsOrBodiesThatDripOnEveryWorkerDoNotKeepOthersOut) {
  for (const char* begin : {"GET /metrics HTTP/1.1\r\nHost: a\r\nX: ",
                            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"}) {
    Start(10, milliseconds(60000));
    std::vector<RawClient> attackers;
    for (int i = 0; i < 20; ++i) attackers.emplace_back(port_).Send(begin);
    std::atomic<bool> done{false};
    std::thread drips([&] {
      while (!done) {
        for (RawClient& attacker : attackers) attacker.Send("x");
        std::this_thread::sleep_for(milliseconds(100));
      }
    });
    EXPECT_EQ(Fetch(port_, "/metrics").status, 200) << begin;
    done = true;
    drips.join();
  }
}

TEST_F(ServerAbuseTest, AConnectionWithoutAByteHoldsNoWorker) {
  Start(1, milliseconds(30000));
  std::vector<RawClient> idle;
  for (int i = 0; i < 20; ++i) idle.emplace_back(port_);
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
}

TEST_F(ServerAbuseTest, ACrowdOfKeepAliveClientsIsServed) {
  Start(4, milliseconds(30000));
  std::vector<RawClient> crowd;
  for (int i = 0; i < 50; ++i) crowd.emplace_back(port_);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (RawClient& client : crowd)
    threads.emplace_back([&] { good += client.Ask(Get("/metrics")).status == 200; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 50);
}

TEST_F(ServerAbuseTest, SlowReadersHoldOnlyTheirOwnWorker) {
  Start(6, milliseconds(30000));
  std::vector<RawClient> slow;
  for (int i = 0; i < 5; ++i) {
    slow.emplace_back(port_, 4096);
    slow.back().Send(Get("/big"));
  }
  for (int second = 0; second < 2; ++second) {
    for (RawClient& client : slow) client.Receive(milliseconds(2000), 1);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
    std::this_thread::sleep_for(milliseconds(500));
  }
}

TEST_F(ServerAbuseTest, ReadersThatTakeNothingDoNotKeepEveryBodyInMemory) {
  std::mutex mutex;
  std::vector<std::weak_ptr<const std::string>> bodies;
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  options.worker_threads = 12;
  options.io_timeout = milliseconds(60000);
  Server server(options);
  server.Handle("GET", "/frame", [&](const Request&) {  // a new one at each request
    Response response;
    response.body = std::make_shared<const std::string>(8 << 20, 'x');
    const std::lock_guard lock(mutex);
    bodies.push_back(response.body);
    return response;
  });
  ASSERT_TRUE(server.Start());
  const uint16_t port = PortOf(server.addresses().at(0));
  std::vector<RawClient> slow;
  for (int i = 0; i < 10; ++i) slow.emplace_back(port, 4096).Send(Get("/frame"));
  const auto count = [&](bool alive) {
    const std::lock_guard lock(mutex);
    return std::count_if(bodies.begin(), bodies.end(),
                         [&](const auto& one) { return one.expired() != alive; });
  };
  EXPECT_TRUE(Eventually([&] { return count(true) + count(false) == 10 && count(true) <= 4; }));
  EXPECT_EQ(count(true), 4) << "those within the bound are left alone";
  EXPECT_EQ(Fetch(port, "/frame").body.size(), 8u << 20) << "the newest gets its answer";
}

TEST_F(ServerAbuseTest, AReaderThatTakesNothingIsDropped) {
  Start(2, milliseconds(1000));
  RawClient client(port_, 4096);
  client.Send(Get("/big"));
  EXPECT_TRUE(WaitForSeen("/big 200"));  // the worker is free again
}

TEST_F(ServerAbuseTest, ReadersThatDripOnEveryWorkerAreCut) {
  Start(2, milliseconds(1000));
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      RawClient client(port_, 4096);
      client.Send(Get("/big"));
      // Enough for the server to see progress all the time, far too little for 32 MiB.
      while (!done && client.Receive(milliseconds(1000), 2048)) std::this_thread::sleep_for(milliseconds(20));
    });
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
  done = true;
  for (std::thread& reader : readers) reader.join();
}

size_t OpenDescriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

TEST_F(ServerAbuseTest, DamagedRequestsLeaveNothingBehind) {
  Start(4, milliseconds(500));
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
  const size_t before = OpenDescriptors();
  const std::string seeds[] = {
      Get("/show?a=1", "X-A: b\r\nExpect: 100-continue\r\n"),
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + Get("/metrics"),
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
          Get("/metrics"),
  };
  std::minstd_rand random(7);
  for (int round = 0; round < 300; ++round) {
    std::string request = seeds[random() % std::size(seeds)];
    for (int hit = 0; hit < 3; ++hit) {
      const size_t at = random() % request.size();
      switch (random() % 3) {
        case 0:
          request[at] = static_cast<char>(random());
          break;
        case 1:
          request.erase(at, random() % 8);
          break;
        default:
          request.insert(at, request.substr(random() % request.size(), random() % 16));
      }
    }
    RawClient client(port_);
    client.Send(request);
    shutdown(client.fd(), SHUT_WR);
    EXPECT_TRUE(client.WaitForClose()) << request;
  }
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
  const auto end = steady_clock::now() + std::chrono::seconds(10);
  while (OpenDescriptors() > before && steady_clock::now() < end)
    std::this_thread::sleep_for(milliseconds(20));
  EXPECT_LE(OpenDescriptors(), before);
}

}  // namespace
}  // namespace plimsoll::http
