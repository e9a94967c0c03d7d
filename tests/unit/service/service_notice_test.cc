#include "exporter/service/service_notice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "manual_clock.h"
#include "temp_folder.h"

namespace plimsoll::service {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// The service manager's end.
class Systemd {
 public:
  explicit Systemd(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  ~Systemd() { ::close(socket_); }

  std::vector<std::string> Heard() {
    std::vector<std::string> all;
    char text[512];
    for (ssize_t size; (size = ::recv(socket_, text, sizeof text, MSG_DONTWAIT)) >= 0;)
      all.emplace_back(text, static_cast<size_t>(size));
    return all;
  }

 private:
  int socket_;
};

class ServiceNoticeTest : public testing::Test {
 protected:
  // A beat a second, as the collector's.
  void BeatFor(ServiceNotice& notice, int count) {
    for (int i = 0; i < count; ++i) {
      clock_.Pass(seconds(1));
      notice.Beat();
    }
  }

  TempFolder folder_;
  ManualClock clock_;
  std::string path_ = folder_ / "notify";
  Systemd manager_{path_};
};

TEST_F(ServiceNoticeTest, TellsEveryStepOfALife) {
  ServiceNotice notice({path_, {}}, clock_);
  notice.Ready("on 127.0.0.1:9797");
  notice.Reloading();
  notice.Stopping();
  EXPECT_THAT(manager_.Heard(), ElementsAre("READY=1\nSTATUS=on 127.0.0.1:9797",
                                            "RELOADING=1\nMONOTONIC_USEC=1000000000", "STOPPING=1"));
}

TEST_F(ServiceNoticeTest, AbstractNamesAreReached) {
  const std::string name = "@plimsoll-test-" + std::to_string(::getpid());
  Systemd manager(name);
  ServiceNotice notice({name, {}}, clock_);
  notice.Stopping();
  EXPECT_THAT(manager.Heard(), ElementsAre("STOPPING=1"));
}

TEST_F(ServiceNoticeTest, TheWatchdogIsFedByBeatsAndNotByEachOfThem) {
  ServiceNotice notice({path_, seconds(32)}, clock_);
  BeatFor(notice, 32);
  const std::vector<std::string> heard = manager_.Heard();
  EXPECT_THAT(heard, testing::Each("WATCHDOG=1"));
  EXPECT_GE(heard.size(), 7u);
  EXPECT_LE(heard.size(), 8u);
}

TEST_F(ServiceNoticeTest, TheFirstBeatAloneProvesNothing) {
  ServiceNotice notice({path_, seconds(32)}, clock_);
  notice.Beat();
  EXPECT_THAT(manager_.Heard(), IsEmpty());
}

TEST_F(ServiceNoticeTest, BeatsThatComeLateDoNotFeed) {
  ServiceNotice notice({path_, seconds(32)}, clock_);
  BeatFor(notice, 5);
  manager_.Heard();
  for (int i = 0; i < 4; ++i) {
    clock_.Pass(milliseconds(8001));
    notice.Beat();
  }
  EXPECT_THAT(manager_.Heard(), IsEmpty());
  BeatFor(notice, 1);
  EXPECT_THAT(manager_.Heard(), ElementsAre("WATCHDOG=1"));
}

TEST_F(ServiceNoticeTest, WithoutAWatchdogBeatsAreNotTold) {
  ServiceNotice notice({path_, {}}, clock_);
  BeatFor(notice, 60);
  EXPECT_THAT(manager_.Heard(), IsEmpty());
}

TEST_F(ServiceNoticeTest, AManagerThatDoesNotReadNeverHoldsABeat) {
  ServiceNotice notice({path_, milliseconds(8)}, clock_);
  for (int i = 0; i < 5000; ++i) {  // far more than the socket's queue holds
    clock_.Pass(milliseconds(1));
    notice.Beat();
  }
  EXPECT_LT(manager_.Heard().size(), 4999u);
}

TEST_F(ServiceNoticeTest, NobodyListensOrTheSocketIsNotThere) {
  ServiceNotice none({}, clock_);
  none.Ready("");
  none.Beat();
  for (const std::string& wrong :
       {std::string("relative"), path_ + ".missing", "/" + std::string(200, 'x')}) {
    ServiceNotice notice({wrong, seconds(1)}, clock_);
    notice.Ready("");
    BeatFor(notice, 3);
    notice.Stopping();
  }
  EXPECT_THAT(manager_.Heard(), IsEmpty());
}

class EnvironmentTest : public testing::Test {
 protected:
  void SetUp() override { Clear(); }
  void TearDown() override { Clear(); }
  static void Clear() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
};

TEST_F(EnvironmentTest, WithoutAManagerNothingIsSet) {
  EXPECT_EQ(SettingsOfEnvironment().socket, "");
  EXPECT_FALSE(SettingsOfEnvironment().watchdog);
}

TEST_F(EnvironmentTest, TheWatchdogOfAnotherProcessIsNotOurs) {
  ::setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  EXPECT_EQ(SettingsOfEnvironment().watchdog, seconds(30));
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(SettingsOfEnvironment().watchdog, seconds(30));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(SettingsOfEnvironment().watchdog);
  EXPECT_EQ(SettingsOfEnvironment().socket, "/run/systemd/notify");
}

TEST_F(EnvironmentTest, APeriodThatIsNoNumberIsNone) {
  for (const char* text : {"", "0", "-5", "30s", "99999999999999999999"}) {
    ::setenv("WATCHDOG_USEC", text, 1);
    EXPECT_FALSE(SettingsOfEnvironment().watchdog) << text;
  }
}

}  // namespace
}  // namespace plimsoll::service
