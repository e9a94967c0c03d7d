"""What is asked of every engine's comings and goings; *_test.py files give the engines."""
import os
import signal
import time

from rig import kernel
from rig.case import PREFIX, IntegrationCase
from rig.plimsoll import TICK, Plimsoll
from rig.program import wait_until

SLEEP = ["sleep", "1000000"]
# Outgrows the limit five times: `tail` keeps a line that never ends, and offers itself. The pause lets the kernel give the
# memory back, or else it may kill the shell next.
OUTGROW = ["sh", "-c", kernel.WAIT + "for i in 1 2 3 4 5; do (echo 1000 >/proc/self/oom_score_adj; exec tail /dev/zero); "
           "sleep 0.3; done; sleep 1000000"]


class Events(IntegrationCase):
    """Subclasses say new_engine() and config(engine)."""

    knows_pause = True
    clears_away = True  # by itself, what ended while the engine was away

    @classmethod
    def setUpClass(cls):
        cls.engine = cls.share(cls.new_engine)

    def setUp(self):
        self.addCleanup(self.engine.clear)
        self.plimsoll = self.make(Plimsoll, self.config(self.engine))
        self.plimsoll.next_beat()

    def name(self, text):
        return PREFIX + text

    def begin(self, text, command=SLEEP, **settings):
        return self.engine.begin(self.name(text), list(command), **settings)

    def events(self, kind, scrape=None):
        return (scrape or self.plimsoll.scrape()).value("plimsoll_discovery_events_total", event=kind) or 0

    def alive(self, scrape, text):
        """Whether its figures are shown; never more than once."""
        return scrape.value("container_memory_usage_bytes", name=self.name(text)) is not None

    def wait_alive(self, text):
        return self.plimsoll.wait_for(lambda s: self.alive(s, text), self.name(text) + " is shown")

    def wait_cleared(self, *containers):
        """Engines take their time to take an ended container's cgroup away; ours begins after that."""
        wait_until(lambda: all(map(kernel.cleared, containers)), 30, "the engine takes the cgroup away", 0.01)

    def wait_gone(self, text):
        return self.plimsoll.wait_for(lambda s: not self.alive(s, text), self.name(text) + " is not shown any more")

    def test_start_and_stop(self):
        started, stopped, began = self.events("start"), self.events("stop"), int(time.time())
        container = self.begin("ship")
        scrape = self.wait_alive("ship")
        self.assertEqual(self.events("start", scrape), started + 1)
        self.engine.kill(container)
        self.wait_cleared(container)
        self.wait_gone("ship")
        scrape = self.plimsoll.wait_for(lambda s: self.events("stop", s) > stopped, "the stop is counted")
        self.assertEqual(self.events("stop", scrape), stopped + 1)
        self.assertEqual(self.events("start", scrape), started + 1)
        # Only a frozen container_last_seen stays.
        self.assertEqual(scrape.families_with(name=self.name("ship")), {"container_last_seen"})
        frozen = scrape.value("container_last_seen", name=self.name("ship"))
        self.assertLessEqual(began, frozen)
        self.assertLessEqual(frozen, time.time())
        later = self.plimsoll.next_beat(2)
        self.assertEqual(later.value("container_last_seen", name=self.name("ship")), frozen)
        self.assertEqual(later.families_with(name=self.name("ship")), {"container_last_seen"})

    def test_recreated_under_the_same_name(self):
        first = self.begin("ship", memory=32 << 20)
        before = self.wait_alive("ship")
        started = self.events("start", before)
        self.engine.remove(first)
        second = self.begin("ship", memory=48 << 20)
        name = self.name("ship")
        scrape = self.plimsoll.wait_for(
            lambda s: s.value("container_spec_memory_limit_bytes", name=name) == 48 << 20, "the new one's limit")
        path = kernel.Cgroup(self.engine.pid(second)).path
        (labels, _), = scrape.find("container_memory_usage_bytes", name=name)
        self.assertEqual(labels["id"], path)
        scrape = self.plimsoll.wait_for(lambda s: self.events("start", s) > started, "the start is counted")
        self.assertEqual(self.events("start", self.plimsoll.next_beat(2)), started + 1)

    def test_a_container_of_200_ms_is_seen(self):
        started, stopped = self.events("start"), self.events("stop")
        self.wait_cleared(self.begin("spark", ["sh", "-c", "sleep 0.2; exit 7"]))
        scrape = self.plimsoll.wait_for(
            lambda s: self.events("start", s) > started and self.events("stop", s) > stopped, "both ends", TICK + 1)
        scrape = self.plimsoll.next_beat(2)
        self.assertEqual((self.events("start", scrape), self.events("stop", scrape)), (started + 1, stopped + 1))
        self.assertEqual(scrape.families_with(name=self.name("spark")), {"container_last_seen"})

    def test_a_container_within_one_beat_is_seen(self):
        """It starts and ends right after a beat, long before the next one."""
        counts = {kind: self.events(kind) for kind in ("start", "stop")}
        blinks = []
        for number in range(3):
            self.plimsoll.next_beat()
            blinks.append(self.begin("blink-%d" % number, ["true"]))
        self.wait_cleared(*blinks)
        scrape = self.plimsoll.wait_for(
            lambda s: all(self.events(kind, s) >= count + 3 for kind, count in counts.items()), "three blinks", TICK + 2)
        scrape = self.plimsoll.next_beat(2)
        for kind, count in counts.items():
            self.assertEqual(self.events(kind, scrape), count + 3, kind)

    def test_pause(self):
        container = self.begin("ship")
        self.wait_alive("ship")
        name = self.name("ship")
        self.engine.pause(container)
        try:
            if self.knows_pause:
                self.plimsoll.wait_for(lambda s: s.find("plimsoll_container_info", name=name, state="paused"), "paused")
            self.assertTrue(self.alive(self.plimsoll.next_beat(), "ship"))
        finally:
            self.engine.unpause(container)
        scrape = self.plimsoll.wait_for(lambda s: not s.find("plimsoll_container_info", name=name, state="paused"),
                                        "running again")
        self.assertEqual(len(scrape.find("plimsoll_container_info", name=name)), 1)

    def test_killed_children_are_counted_exactly(self):
        """The container stays up while its children are killed."""
        for attempt in range(5):
            container = self.begin("crew-%d" % attempt, OUTGROW, memory=16 << 20)
            pid, name = self.engine.pid(container), self.name("crew-%d" % attempt)
            cgroup = kernel.Cgroup(pid)
            cgroup.forbid_swap()
            kernel.let_go(pid)
            wait_until(lambda: not os.path.exists("/proc/%d" % pid) or cgroup.oom_kills() >= 5, 30, "five kills by the kernel")
            if os.path.exists("/proc/%d" % pid):
                break  # the kernel took the children and spared the shell
        scrape = self.plimsoll.wait_for(
            lambda s: s.value("container_oom_events_total", name=name) == cgroup.oom_kills(), "all kills")
        self.assertEqual(scrape.value("container_oom_events_total", name=name), cgroup.oom_kills())
        later = self.plimsoll.next_beat()
        self.assertEqual(later.value("container_oom_events_total", name=name), cgroup.oom_kills())
        self.assertTrue(os.path.exists("/proc/%d" % pid))

    def test_a_container_that_dies_of_it_is_counted(self):
        """Its cgroup is gone before the next beat; the kill is counted all the same."""
        killed, stopped = self.events("oom"), self.events("stop")
        wreck = self.begin("wreck", ["sh", "-c", kernel.WAIT + "exec tail /dev/zero"], memory=16 << 20)
        pid = self.engine.pid(wreck)
        kernel.Cgroup(pid).forbid_swap()
        kernel.let_go(pid)
        scrape = self.plimsoll.wait_for(lambda s: self.events("oom", s) > killed, "the kill is counted", 15)
        self.wait_cleared(wreck)
        scrape = self.plimsoll.wait_for(lambda s: self.events("stop", s) > stopped, "the end is counted", 5)
        scrape = self.plimsoll.next_beat()
        self.assertEqual(self.events("oom", scrape), killed + 1)
        self.assertEqual(self.events("stop", scrape), stopped + 1)

    def test_engine_killed_and_started_again(self):
        """Nothing lost, nothing doubled; an end while the engine is away is seen as well."""
        for text in ("one", "two", "three"):
            last = self.begin(text, labels={"team": "harbour"})
        texts = ("one", "two", "three")
        self.plimsoll.wait_for(lambda s: all(self.alive(s, text) for text in texts), "all three")
        before = self.plimsoll.next_beat(4)  # rates need two readings
        counts = {kind: self.events(kind, before) for kind in ("start", "stop")}
        series = {key for key in before.samples if dict(key[1]).get("name") in map(self.name, texts)}

        def unchanged(scrape):
            now = {key for key in scrape.samples if dict(key[1]).get("name") in map(self.name, texts)}
            self.assertEqual(series - now, set(), "lost")
            self.assertEqual({key[0] for key in now - series}, set(), "doubled or new")
        pid = self.engine.pid(last)
        self.engine.crash()
        for _ in range(3):
            unchanged(self.plimsoll.next_beat())
        self.engine.launch()
        for _ in range(4):
            unchanged(self.plimsoll.next_beat())
        scrape = self.plimsoll.scrape()
        for kind, count in counts.items():
            self.assertEqual(self.events(kind, scrape), count, kind)
        # Once more, and one of them ends meanwhile. Its cgroup goes when the engine is back to clear it away.
        self.engine.crash()
        os.kill(pid, signal.SIGKILL)
        for text in ("one", "two"):
            self.assertTrue(self.alive(self.plimsoll.next_beat(), text))
        self.engine.launch()
        if not self.clears_away:
            self.engine.remove(last)
        self.wait_cleared(last)
        self.plimsoll.wait_for(lambda s: not self.alive(s, "three"), "three is not shown any more", 10)
        scrape = self.plimsoll.next_beat(3)
        self.assertTrue(self.alive(scrape, "one") and self.alive(scrape, "two"))
        self.assertEqual(self.events("stop", scrape), counts["stop"] + 1)
        self.assertEqual(self.events("start", scrape), counts["start"])


class DockerEvents(Events):
    """What only engines with Docker's API can do."""

    def test_rename(self):
        container = self.begin("old")
        self.wait_alive("old")
        self.engine.rename(container, self.name("new"))
        scrape = self.wait_alive("new")
        self.assertFalse(self.alive(scrape, "old"))
        scrape = self.plimsoll.next_beat()
        self.assertEqual(scrape.families_with(name=self.name("old")), set())
        self.assertEqual(len(scrape.find("container_last_seen", name=self.name("new"))), 1)

    def test_restart(self):
        container = self.begin("ship")
        name = self.name("ship")
        self.wait_alive("ship")
        counts = {kind: self.events(kind) for kind in ("start", "stop")}
        time.sleep(1)
        asked = time.time() - 1  # the figure is in whole seconds, as cAdvisor's
        self.engine.restart(container)
        scrape = self.plimsoll.wait_for(
            lambda s: self.alive(s, "ship") and asked < s.value("container_start_time_seconds", name=name) < time.time(),
            "the new start time")
        scrape = self.plimsoll.next_beat()
        for kind, count in counts.items():
            self.assertEqual(self.events(kind, scrape), count + 1, kind)
        self.assertEqual(len(scrape.find("container_last_seen", name=name)), 1)
        # A counter that begins anew, not one that goes on from the old container's.
        self.assertLess(scrape.value("container_cpu_usage_seconds_total", name=name, cpu="total"), 10)


class RestartPolicy(Events):
    """Engines that restart what fails."""

    def test_kills_are_counted_across_restarts(self):
        killed = self.events("oom")
        container = self.engine.create(self.name("phoenix"), ["sh", "-c", "exec tail /dev/zero"], Memory=16 << 20,
                                       MemorySwap=16 << 20, RestartPolicy={"Name": "on-failure", "MaximumRetryCount": 2})
        self.engine.start(container)
        wait_until(lambda: self.engine.inspect(container)["RestartCount"] == 2
                   and self.engine.inspect(container)["State"]["Status"] == "exited", 30, "it gives up")
        self.plimsoll.wait_for(lambda s: self.events("oom", s) >= killed + 3, "three kills")
        scrape = self.plimsoll.next_beat(2)
        self.assertEqual(self.events("oom", scrape), killed + 3)

    def test_restarts_are_counted(self):
        container = self.engine.create(self.name("limper"), ["sh", "-c", "sleep 2; exit 1"],
                                       RestartPolicy={"Name": "on-failure", "MaximumRetryCount": 50})
        self.engine.start(container)
        name = self.name("limper")
        for restarts in (1, 2):
            self.plimsoll.wait_for(
                lambda s, n=restarts: (s.value("plimsoll_container_restarts_total", name=name) or 0) >= n,
                "%d restarts" % restarts, 20)
        self.engine.remove(container)
