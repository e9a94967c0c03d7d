#include "exporter/collect/host_interfaces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/collect/fake_host.h"

namespace plimsoll::collect {
namespace {

class HostInterfacesTest : public ::testing::Test {
 protected:
  void Interface(const std::string& name, const FakeHost::Files& files) {
    for (const auto& [file, text] : files) host_.Write("sys/class/net/" + name + "/" + file, text);
  }
  // The names that a sum counts.
  std::vector<std::string> Counted(const std::vector<std::string>& names) {
    std::vector<NetInterface> interfaces;
    for (const std::string& name : names) interfaces.emplace_back().name.Set(name);
    reader_.Mark(interfaces);
    std::vector<std::string> counted;
    for (const NetInterface& net : interfaces)
      if (!net.counted_elsewhere) counted.push_back(net.name.c_str());
    return counted;
  }

  FakeHost host_;
  HostInterfaces reader_{host_.paths().sysfs};
};

TEST_F(HostInterfacesTest, CardsCountAndWhatIsMadeOfThemDoesNot) {
  Interface("eno1", {{"device/vendor", "0x8086\n"}});
  Interface("eno2", {{"device/vendor", "0x8086\n"}});
  Interface("bond0", {{"bonding/mode", "802.3ad 4\n"}});
  Interface("bond0.7", {{"uevent", "DEVTYPE=vlan\nINTERFACE=bond0.7\n"}});
  Interface("br-0123", {{"bridge/stp_state", "0\n"}});
  Interface("cali0", {{"uevent", "INTERFACE=cali0\n"}});
  EXPECT_THAT(Counted({"eno1", "eno2", "bond0", "bond0.7", "br-0123", "cali0"}),
              testing::ElementsAre("eno1", "eno2"));
}

TEST_F(HostInterfacesTest, AHostWithoutCardsCountsAllButWhatCarriesOthers) {
  Interface("eth0", {{"uevent", "INTERFACE=eth0\n"}, {"type", "1\n"}});
  Interface("cni0", {{"bridge/stp_state", "0\n"}});
  Interface("flannel.1", {{"uevent", "DEVTYPE=vxlan\n"}, {"type", "1\n"}});
  Interface("tun0", {{"type", "65534\n"}});
  EXPECT_THAT(Counted({"eth0", "cni0", "flannel.1", "tun0", "unknown"}),
              testing::ElementsAre("eth0", "unknown"));
}

TEST_F(HostInterfacesTest, TheFastPathOfAnotherCardIsCountedByThat) {
  Interface("eth0", {{"device/vendor", "0x1\n"}});
  Interface("enP1s1", {{"device/vendor", "0x2\n"}, {"master/device/vendor", "0x1\n"}});
  EXPECT_THAT(Counted({"eth0", "enP1s1"}), testing::ElementsAre("eth0"));
}

TEST_F(HostInterfacesTest, NamesAreLookedUpAnewNowAndThen) {
  Interface("eth0", {{"uevent", "INTERFACE=eth0\n"}});
  Interface("net1", {{"uevent", "INTERFACE=net1\n"}});
  EXPECT_THAT(Counted({"eth0", "net1"}), testing::SizeIs(2));
  Interface("net1", {{"bridge/stp_state", "0\n"}});
  std::vector<std::string> counted;
  for (int i = 0; i < 600; ++i) counted = Counted({"eth0", "net1"});
  EXPECT_THAT(counted, testing::ElementsAre("eth0"));
}

}  // namespace
}  // namespace plimsoll::collect
