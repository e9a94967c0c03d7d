"""What is asked of the figures of every engine; *_test.py files give the engines."""
import time

from rig import kernel
from rig.cable import Cable
from rig.case import PREFIX, IntegrationCase, missing, steady
from rig.plimsoll import Plimsoll
from rig.program import Missing, wait_until

BURN = ["sh", "-c", "while :; do :; done"]
SLEEP = ["sleep", "1000000"]
LABELS = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web",
          "note": 'quoted "text" and back\\slash'}


class Figures(IntegrationCase):
    """Subclasses say new_engine() and config(engine)."""

    shows_image = True
    live_states = ("running",)

    @classmethod
    def setUpClass(cls):
        cls.engine = cls.share(cls.new_engine)

    def setUp(self):
        self.addCleanup(self.engine.clear)
        self.plimsoll = None

    def observe(self):
        self.plimsoll = self.make(Plimsoll, self.config(self.engine))
        return self.plimsoll

    def name(self, text):
        return PREFIX + text

    def begin(self, text, command=SLEEP, **settings):
        return self.engine.begin(self.name(text), list(command), **settings)

    def wait_for_container(self, text):
        name = self.name(text)
        return self.plimsoll.wait_for(lambda s: s.value("container_memory_usage_bytes", name=name) is not None, name)

    def test_identity_and_limits(self):
        began = int(time.time())
        container = self.begin("limited", labels=LABELS, memory=64 << 20, cpus=0.5)
        self.begin("free")
        self.observe()
        self.wait_for_container("free")
        self.wait_for_container("limited")
        name, cgroup = self.name("limited"), kernel.Cgroup(self.engine.pid(container))
        # The runtime's threads are in there for a moment.
        scrape = self.plimsoll.wait_for(lambda s: s.value("container_threads", name=name) == cgroup.pids() == 1, "one thread")
        (labels, _), = scrape.find("container_memory_usage_bytes", name=name)
        self.assertEqual(labels["id"], cgroup.path)
        if self.shows_image:
            self.assertEqual(labels["image"], self.engine.image)
        for key, value in LABELS.items():
            self.assertEqual(labels.get("container_label_" + key.replace(".", "_")), value)
        (info, _), = scrape.find("plimsoll_container_info", name=name)
        self.assertEqual(info["runtime"], self.engine.runtime)
        self.assertEqual(info["runtime_id"], container)
        self.assertIn(info.get("state", ""), self.live_states)
        self.assertEqual(scrape.value("container_spec_memory_limit_bytes", name=name), 64 << 20)
        self.assertEqual(scrape.value("container_spec_cpu_quota", name=name), 50000)
        self.assertEqual(scrape.value("container_spec_cpu_period", name=name), 100000)
        self.assertEqual(scrape.value("plimsoll_container_memory_limit_bytes", name=name, limited="true"), 64 << 20)
        self.assertEqual(scrape.value("plimsoll_container_cpu_limit_percent", name=name, limited="true"), 50)
        started = scrape.value("container_start_time_seconds", name=name)
        self.assertLessEqual(began, started)
        self.assertLessEqual(started, time.time())
        # No limit: absent or cAdvisor's 0, and the host's own as the load line.
        free = self.name("free")
        self.assertEqual(scrape.value("container_spec_memory_limit_bytes", name=free), 0)
        self.assertIsNone(scrape.value("container_spec_cpu_quota", name=free))
        self.assertEqual(scrape.value("plimsoll_container_memory_limit_bytes", name=free, limited="false"),
                         scrape.value("machine_memory_bytes"))

    def _at_a_beat(self, name, cgroup):
        """(scrape, when, seconds of CPU, throttled periods) of a beat that lies between two close readings of the kernel's
        counters, which hold ours between them. Where one of us was held up it is the next beat's turn."""
        def figures():
            return time.monotonic(), cgroup.cpu_seconds(), cgroup.throttled_periods()
        before, scrape = figures(), self.plimsoll.scrape()
        deadline = time.monotonic() + 20
        while True:
            low, beats = before, scrape.value("plimsoll_collector_beats_total")
            time.sleep(0.01)
            before, scrape = figures(), self.plimsoll.scrape()
            if scrape.value("plimsoll_collector_beats_total") == beats:
                continue
            high = figures()
            ours = (scrape.value("container_cpu_usage_seconds_total", name=name, cpu="total"),
                    scrape.value("container_cpu_cfs_throttled_periods_total", name=name))
            if high[0] - low[0] < 0.15 and all(a - 1e-6 <= b <= c + 1e-6 for a, b, c in zip(low[1:], ours, high[1:])):
                return scrape, high[0], *ours
            self.assertLess(high[0], deadline, "no beat between %s and %s: %s" % (low, high, ours))

    def test_cpu_of_a_burner(self):
        container = self.begin("burner", BURN, cpus=0.3)
        self.observe()
        self.wait_for_container("burner")
        name, cgroup = self.name("burner"), kernel.Cgroup(self.engine.pid(container))
        _, began, ours_0, throttled_0 = self._at_a_beat(name, cgroup)
        late = -time.monotonic()
        for _ in range(475):
            time.sleep(0.02)
        late += time.monotonic() - 475 * 0.02
        scrape, ended, ours_1, throttled_1 = self._at_a_beat(name, cgroup)
        ours, elapsed, throttled = ours_1 - ours_0, ended - began, throttled_1 - throttled_0
        # A host that is busy with other things may give less than the limit; then there was nothing to throttle. One that
        # stood still woke us late: the kernel then counts periods whose quota was never given.
        if throttled >= 0.97 * elapsed * 10 and late < 0.25:
            self.assertAlmostEqual(ours, 0.3 * elapsed, delta=0.03 * 0.3 * elapsed, msg="0.3 of a core")
        else:
            print("the host gave less than 0.3 of a core (%d periods throttled of %d, %.1f s late): compared with the kernel's "
                  "counter only" % (throttled, elapsed * 10, late))
        self.plimsoll.wait_for(lambda s: 15 < s.value("plimsoll_container_cpu_percent", name=name) < 45, "about 30 %", 20)

    def test_memory_of_a_quiet_container(self):
        # The shell holds 8 MiB and then waits; the file lies in the page cache.
        container = self.begin("holder", ["sh", "-c", "a=$(head -c 4000000 /dev/zero | tr '\\0' x); "
                                          "head -c 3000000 /dev/zero > /dev/shm/f 2>/dev/null; while :; do sleep 1000; done"],
                               memory=64 << 20)
        self.observe()
        self.wait_for_container("holder")
        name, cgroup = self.name("holder"), kernel.Cgroup(self.engine.pid(container))
        wait_until(lambda: cgroup.memory()["usage"] > 4 << 20, 30, "it holds its memory")

        def read():
            before = cgroup.memory()
            scrape = self.plimsoll.next_beat(2)
            return before, scrape, cgroup.memory()
        truth, scrape = steady(read, 20, "the container's memory to be quiet")
        page = kernel.PAGE
        for metric, expected in (("container_memory_usage_bytes", truth["usage"]),
                                 ("container_memory_cache", truth["cache"]),
                                 ("container_memory_rss", truth["rss"]),
                                 ("container_memory_working_set_bytes", truth["usage"] - truth["inactive_file"]),
                                 ("plimsoll_container_memory_used_bytes", truth["usage"] - truth["inactive_file"])):
            self.assertAlmostEqual(scrape.value(metric, name=name), expected, delta=page, msg=metric)
        self.assertGreater(truth["usage"], 4 << 20)
        self.assertAlmostEqual(scrape.value("plimsoll_container_memory_percent", name=name),
                               100 * (truth["usage"] - truth["inactive_file"]) / (64 << 20), delta=0.01)

    def test_network_of_a_quiet_interface(self):
        pids = [self.engine.pid(self.begin(text)) for text in ("left", "right")]
        cable = Cable(*pids)
        self.observe()
        self.wait_for_container("right")
        cable.ping(count=7, size=1000)

        def read():
            before = [kernel.network(pid) for pid in pids]
            scrape = self.plimsoll.next_beat(2)
            return before, scrape, [kernel.network(pid) for pid in pids]
        truth, scrape = steady(read, 20, "the interface to be quiet")
        for text, expected in zip(("left", "right"), truth):
            name = self.name(text)
            received, sent = expected["eth0"]
            self.assertGreater(received, 7000)
            self.assertEqual(scrape.value("container_network_receive_bytes_total", name=name, interface="eth0"), received)
            self.assertEqual(scrape.value("container_network_transmit_bytes_total", name=name, interface="eth0"), sent)
            self.assertEqual(scrape.find("container_network_receive_bytes_total", name=name, interface="lo"), [])

    def test_bytes_written_to_disk(self):
        container = self.begin("writer", ["sh", "-c", kernel.WAIT + "dd if=/dev/zero of=/f bs=64k count=32 oflag=direct; "
                                          "sleep 1000000"])
        pid = self.engine.pid(container)
        cgroup = kernel.Cgroup(pid)
        try:
            cgroup.count_io(self.engine.root)
        except Missing as reason:
            missing(reason)
        self.observe()
        self.wait_for_container("writer")
        kernel.let_go(pid)
        name = self.name("writer")
        wait_until(lambda: sum(w for _, w in cgroup.io_bytes().values()) >= 2 << 20, 20, "two megabytes on disk")

        def read():
            before = cgroup.io_bytes()
            scrape = self.plimsoll.next_beat(2)
            return before, scrape, cgroup.io_bytes()
        truth, scrape = steady(read, 20, "the disk to be quiet")
        written = sum(w for _, w in truth.values())
        self.assertGreaterEqual(written, 2 << 20)
        self.assertEqual(sum(value for _, value in scrape.find("container_fs_writes_bytes_total", name=name)), written)
        self.assertEqual(sum(value for _, value in scrape.find("container_fs_reads_bytes_total", name=name)),
                         sum(r for r, _ in truth.values()))
        for labels, _ in scrape.find("container_fs_writes_bytes_total", name=name):
            self.assertRegex(labels["device"], r"^/dev/\w+|^\d+:\d+$")


