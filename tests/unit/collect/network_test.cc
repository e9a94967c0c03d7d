#include "exporter/collect/network.h"

#include <gtest/gtest.h>

#include "unit/collect/fake_host.h"

namespace plimsoll::collect {
namespace {

using std::chrono::seconds;

class NetworkTest : public ::testing::Test {
 protected:
  NetworkTest() {
    Receive(10);
    network_.OpenHost(host_.paths().procfs);
    Beat(false);
  }

  void Receive(uint64_t bytes) {
    host_.Write("proc/1/net/dev", "Inter-|   Receive  |  Transmit\n face |bytes |bytes\n eth0: " +
                                      std::to_string(bytes) + " 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
  }
  uint64_t Beat(bool rests) {
    clock_.Pass(seconds(1));
    network_.Read(text_, sample_, clock_.Mono(), rests);
    return sample_.net.at(0).rx_bytes;
  }

  FakeHost host_;
  ManualClock clock_;
  FileText text_;
  ContainerSample sample_;
  ContainerNetwork network_;
};

TEST_F(NetworkTest, ASilentNetworkOfARestingContainerIsReadEveryThirdBeat) {
  Beat(true);
  Receive(20);
  EXPECT_EQ(Beat(true), 10u);
  EXPECT_EQ(Beat(true), 10u);
  EXPECT_EQ(Beat(true), 20u);
  EXPECT_EQ(network_.read_at(), clock_.Mono());
  Receive(30);
  EXPECT_EQ(Beat(true), 30u) << "it moved, so the next beat looks again";
}

TEST_F(NetworkTest, ANetworkThatWasSilentThreeTimesIsReadEveryNinthBeat) {
  for (int i = 0; i < 7; ++i) Beat(true);  // silent once, and at every third beat
  Receive(20);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(Beat(true), 10u) << i;
  EXPECT_EQ(Beat(true), 20u);
  Receive(30);
  EXPECT_EQ(Beat(true), 30u) << "it moved, so the next beat looks again";
}

TEST_F(NetworkTest, AContainerThatRanHasItsNetworkRead) {
  Beat(true);
  Receive(20);
  EXPECT_EQ(Beat(false), 20u);
}

TEST_F(NetworkTest, ANetworkThatCannotBeReadIsUnknownNeverTheOneBefore) {
  host_.Remove("proc/1/net/dev");
  host_.Write("proc/1/net/dev/.keep", "");  // can be opened, not read
  network_.OpenHost(host_.paths().procfs);
  ASSERT_TRUE(network_.open());
  network_.Read(text_, sample_, clock_.Mono(), false);
  EXPECT_FALSE(sample_.net_known);
  EXPECT_TRUE(sample_.net.empty());
  EXPECT_FALSE(network_.open());
}

TEST_F(NetworkTest, ANetworkThatCannotBeReadKeepsItsNumber) {
  host_.Write("proc/7/net/dev/.keep", "");
  host_.Link("proc/7/ns/net", "net:[77]");
  network_.Open(host_.paths().procfs, 7, 11);
  network_.Read(text_, sample_, clock_.Mono(), false);
  EXPECT_FALSE(network_.open());
  EXPECT_EQ(network_.network_namespace(), 77u);
}

TEST(ContainerNetworkTest, InterfacesBeyondTheMostThatAreShownAreOneSum) {
  constexpr int kInterfaces = 100;
  std::string dev = "Inter-|   Receive  |  Transmit\n face |bytes |bytes\n";
  for (int i = kInterfaces; i-- > 0;)
    dev += "d" + std::to_string(100 + i) + ": " + std::to_string(i) + " 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n";
  FakeHost host;
  for (const char* pid : {"1", "7"}) {
    host.Write(std::string("proc/") + pid + "/net/dev", dev);
    host.Link(std::string("proc/") + pid + "/ns/net", std::string("net:[7") + pid + "]");
  }
  FileText text;
  ContainerSample sample;
  ContainerNetwork network;
  network.Open(host.paths().procfs, 7, 71);
  network.Read(text, sample, {}, false);
  ASSERT_EQ(sample.net.size(), ContainerNetwork::kMostInterfaces + 1);
  EXPECT_STREQ(sample.net[0].name.c_str(), "d100");
  EXPECT_STREQ(sample.net[63].name.c_str(), "d163");
  EXPECT_FALSE(sample.net[63].is_rest);
  EXPECT_TRUE(sample.net[64].is_rest);
  EXPECT_EQ(sample.net[64].tx_packets, 36u);
  EXPECT_EQ(sample.NetRxBytes(), 99u * 100 / 2);
  EXPECT_EQ(sample.NetTxBytes(), 200u);
  network.OpenHost(host.paths().procfs);
  network.Read(text, sample, {}, false);
  EXPECT_EQ(sample.net.size(), 100u) << "the host's own are never left out";
}

}  // namespace
}  // namespace plimsoll::collect
