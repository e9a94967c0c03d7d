"""containerd: figures, plain and with Kubernetes' annotations and cgroup paths. It is read from disk alone."""
import unittest

import figures
from rig import kernel
from rig.cable import Cable
from rig.containerd import Containerd
from rig.plimsoll import collector_config

POD_UID = "7f6e1f0c-95a1-4c5d-8d0c-2b3e4f5a6b7c"


class ContainerdFigures(figures.Figures):
    shows_image = False  # ctr leaves it in containerd's database alone; a kubelet's call leaves it in the annotations
    live_states = ("running", "")

    @classmethod
    def new_engine(cls):
        return Containerd()

    def config(self, engine):
        return collector_config(["containerd"], containerd=engine)

    def test_pod(self):
        sandbox = self.engine.run_pod_member(POD_UID, None)
        app = self.engine.run_pod_member(POD_UID, "app", sandbox=sandbox, memory=64 << 20, cpus=0.5)
        self.observe()
        pod = {"namespace": "shop", "pod": "web-0"}
        scrape = self.plimsoll.wait_for(
            lambda s: s.value("container_memory_usage_bytes", container="app", **pod) is not None, "the pod's container")
        (labels, usage), = scrape.find("container_memory_usage_bytes", container="app", **pod)
        self.assertEqual(labels["id"], "/kubepods/burstable/pod%s/%s" % (POD_UID, app))
        self.assertEqual(labels["image"], self.engine.image)
        self.assertGreater(usage, 0)
        self.assertEqual(scrape.value("container_spec_memory_limit_bytes", container="app", **pod), 64 << 20)
        self.assertEqual(scrape.value("container_spec_cpu_quota", container="app", **pod), 50000)
        (labels, _), = scrape.find("container_memory_usage_bytes", container="POD", **pod)
        self.assertEqual(labels["id"], "/kubepods/burstable/pod%s/%s" % (POD_UID, sandbox))
        (info, _), = scrape.find("plimsoll_container_info", container="app", **pod)
        self.assertEqual((info["runtime"], info["runtime_id"]), ("containerd", app))

    def test_pod_network_is_the_sandboxs(self):
        """A pod's network is shown once, under its sandbox, as cAdvisor does."""
        sandbox = self.engine.run_pod_member(POD_UID, None)
        other = self.begin("other")
        pids = [self.engine.pid(sandbox), self.engine.pid(other)]
        Cable(*pids, subnet="10.99.8").ping(count=3)
        self.observe()
        self.wait_for_container("other")
        truth, scrape = figures.steady(
            lambda: (kernel.network(pids[0]), self.plimsoll.next_beat(2), kernel.network(pids[0])), 20, "a quiet interface")
        (labels, received), = scrape.find("container_network_receive_bytes_total", namespace="shop", interface="eth0")
        self.assertEqual((labels["pod"], labels["container"], received), ("web-0", "POD", truth["eth0"][0]))


if __name__ == "__main__":
    unittest.main()
