#include "exporter/runtime/engine_http.h"

#include <thread>

#include "unit/runtime/fake_engine.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

using std::chrono::milliseconds;

class EngineHttpTest : public testing::Test {
 protected:
  Result<HttpAnswer> Get(milliseconds timeout = milliseconds(20000), size_t max = 1000) {
    return HttpGet(dir_ / "e.sock", "/version", {timeout, max}, stop_fd_);
  }
  void AnswerWith(const std::string& bytes) {
    engine_.SetFault([bytes](const std::string&) { return bytes; });
  }
  ~EngineHttpTest() override { ::close(stop_fd_); }

  TempFolder dir_;
  FakeEngine engine_{dir_ / "e.sock"};
  int stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
};

TEST_F(EngineHttpTest, GetsAWholeAnswer) {
  const auto answer = Get();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->body, testing::HasSubstr("1.2.3"));
  AnswerWith("HTTP/1.1 500 Oops\r\n\r\nbroken");
  EXPECT_EQ(Get()->status, 500);
  EXPECT_EQ(Get()->body, "broken");
}

TEST_F(EngineHttpTest, FaultsAreErrors) {
  AnswerWith("nonsense\r\n\r\n");
  EXPECT_THAT(Get().error().message, testing::HasSubstr("not an HTTP answer"));
  AnswerWith("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_THAT(Get().error().message, testing::HasSubstr("in the middle"));
  AnswerWith("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, 'x'));
  EXPECT_THAT(Get().error().message, testing::HasSubstr("larger than 1000"));
  AnswerWith("");
  EXPECT_THAT(Get(milliseconds(50)).error().message, testing::HasSubstr("timed out"));
  engine_.Stop();
  EXPECT_THAT(Get().error().message, testing::HasSubstr("connect"));
  EXPECT_FALSE(HttpGet(std::string(200, 'x'), "/", {}, stop_fd_));
}

TEST_F(EngineHttpTest, AWaitEndsWhenToldToStop) {
  AnswerWith("");
  std::thread stopper([&] {
    EXPECT_TRUE(Eventually([&] { return engine_.requests("/version") == 1; }));
    ::eventfd_write(stop_fd_, 1);
  });
  const auto answer = Get(milliseconds(3600000));
  stopper.join();
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, testing::HasSubstr("stopped"));
}

// A listener that accepts nobody: its queue fills, and a unix socket tells nobody when it has room.
TEST_F(EngineHttpTest, AListenerWhoseQueueIsFullIsWaitedForNoLongerThanAllowed) {
  const std::string path = dir_ / "full.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const auto* const at = reinterpret_cast<const sockaddr*>(&address);
  const auto make = [] { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); };
  std::vector<int> fds{make()};
  ASSERT_EQ(::bind(fds[0], at, sizeof address), 0);
  ASSERT_EQ(::listen(fds[0], 0), 0);
  do fds.push_back(make());
  while (fds.size() < 64 && ::connect(fds.back(), at, sizeof address) == 0);
  ASSERT_EQ(errno, EAGAIN);
  const auto late = HttpGet(path, "/version", {milliseconds(30), 1000}, stop_fd_);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, testing::HasSubstr("timed out connecting"));
  ::eventfd_write(stop_fd_, 1);
  const auto stopped = HttpGet(path, "/version", {milliseconds(3600000), 1000}, stop_fd_);
  ASSERT_FALSE(stopped);
  EXPECT_THAT(stopped.error().message, testing::HasSubstr("stopped"));
  for (const int fd : fds) ::close(fd);
}

TEST_F(EngineHttpTest, AStreamGivesWhatComesAndEndsWithAnError) {
  auto stream = HttpStream::Open(dir_ / "e.sock", "/events", milliseconds(20000), 1000, stop_fd_);
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->Read(milliseconds(0)).value(), "");
  engine_.SendLine("one\n");
  EXPECT_EQ(stream->Read(milliseconds(-1)).value(), "one\n");
  const int wake_fd = ::eventfd(1, EFD_CLOEXEC);
  EXPECT_EQ(stream->Read(milliseconds(-1), wake_fd).value(), "");
  ::close(wake_fd);
  engine_.DropConnections();
  EXPECT_FALSE(stream->Read(milliseconds(20000)));
}

TEST_F(EngineHttpTest, AStreamThatIsRefusedIsAnError) {
  AnswerWith("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  const auto stream = HttpStream::Open(dir_ / "e.sock", "/events", milliseconds(20000), 1000, stop_fd_);
  ASSERT_FALSE(stream);
  EXPECT_THAT(stream.error().message, testing::HasSubstr("status 503"));
}

}  // namespace
}  // namespace plimsoll::runtime
