"""The real cAdvisor (0.38.7, Debian 11's) and Plimsoll over the same real Docker containers: the same families, types,
labels and values, but for the differences that the README lists."""
import json
import re
import subprocess
import time
import unittest

from rig import kernel
from rig.cable import Cable
from rig.cadvisor import Cadvisor
from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.exposition import Scrape
from rig.plimsoll import Plimsoll, binary, collector_config
from rig.program import wait_until

BURN = ["sh", "-c", "while :; do :; done"]
SLEEP = ["sleep", "1000000"]
HOLD = ["sh", "-c", "head -c 3000000 /dev/zero > /dev/shm/f; a=$(head -c 2000000 /dev/zero | tr '\\0' x); "
        "while :; do sleep 1000; done"]
LABELS = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web",
          "my.label-x/y": 'quoted "text" and back\\slash'}
GROUPS = ["percpu", "disk", "process", "tcp", "udp"]
# Without these it leaves out what our groups are for.
MEASURE_ALL = "-disable_metrics=accelerator,advtcp,cpu_topology,hugetlb,memory_numa,referenced_memory,resctrl,sched"

# What the README lists under "Where it differs from cAdvisor, on purpose".
UNCOUNTED = "cAdvisor shows 0 unless it runs with -enable_load_reader"
UNKNOWN_DISK = "cAdvisor shows 0 for what the kernel does not count of a container's disk"
NOT_WALKED = "cAdvisor shows 0 until it has walked the container's disk"
WITH_LOG = "cAdvisor adds the container's log to its writable layer"
IN_FLIGHT = "reads and writes in flight are others at every look"
CREATED = "cAdvisor shows a container's creation, or when it first saw a cgroup; here it is the last start"
ON_PURPOSE = {
    UNCOUNTED, UNKNOWN_DISK,
    "cAdvisor shows 0 where there are no memory modules of that kind",
    "file systems that lie on no disk are left out (tmpfs, overlay)",
    "the host's network is shown under id=\"/\" alone",
    "cAdvisor shows a millionth of the seconds: it takes milliseconds for nanoseconds",
    "cAdvisor shows the container's own inodes as the total, and none free",
    WITH_LOG,
    "cAdvisor shows the cgroup's own faults for scope=\"hierarchy\" too",
}
# A container's disk is known to the kernel by bytes and operations alone.
DISK_OF_THE_HOST = re.compile(r"container_fs_(io_current|io_time_seconds_total|io_time_weighted_seconds_total|"
                              r"(read|write)_seconds_total|(reads|writes)_merged_total|sector_(reads|writes)_total)")
# Families that cAdvisor got after 0.38.
NEWER = re.compile(r"container_(blkio_device_usage_total|creation_time_seconds|health_state|oom_events_total|"
                   r"cpu_cfs_burst_(periods|seconds)_total|pressure_\w+|memory_(events_\w+|file_dirty_bytes|"
                   r"file_writeback_bytes|kernel_usage|pgscan_total|pgsteal_total|total_(in)?active_file_bytes|"
                   r"workingset_refault_\w+))")


def without_timestamps(text):
    """Ours have none, and what reads them in the tests is strict about it."""
    return re.sub(r"(?m)^([^#].*) \d{13}$", r"\1", text)


def by_labels(scrape, metric):
    """{labels as Prometheus keeps them: value}: an empty one is none."""
    return {frozenset((name, value) for name, value in labels.items() if value): figure
            for labels, figure in scrape.find(metric)}


class CadvisorTest(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = cls.share(lambda: DockerEngine("/%sdocker" % PREFIX))
        engine = cls.engine
        cls.ids, cls.names = {}, {}
        for short, command, settings in (
                ("limited", SLEEP, {"labels": LABELS, "Memory": 64 << 20, "MemoryReservation": 32 << 20,
                                    "NanoCpus": 500_000_000, "CpuShares": 512}),
                ("burner", BURN, {"NanoCpus": 200_000_000}), ("holder", HOLD, {}),
                ("host-net", SLEEP, {"NetworkMode": "host"}), ("left", SLEEP, {}), ("right", SLEEP, {})):
            container = engine.run(PREFIX + short, command, **settings)
            cls.ids[short] = kernel.Cgroup(engine.pid(container)).path
            cls.names[cls.ids[short]] = short
        cable = Cable(engine.pid(PREFIX + "left"), engine.pid(PREFIX + "right"))
        cable.ping(count=5, size=1000)

    def observe(self, *options, **settings):
        """`options`: of cAdvisor; with -docker_only it shows the host and what its engine runs, so that other containers
        of this machine may come and go."""
        self.cadvisor = self.make(Cadvisor, self.engine, ["-docker_only", *options])
        self.plimsoll = self.make(Plimsoll, collector_config(["docker"], docker=self.engine, **settings))
        self.plimsoll.wait_for(lambda s: all(s.find("container_cpu_user_seconds_total", id=one) for one in self.names),
                               "all containers", 10)
        wait_until(lambda: all(self.theirs().find("container_memory_usage_bytes", id=one) for one in self.names), 30,
                   "cAdvisor has all containers")

    def theirs(self):
        return Scrape(without_timestamps(self.cadvisor.metrics_text()))

    def read(self):
        """(ours, theirs, ours): every reading of theirs was made between those that ours tell of."""
        before, began = self.plimsoll.scrape(), time.time() * 1000

        def of_later():
            text = self.cadvisor.metrics_text()
            stamps = [int(stamp) for one in self.names
                      for stamp in re.findall(r'(?m)^container_cpu_user_seconds_total\{[^}]*id="%s".* (\d{13})$' % one, text)]
            return text if len(stamps) == len(self.names) and min(stamps) > began else None
        text = wait_until(of_later, 20, "cAdvisor to look at every container once more", 0.2)
        return before, Scrape(without_timestamps(text)), self.plimsoll.next_beat(2)

    def is_explained(self, metric, labels, theirs, ours):
        """Whether a series of a container of ours is one that is known to differ. `ours` is None where it is missing."""
        short = self.names[labels["id"]]
        if metric == "container_cpu_load_average_10s" or metric == "container_tasks_state":
            return theirs == 0
        if DISK_OF_THE_HOST.fullmatch(metric) or metric in ("container_fs_reads_total", "container_fs_writes_total"):
            return theirs == 0 and ours is None
        if metric.startswith("container_network_"):
            return short == "host-net" and ours is None
        if metric == "container_fs_usage_bytes":
            return ours is not None and (ours < theirs or theirs == 0)
        if metric == "container_fs_inodes_total":
            return ours is not None and theirs < 100 < ours
        if metric == "container_fs_inodes_free":
            return ours is not None and theirs == 0
        if metric == "container_start_time_seconds":
            return ours is not None and theirs <= ours <= theirs + 60
        return False

    def differences(self):
        """What differs in one reading of each side and is not explained, in words; and how many series were the same."""
        before, theirs, after = self.read()
        wrong, same = [], 0
        for metric in sorted(name for name in theirs.by_name if name.startswith("container_")):
            first, last = by_labels(before, metric), by_labels(after, metric)
            if first and theirs.types[metric] != after.types[metric]:
                wrong.append("%s is a %s there, a %s here" % (metric, theirs.types[metric], after.types[metric]))
            for key, value in by_labels(theirs, metric).items():
                labels = dict(key)
                if labels.get("id") not in self.names:
                    continue
                ours = (first[key], last[key]) if key in first and key in last else None
                if ours and self.agree(metric, after.types[metric], value, *ours):
                    same += 1
                elif not self.is_explained(metric, labels, value, ours and ours[1]):
                    wrong.append("%s of %s %s: %s there, %s here" % (metric, self.names[labels["id"]], labels, value, ours))
        return wrong, same

    @staticmethod
    def agree(metric, kind, theirs, before, after):
        """A counter was read between our two readings; so was a gauge, give or take a page of memory."""
        slack = kernel.PAGE if kind == "gauge" and metric.startswith("container_memory_") else 0
        return min(before, after) - slack <= theirs <= max(before, after) + slack

    def test_containers_have_the_same_families_labels_and_values(self):
        self.observe(MEASURE_ALL, enable_groups=GROUPS)
        # A gauge that moves both ways may be elsewhere between two readings; one that differs does so each time.
        wrong, same = self.differences()
        for _ in range(3):
            if not wrong:
                break
            again, same = self.differences()
            series = {line.split(": ")[0] for line in again}
            wrong = [line for line in wrong if line.split(": ")[0] in series]
        self.assertEqual(wrong, [])
        self.assertGreater(same, 40 * len(self.names), "series that are the same")

    def test_what_only_one_of_them_has_is_known(self):
        self.observe(MEASURE_ALL, enable_groups=GROUPS)
        _, theirs, ours = self.read()
        mine = {one: ours.families_with(id=path) for one, path in self.ids.items()}
        its = {one: theirs.families_with(id=path) for one, path in self.ids.items()}
        for short in self.ids:
            extra = {name for name in mine[short] - its[short] if not name.startswith("plimsoll_")}
            self.assertEqual({name for name in extra if not NEWER.fullmatch(name)}, set(), short)
        # Labels of the machine, too, and every value but those that need no comparison.
        for metric in ("machine_cpu_cores", "machine_cpu_physical_cores", "machine_cpu_sockets", "machine_memory_bytes"):
            self.assertEqual(by_labels(ours, metric), by_labels(theirs, metric), metric)
        # One that is asked for most: the host's own network.
        self.assertEqual({labels["interface"] for labels, _ in ours.find("container_network_receive_bytes_total", id="/")},
                         {labels["interface"] for labels, _ in theirs.find("container_network_receive_bytes_total", id="/")})

    def compare(self, *options):
        done = subprocess.run([binary(), "compare", self.cadvisor.url, "--url", "http://127.0.0.1:%d" % self.plimsoll.port,
                               "--wait=3s", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, text=True, timeout=60)
        return done.returncode, done.stdout

    def test_compare_finds_nothing_but_what_is_on_purpose(self):
        self.observe(enable_groups=GROUPS)
        # The host's own memory may move a good deal while others work on it: values are held to more above.
        code, said = self.compare("--tolerance=50", "--format=json")
        found = json.loads(said)
        bad = {one["family"]: {key: one[key] for key in ("kind", "their_type", "our_type", "missing_labels", "differing_labels",
                                                         "missing_series", "missing_of_group", "values")}
               for one in found["families"] if one["differs"]}
        self.assertEqual((bad, found["missing_cgroups"], code), ({}, [], 0))
        # These depend on when the host was started, what its disk does, and whether cAdvisor has walked the disks yet.
        sometimes = {CREATED, IN_FLIGHT, NOT_WALKED, WITH_LOG}
        self.assertEqual({one["why"] for one in found["on_purpose"]} - sometimes, ON_PURPOSE - sometimes)
        self.assertGreater(sum(one["compared"] for one in found["families"]), 200)

    def test_compare_says_which_settings_bring_what_is_missing(self):
        self.observe(MEASURE_ALL, labels=[])
        code, said = self.compare("--tolerance=50")
        self.assertEqual(code, 1)
        for row in (r"container_cpu_usage_seconds_total +series missing +comes with collector.enable_groups: \[percpu\]",
                    r"\(4 families\) +series missing +comes with collector.enable_groups: \[disk\]",
                    r"container_sockets +family missing +\d+ series of cAdvisor; comes with .*\[process\]",
                    r"\(\d+ families\) +labels missing +container_label_com_docker_compose_project, "
                    r"container_label_com_docker_compose_service, container_label_my_label_x_y\n",
                    r"come with collector.container_labels"):
            self.assertRegex(said, row)
        self.assertLess(len(said.splitlines()), 45, "a page to read:\n" + said)


if __name__ == "__main__":
    unittest.main()
