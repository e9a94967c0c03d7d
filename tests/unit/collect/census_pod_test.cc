// Pods of CRI-O as it runs them by default, without a pause container: the sandbox's cgroup holds no process.

#include <chrono>

#include "unit/collect/census_fixture.h"

namespace plimsoll::collect {
namespace {

using std::chrono::seconds;

const std::string kPod = "/kubepods.slice/kubepods-pod3f1c4a52_7f0e_4f57_9d57_0b2f6f0c8e11.slice";
const std::string kSandbox(64, 'a'), kApp(64, 'b'), kSidecar(64, 'c');

class CensusPodTest : public CensusTest {
 protected:
  CensusPodTest() {
    host_.V2();
    host_.Link("proc/1/ns/net", "net:[11]");
    host_.Cgroup("/kubepods.slice", {});
    host_.Cgroup(kPod, {});
    Described(kSandbox, "POD", "sandbox", "shop", kNetwork);
    host_.Cgroup(Scope(kSandbox), {{"cpu.stat", "usage_usec 0\n"}});
    // The monitor is in the host's network, and before all others in the listing.
    host_.Cgroup(kPod + "/crio-conmon-" + kApp + ".scope", {{"cgroup.procs", "7\n"}});
    Process(7, 11, 9000);
  }
  static std::string Scope(const std::string& id) { return kPod + "/crio-" + id + ".scope"; }

  void Described(const std::string& id, const std::string& name, const std::string& type,
                 const std::string& pod, const std::string& network) {
    host_.Write("run/containers/storage/overlay-containers/" + id + "/userdata/config.json",
                R"({"annotations":{"io.container.manager":"cri-o","io.kubernetes.cri-o.ContainerType":")" +
                    type + R"(","io.kubernetes.cri-o.Name":"k8s_)" + name + "_" + pod +
                    R"(","io.kubernetes.container.name":")" + name +
                    R"(","io.kubernetes.pod.namespace":"shops","io.kubernetes.pod.name":")" + pod +
                    R"("},"linux":{"namespaces":[{"type":"pid"})" + network + "]}}");
  }
  void Process(int pid, int network, int received) {
    const std::string base = "proc/" + std::to_string(pid);
    host_.Remove(base);
    host_.Link(base + "/ns/net", "net:[" + std::to_string(network) + "]");
    host_.Write(base + "/net/dev",
                "Inter-|\n face |\n eth0: " + std::to_string(received) + " 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n");
  }
  void Start(const std::string& id, const std::string& name, int pid, const std::string& pod = "shop") {
    Described(id, name, "container", pod, kNetwork);
    host_.Cgroup(Scope(id), {{"cgroup.procs", std::to_string(pid) + "\n"}, {"cpu.stat", "usage_usec 5\n"}});
  }
  std::shared_ptr<const ContainerSet> BeatAfter(seconds wait) {
    clock_.Pass(wait);
    return Beat();
  }
  static Figure Received(const ContainerSet& set, const std::string& id = kSandbox) {
    const ContainerSample* found = Find(set, Scope(id));
    return found && found->net_known && found->net.size() == 1 ? Figure(found->net[0].rx_bytes)
                                                               : std::nullopt;
  }

  static constexpr const char* kNetwork = R"(,{"type":"network","path":"/var/run/netns/0f3c"})";
};

TEST_F(CensusPodTest, ASandboxWithoutAProcessShowsTheNetworkOfItsContainers) {
  Start(kApp, "app", 70);
  Process(70, 77, 4000);
  Start(kSidecar, "sidecar", 71);
  Process(71, 77, 4000);
  Begin();
  Beat();
  const auto set = BeatAfter(seconds(1));
  EXPECT_EQ(Received(*set), 4000u);
  EXPECT_EQ(Find(*set, Scope(kSandbox))->who->kube_container, "POD");
  EXPECT_FALSE(Find(*set, Scope(kApp))->net_known) << "the pod's network is shown once";
  EXPECT_FALSE(Find(*set, Scope(kSidecar))->net_known);
}

TEST_F(CensusPodTest, AnImageMayTakeLongToCome) {
  Begin();
  Beat();
  EXPECT_FALSE(Received(*BeatAfter(seconds(90))));
  Start(kApp, "app", 70);
  Process(70, 11, 9000);  // its runtime is still in the host's
  EXPECT_FALSE(Received(*BeatAfter(seconds(1))));
  Process(70, 77, 4000);
  Beat();
  EXPECT_EQ(Received(*BeatAfter(seconds(1))), 4000u);
}

TEST_F(CensusPodTest, AContainerThatEndsHandsOverToOneThatLives) {
  Start(kApp, "app", 70);
  Process(70, 77, 4000);
  Begin();
  Beat();
  EXPECT_EQ(Received(*BeatAfter(seconds(1))), 4000u);
  host_.Remove("sys/fs/cgroup" + Scope(kApp));
  host_.Remove("proc/70");
  EXPECT_EQ(Received(*BeatAfter(seconds(20))), 4000u) << "the namespace is the sandbox's: it stays";
  Start(kSidecar, "sidecar", 71);
  Process(71, 77, 5000);
  Beat();
  EXPECT_EQ(Received(*BeatAfter(seconds(20))), 5000u);
}

TEST_F(CensusPodTest, APodInTheHostsNetworkHasNone) {
  Described(kSandbox, "POD", "sandbox", "shop", "");
  Start(kApp, "app", 70);
  Process(70, 11, 4000);
  Begin();
  Beat();
  EXPECT_FALSE(Received(*BeatAfter(seconds(1))));
}

TEST_F(CensusPodTest, AnotherPodsContainerIsNotAsked) {
  Start(kApp, "app", 70, "another");
  Process(70, 77, 4000);
  Begin();
  Beat();
  EXPECT_FALSE(Received(*BeatAfter(seconds(1))));
}

}  // namespace
}  // namespace plimsoll::collect
