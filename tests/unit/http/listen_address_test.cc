#include "exporter/http/listen_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plimsoll::http {
namespace {

using testing::HasSubstr;

std::string Canonical(const std::string& text, bool ipv6 = true) {
  const auto address = ParseListenAddress(text, ipv6);
  return address ? FormatAddress(*address) : "fault: " + address.error().message;
}

TEST(ListenAddressTest, ParsesHostAndPort) {
  EXPECT_EQ(Canonical("127.0.0.1:9797"), "127.0.0.1:9797");
  EXPECT_EQ(Canonical(":80"), "0.0.0.0:80");
  EXPECT_EQ(Canonical("localhost:0"), "127.0.0.1:0");
  EXPECT_EQ(Canonical("[::1]:65535"), "[::1]:65535");
}

TEST(ListenAddressTest, FaultsQuoteTheTextAndSayWhatIsRight) {
  for (const char* text :
       {"", "9797", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:80 ", "::1:80", "[::zz]:80", "no.such.host.invalid:80", "1.2.3.4.5:80"}) {
    const auto address = ParseListenAddress(text, true);
    ASSERT_FALSE(address) << text;
    EXPECT_THAT(address.error().message, HasSubstr("\"" + std::string(text) + "\"")) << text;
    EXPECT_THAT(address.error().message, HasSubstr("host:port")) << text;
  }
}

TEST(ListenAddressTest, Ipv6IsRefusedWhereTheServerHasNone) {
  EXPECT_THAT(Canonical("[::1]:80", false), HasSubstr("no IPv6; listen on an IPv4 address"));
}

TEST(ListenAddressTest, AnAddressOfAnotherHostIsNamed) {
  const auto probe = ProbeBind({"192.0.2.1", 0, false});
  ASSERT_FALSE(probe);
  EXPECT_THAT(probe.error().message, HasSubstr("192.0.2.1:0"));
  EXPECT_THAT(probe.error().message, HasSubstr("no such address"));
}

}  // namespace
}  // namespace plimsoll::http
