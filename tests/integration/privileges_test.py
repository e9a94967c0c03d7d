"""Which of root's powers a running Plimsoll keeps, and that it does its work with them."""
import os
import re
import unittest

from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.plimsoll import Plimsoll, collector_config

# CAP_CHOWN 0, CAP_DAC_OVERRIDE 1, CAP_DAC_READ_SEARCH 2, CAP_NET_BIND_SERVICE 10, CAP_SYS_PTRACE 19.
KEPT = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 10 | 1 << 19


def status(pid, task):
    with open("/proc/%d/task/%s/status" % (pid, task)) as file:
        return dict(re.findall(r"^(\w+):\t(.*)$", file.read(), re.M))


class PrivilegesTest(IntegrationCase):
    def test_as_root_every_thread_has_given_up_what_it_does_not_need(self):
        docker = self.make(DockerEngine, "/%sprivileges" % PREFIX)
        docker.run("asleep", ["sleep", "1000000"])
        plimsoll = self.make(Plimsoll, collector_config(["docker"], docker))
        plimsoll.wait_for(lambda scrape: scrape.find("container_memory_usage_bytes", name="asleep"), "its container")
        here = int(status(os.getpid(), os.getpid())["CapPrm"], 16)
        self.assertNotEqual(here & ~KEPT, 0, "this test is not run by root")
        tasks = os.listdir("/proc/%d/task" % plimsoll.pid)
        self.assertGreater(len(tasks), 5)
        for task in tasks:
            told = status(plimsoll.pid, task)
            for of in ("CapPrm", "CapEff"):
                self.assertEqual(int(told[of], 16), here & KEPT, (told["Name"], of))
            self.assertEqual(int(told["CapBnd"], 16) & ~KEPT, 0, told["Name"])
            self.assertEqual((told["CapInh"], told["CapAmb"]), ("0" * 16, "0" * 16), told["Name"])
            self.assertEqual(told["NoNewPrivs"], "1", told["Name"])
        self.assertNotIn("privileges", plimsoll.log())


if __name__ == "__main__":
    unittest.main()
