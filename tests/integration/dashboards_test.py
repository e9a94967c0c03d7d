"""Every expression of every dashboard and rule, asked of a real Prometheus that scrapes a real Plimsoll.

Containers work and run into their limits; receivers take, refuse and delay. An error, an empty answer and one of NaN
alone are failures, but for what UNKNOWABLE names.
"""
import glob
import math
import os
import re
import sys
import time
import unittest

from rig import kernel
from rig.cable import Cable
from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.plimsoll import REPOSITORY, Plimsoll, collector_config
from rig.program import Missing, remove_tree, temporary_directory
from rig.prometheus import Prometheus
from rig.recorder import Recorder

sys.path.insert(0, os.path.join(REPOSITORY, "tests", "dashboards"))
import lint  # noqa: E402
import promql  # noqa: E402
import questions  # noqa: E402

RULES = sorted(glob.glob(os.path.join(REPOSITORY, "dashboards", "prometheus", "rules", "*.yml")))
BUSY, PEER, HOG = PREFIX + "busy", PREFIX + "peer", PREFIX + "hog"
# Burns its quota, writes to the disk and holds memory.
WORK = ["sh", "-c", "held=$(head -c 6000000 /dev/zero | tr '\\0' x); "
        "(while :; do dd if=/dev/zero of=/f bs=64k count=4 oflag=direct 2>/dev/null; sleep 1; done) & while :; do :; done"]
# Now and then a child outgrows the limit and is killed. It has no part in the cable: the kernel may take the shell
# as well, and then the container begins anew, with another network.
OUTGROW = ["sh", "-c", "while :; do tail /dev/zero; sleep 4; done"]
SCRAPES = 25  # of a second each: for a rate, and so that the rules have been through


def has(*paths):
    return any(glob.glob(path) for path in paths)


# {part of an expression: (whether this host has it, why one need not)}: what is there must answer all the same.
UNKNOWABLE = {
    "container_memory_swap": (lambda: has("/sys/fs/cgroup/*/memory.swap.current",
                                          "/sys/fs/cgroup/memory/memory.memsw.usage_in_bytes"),
                              "kernels without swap accounting do not count swap"),
    "container_memory_kernel_usage": (lambda: has("/sys/fs/cgroup/*/memory.current",
                                                "/sys/fs/cgroup/memory/memory.kmem.usage_in_bytes"),
                                      "kernels since 5.16 have no such file in cgroup v1"),
    "container_memory_failcnt": (lambda: has("/sys/fs/cgroup/memory/memory.failcnt"), "cgroup v2 has no such file"),
    "container_pressure_": (lambda: has("/sys/fs/cgroup/*/cpu.pressure", "/sys/fs/cgroup/unified/*/cpu.pressure"),
                            "kernels without PSI, and those with cgroup v1 alone, know no pressure of cgroups"),
}


# One that takes what it is told, one that is busy for ever, and one that refuses.
RECEIVERS = {"/takes": 200, "/busy": 503, "/refuses": 400}


def alerting(port):
    """Everything is over its line; the host's own alert is kept silent, all day long."""
    names = [path.strip("/") for path in RECEIVERS]
    rule = {"breaches": 2, "op": ">=", "receivers": names}
    silent = {"timezone": "UTC", "matchers": ['alertname="Host"']}
    return {"alerting": {
        "group_wait": "0s", "defaults": {"repeat_interval": "10s"},
        "rules": [dict(rule, name="Cpu", metric="cpu_percent", threshold=1),
                  dict(rule, name="Memory", metric="memory_percent", threshold=1),
                  dict(rule, name="Host", metric="host_cpu_percent", threshold=0)],
        "receivers": [{"name": name, "type": "webhook", "url": "http://127.0.0.1:%d/%s" % (port, name)} for name in names],
        "maintenance": [dict(silent, name="morning", **{"from": "00:00", "to": "12:30"}),
                        dict(silent, name="evening", **{"from": "12:00", "to": "00:30"})]}}


class DashboardsTest(IntegrationCase):
    def setUp(self):
        self.engine = self.make(DockerEngine, "/%sdocker" % PREFIX)
        limits = {"Memory": 32 << 20, "MemorySwap": 32 << 20}
        busy = self.engine.run(BUSY, WORK, NanoCpus=300000000, PidsLimit=50, **limits)
        self.engine.run(HOG, OUTGROW, RestartPolicy={"Name": "always"}, **limits)
        peer = self.engine.run(PEER, ["sleep", "1000000"])
        self.cable = Cable(self.engine.pid(busy), self.engine.pid(peer))
        try:
            kernel.Cgroup(self.engine.pid(busy)).count_io(self.engine.root)
            self.counts_io = True
        except Missing:
            self.counts_io = False
        receivers = self.make(Recorder, lambda before, path: RECEIVERS[path])
        config = {**collector_config(["docker"], docker=self.engine), **alerting(receivers.port)}
        self.plimsoll = self.make(Plimsoll, config, ["--web.config.file=" + self.web_config()])
        self.plimsoll.wait_for(lambda s: BUSY in s.names(), "the containers")
        self.prometheus = self.make(Prometheus, self.plimsoll.port, rules=RULES)
        self.prometheus_sees(SCRAPES)
        instance = re.escape("127.0.0.1:%d" % self.plimsoll.port).replace("\\", "\\\\")  # twice: PromQL has escapes, too
        self.values = {"job": "plimsoll", "instance": instance, "container": BUSY, "top": "10", "__rate_interval": "15s",
                       "__range": "20s"}

    def web_config(self):
        """Without one there are no figures of it."""
        folder = temporary_directory("web")
        self.addCleanup(remove_tree, folder)
        with open(folder + "/web.yml", "w") as file:
            file.write("http_server_config: {headers: {X-Frame-Options: deny}}\n")
        return folder + "/web.yml"

    def prometheus_sees(self, scrapes):
        def count():
            found = self.prometheus.query("count_over_time(plimsoll_build_info[1m])")
            return found and found[0][1] >= scrapes
        deadline = time.monotonic() + scrapes + 20
        while not count():
            self.assertLess(time.monotonic(), deadline, "Prometheus has too few scrapes")
            self.cable.ping(count=5)

    def excused(self, expression):
        if not self.counts_io and "name" in expression and re.search(r"container_(fs|block)_", expression):
            return "the engine's root lies on no block device"
        return next((reason for part, (is_here, reason) in UNKNOWABLE.items() if part in expression and not is_here()), None)

    def fault(self, expression, at_once=True):
        """What is wrong with the answer, if anything."""
        # Zero alone is no answer: it is there to be shown when there is none.
        expression = expression.replace(" or vector(0)", "")
        try:
            if at_once:
                answer = [value for _, value in self.prometheus.query(expression)]
            else:
                answer = [value for _, values in self.prometheus.query_range(expression, 15, 5) for value in values]
        except AssertionError as error:
            return str(error)
        if all(math.isnan(value) for value in answer) and not self.excused(expression):
            return "no answer to " + expression
        return None

    def faults(self, asked):
        return ["%s: %s" % (who, fault) for who, fault in ((who, self.fault(*how)) for who, *how in asked) if fault]

    def test_every_expression_has_an_answer(self):
        with self.subTest("what is not there is seen"):
            self.assertEqual(self.faults([("odd", "plimsoll_no_such_thing"), ("bad", "sum(")])[0],
                             "odd: no answer to plimsoll_no_such_thing")
            self.assertEqual(len(self.faults([("odd", "plimsoll_no_such_thing"), ("bad", "sum(")])), 2)
        for path, dashboard in lint.load(REPOSITORY).items():
            for scope in ({}, {"job": ".+", "instance": ".+"}):
                with self.subTest(path, **scope):
                    # The counted ones may have come to be only now: "count(x == 0)" has none while all is well.
                    asked = [(title, promql.without_filters(expression) if "count(" in expression else expression, at_once)
                             for title, expression, at_once in questions.of_panels(dashboard, {**self.values, **scope})]
                    self.assertEqual(self.faults(asked), [])
            with self.subTest(path + ", variables"):
                self.ask_variables(dashboard)
        self.ask_rules()

    def ask_variables(self, dashboard):
        for name, expression, label, pattern in questions.of_variables(dashboard, self.values):
            answer = self.prometheus.query(expression)
            if label:
                self.assertEqual({labels.get(label) for labels, _ in answer} - {self.values["job"]}
                                 - {"127.0.0.1:%d" % self.plimsoll.port}, set(), name)
                self.assertTrue(answer, name)
            if pattern:
                found = [pattern.search(questions.shown_series(labels, value)) for labels, value in answer]
                self.assertEqual({match and (match.group("value"), match.group("text")) for match in found},
                                 {(name, name) for name in (BUSY, PEER, HOG)})

    def ask_rules(self):
        """Rules of alerts as a question with an answer either way; what is recorded has been so."""
        known = {rule["name"]: rule for rule in self.prometheus.rules()}
        count = 0
        for path in RULES:
            with open(path, encoding="utf-8") as file:
                written = lint.rule_expressions(file.read())
            count += len(written)
            with self.subTest(path):
                self.assertEqual(self.faults([(name, promql.without_filters(expression)) for name, expression in written]), [])
            for name, _ in written:
                with self.subTest(name):
                    self.assertEqual((known[name]["health"], known[name].get("lastError", "")), ("ok", ""))
                    if known[name]["type"] == "recording":
                        self.assertEqual(self.faults([(name, name)]), [])
        self.assertEqual(len(known), count)
        self.assertEqual(self.prometheus.complaints(), [])


if __name__ == "__main__":
    unittest.main()
