#include <gmock/gmock.h>

#include <atomic>

#include "unit/http/server_fixture.h"

namespace plimsoll::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

// A server whose /ticks streams a line each 20 ms, and /flood as much as the client takes.
class StreamTest : public ServerTest {
 protected:
  ~StreamTest() override { server_.reset(); }  // streams count in running_

  void StartStreams(int workers, milliseconds io_timeout = milliseconds(10000)) {
    ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    options.worker_threads = workers;
    options.io_timeout = io_timeout;
    server_ = std::make_unique<Server>(std::move(options));
    server_->Handle("GET", "/metrics", [](const Request&) { return Body("up 1\n"); });
    server_->Handle("GET", "/ticks", [this](const Request&) {
      return Streaming([](Stream& stream) {
        while (stream.open() && stream.Write("tick\n")) std::this_thread::sleep_for(milliseconds(20));
      });
    });
    server_->Handle("GET", "/quiet", [this](const Request&) {
      return Streaming([](Stream& stream) {
        while (stream.open()) std::this_thread::sleep_for(milliseconds(20));
      });
    });
    server_->Handle("GET", "/flood", [this](const Request&) {
      return Streaming([](Stream& stream) {
        const std::string piece(1 << 16, 'x');
        while (stream.Write(piece)) {
        }
      });
    });
    server_->Handle("GET", "/three", [this](const Request&) {
      return Streaming([](Stream& stream) {
        for (const char* piece : {"one ", "two ", "three"}) stream.Write(piece);
      });
    });
    server_->Handle("GET", "/throws", [this](const Request&) {
      return Streaming([](Stream& stream) {
        stream.Write("half");
        throw std::runtime_error("on purpose");
      });
    });
    const auto started = server_->Start();
    ASSERT_TRUE(started) << started.error().message;
    port_ = PortOf(server_->addresses().at(0));
  }

  Response Streaming(std::function<void(Stream&)> run) {
    Response response;
    response.content_type = "text/event-stream";
    response.stream = [this, run = std::move(run)](Stream& stream) {
      const Counted counted(running_);
      run(stream);
    };
    return response;
  }

  bool WaitForRunning(int count) {
    const auto end = steady_clock::now() + std::chrono::seconds(10);
    while (running_ != count && steady_clock::now() < end) std::this_thread::sleep_for(milliseconds(5));
    return running_ == count;
  }

  struct Counted {
    explicit Counted(std::atomic<int>& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    std::atomic<int>& count_;
  };
  std::atomic<int> running_{0};
};

TEST_F(StreamTest, PiecesComeAsTheyAreWrittenUntilTheStreamEnds) {
  StartStreams(4);
  RawClient client(port_);
  const Reply head = client.Ask(Get("/three"), true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.headers.at("Connection"), "close");
  EXPECT_FALSE(head.headers.contains("Content-Length"));
  EXPECT_EQ(client.ReadToEnd(), "one two three");
}

TEST_F(StreamTest, HeadOfAStreamIsTheHeadAlone) {
  StartStreams(4);
  RawClient client(port_);
  EXPECT_EQ(client.Ask("HEAD /ticks HTTP/1.1\r\nHost: a\r\n\r\n", true).status, 200);
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(StreamTest, AQuarterOfTheWorkersStreamAndTheRestAnswers) {
  StartStreams(8);
  std::vector<RawClient> listeners;
  for (int i = 0; i < 2; ++i) {
    listeners.emplace_back(port_);
    EXPECT_EQ(listeners.back().Ask(Get("/ticks"), true).status, 200);
  }
  ASSERT_TRUE(WaitForRunning(2));
  const Reply refused = Fetch(port_, "/ticks");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("STREAMS_BUSY"));
  EXPECT_EQ(refused.headers.at("Retry-After"), "5");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
  listeners.pop_back();
  ASSERT_TRUE(WaitForRunning(1));
  EXPECT_EQ(RawClient(port_).Ask(Get("/ticks"), true).status, 200);
}

TEST_F(StreamTest, AClientThatHangsUpIsSeenWithoutAWrite) {
  StartStreams(4);
  {
    RawClient client(port_);
    EXPECT_EQ(client.Ask(Get("/quiet"), true).status, 200);
    ASSERT_TRUE(WaitForRunning(1));
  }
  EXPECT_TRUE(WaitForRunning(0));
}

TEST_F(StreamTest, AQuietStreamOutlivesTheTimeout) {
  StartStreams(4, milliseconds(100));
  RawClient client(port_);
  EXPECT_EQ(client.Ask(Get("/quiet"), true).status, 200);
  EXPECT_FALSE(client.WaitForClose(milliseconds(2000)));  // more than 6 time-outs and two beats of the watch
  EXPECT_EQ(running_, 1);
}

TEST_F(StreamTest, AClientThatTakesNothingIsDropped) {
  StartStreams(4, milliseconds(300));
  RawClient client(port_, 4096);
  client.Send(Get("/flood"));
  ASSERT_TRUE(WaitForRunning(1));
  EXPECT_TRUE(WaitForRunning(0));
}

TEST_F(StreamTest, StoppingEndsStreamsWithinASecond) {
  StartStreams(16);
  std::vector<RawClient> listeners;
  for (const char* path : {"/ticks", "/quiet", "/flood", "/quiet"}) {
    listeners.emplace_back(port_, 4096);
    listeners.back().Send(Get(path));
  }
  ASSERT_TRUE(WaitForRunning(4));
  const auto begin = steady_clock::now();
  server_->Stop();
  // The promise is a second; a loaded build machine gets a little more.
  EXPECT_LT(steady_clock::now() - begin, milliseconds(1900));
  EXPECT_EQ(running_, 0);
}

TEST_F(StreamTest, AStreamThatThrowsEndsItsConnectionAlone) {
  StartStreams(4);
  RawClient client(port_);
  EXPECT_EQ(client.Ask(Get("/throws"), true).status, 200);
  EXPECT_EQ(client.ReadToEnd(), "half");
  EXPECT_EQ(Fetch(port_, "/three").body, "");  // no Content-Length to read by
  EXPECT_EQ(Fetch(port_, "/metrics").status, 200);
}

}  // namespace
}  // namespace plimsoll::http
