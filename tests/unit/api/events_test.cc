#include <gmock/gmock.h>

#include "unit/api/api_fixture.h"

namespace plimsoll::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

// What a browser's EventSource sees, over a real connection.
class EventsTest : public ApiTest {
 protected:
  // Everything that came until `text` did; fails the test when it does not.
  static std::string ReadUntil(http::RawClient& client, const std::string& text) {
    std::string all = client.TakePending();
    for (const auto end = std::chrono::steady_clock::now() + seconds(20);
         all.find(text) == std::string::npos && std::chrono::steady_clock::now() < end;)
      if (client.Receive(milliseconds(500))) all += client.TakePending();
    EXPECT_THAT(all, HasSubstr(text));
    return all;
  }
  http::Reply Listen(http::RawClient& client, const std::string& query = "",
                     const std::string& headers = "") {
    return client.Ask(http::Get("/api/v1/containers/events" + query, headers), true);
  }
};

TEST_F(EventsTest, AListenerGetsHeadSnapshotAndWhatHappens) {
  Start();
  Tick(SetBuilder(clock_.Wall()).Add(1, "web", 7).Done());
  http::RawClient client(port_);
  const http::Reply head = Listen(client);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("Content-Type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(head.headers.at("Cache-Control"), "no-store");
  EXPECT_THAT(ReadUntil(client, "\"container_id\":1"), HasSubstr("retry: 5000\n\n"));
  api_->events().Publish("resource.alert", 1, R"({"container_id":1,"alert_type":"cpu"})");
  const std::string alert = ReadUntil(client, "\"alert_type\":\"cpu\"}\n\n");
  EXPECT_THAT(alert, HasSubstr("event: resource.alert\ndata: {"));
  EXPECT_THAT(alert, HasSubstr("id: "));
}

TEST_F(EventsTest, SilenceIsFilledEveryFifteenSeconds) {
  Start();
  http::RawClient client(port_);
  Listen(client);
  ReadUntil(client, "retry: 5000\n\n");
  clock_.Pass(seconds(14));
  EXPECT_FALSE(client.Receive(milliseconds(600)));
  clock_.Pass(seconds(1));
  ReadUntil(client, ": keepalive\n\n");
}

TEST_F(EventsTest, LastEventIdReplaysByHeaderAndByParameter) {
  Start();
  const uint64_t first = api_->events().first_id();
  for (const char* name : {"one", "two", "three"}) api_->events().Publish(name, 0, "{}");
  http::RawClient by_header(port_), by_parameter(port_), garbage(port_);
  Listen(by_header, "", "Last-Event-ID: " + std::to_string(first) + "\r\n");
  const std::string replayed = ReadUntil(by_header, "event: three\n");
  EXPECT_THAT(replayed, HasSubstr("event: two\n"));
  EXPECT_THAT(replayed, Not(HasSubstr("event: one\n")));
  Listen(by_parameter, "?last_event_id=" + std::to_string(first + 1));
  EXPECT_THAT(ReadUntil(by_parameter, "event: three\n"), Not(HasSubstr("event: two\n")));
  Listen(garbage, "", "Last-Event-ID: -1 or so\r\n");
  ReadUntil(garbage, "retry: 5000\n\n");
  api_->events().Publish("four", 0, "{}");
  EXPECT_THAT(ReadUntil(garbage, "event: four\n"), Not(HasSubstr("event: three\n")));
}

TEST_F(EventsTest, AskingForOneContainerChecksThatThereIsOne) {
  Start();
  EXPECT_EQ(Get("/api/v1/containers/events?container_id=77").status, 404);
  for (const char* id : {"", "x", "0", "1x"})
    EXPECT_EQ(Get("/api/v1/containers/events?container_id=" + std::string(id)).status, 400) << id;
  store_.history().fails = true;
  http::RawClient client(port_);
  EXPECT_EQ(Listen(client, "?container_id=9").status, 200);
}

TEST_F(EventsTest, ListenersLeaveWorkersForTheRest) {
  Start();
  std::vector<http::RawClient> listeners;
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    listeners.emplace_back(port_);
    refused += Listen(listeners.back()).status == 503;
  }
  EXPECT_GT(refused, 30);
  EXPECT_LT(refused, 40);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Get("/api/v1/status").status, 200);
}

TEST_F(EventsTest, AClientThatTakesNothingHoldsNobodyBackAndIsToldWhatItLost) {
  Start();
  http::RawClient slow(port_, 2048), quick(port_);
  Listen(slow);
  Listen(quick);
  ReadUntil(slow, "retry: 5000\n\n");
  ReadUntil(quick, "retry: 5000\n\n");
  const std::string data = "\"" + std::string(60'000, 'x') + "\"";
  for (int i = 0; i < 200; ++i) {  // 12 MB: more than sockets and ring hold
    api_->events().Publish("n" + std::to_string(i), 0, data);
    ReadUntil(quick, "event: n" + std::to_string(i) + "\n");
  }
  EXPECT_THAT(ReadUntil(slow, "event: n199\n"), HasSubstr("event: dropped\ndata: {\"count\":"));
}

}  // namespace
}  // namespace plimsoll::api
