"""LXC: containers that no engine speaks for are shown by their cgroup's path, as cAdvisor shows them."""
import unittest

from rig import kernel
from rig.case import PREFIX, IntegrationCase, steady
from rig.lxc import Lxc
from rig.plimsoll import Plimsoll, collector_config

# The child is killed, its parent lives on. It grows without end: the limit says nothing of swap.
HOG = ["/bin/sh", "-c", "sleep 3; (echo 1000 >/proc/self/oom_score_adj; exec tail /dev/zero); sleep 1000"]
SLEEP = ["/bin/sleep", "1000000"]


class LxcTest(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        cls.lxc = cls.share(Lxc)

    def begin(self, name, command, **settings):
        """(cgroup, path) of a running container."""
        pid = self.lxc.begin(PREFIX + name, command, **settings)
        self.addCleanup(lambda: PREFIX + name in self.lxc.running and self.lxc.stop(PREFIX + name))
        cgroup = kernel.Cgroup(pid)
        self.assertEqual(cgroup.path, "/lxc.payload." + PREFIX + name)
        return cgroup

    def observe(self):
        return self.make(Plimsoll, collector_config())

    def test_figures_equal_its_files(self):
        cgroup = self.begin("web", SLEEP, memory=64 << 20)
        plimsoll = self.observe()
        plimsoll.wait_for(lambda s: s.value("container_memory_usage_bytes", id=cgroup.path) is not None, cgroup.path)

        def figures():
            return cgroup.memory(), cgroup.cpu_seconds()

        def read():
            before = figures()
            return before, plimsoll.next_beat(2), figures()
        (truth, cpu), scrape = steady(read, 20, "its figures to be quiet")
        (labels, usage), = scrape.find("container_memory_usage_bytes", id=cgroup.path)
        self.assertEqual(labels, {"id": cgroup.path}, "nothing names it: no empty labels either")
        self.assertAlmostEqual(usage, truth["usage"], delta=kernel.PAGE)
        self.assertEqual(scrape.value("container_spec_memory_limit_bytes", id=cgroup.path), 64 << 20)
        self.assertAlmostEqual(scrape.value("container_cpu_usage_seconds_total", id=cgroup.path, cpu="total"),
                               cpu, delta=0.005)

    def test_start_and_stop_are_followed(self):
        plimsoll = self.observe()
        cgroup = self.begin("brief", SLEEP)
        plimsoll.wait_for(lambda s: s.value("container_memory_usage_bytes", id=cgroup.path) is not None, "its start")
        self.lxc.stop(PREFIX + "brief")
        plimsoll.wait_for(lambda s: s.find("container_memory_usage_bytes", id=cgroup.path) == [], "its end")

    def test_an_oom_kill_is_counted(self):
        cgroup = self.begin("hog", HOG, memory=16 << 20)
        cgroup.forbid_swap()
        plimsoll = self.observe()
        scrape = plimsoll.wait_for(lambda s: s.value("container_oom_events_total", id=cgroup.path),
                                  lambda: "the OOM kill; " + self.lxc.why(PREFIX + "hog"), 15)
        self.assertEqual(scrape.value("container_oom_events_total", id=cgroup.path), cgroup.oom_kills())


if __name__ == "__main__":
    unittest.main()
