"""What is done to it, and when: one thing after the other, so that no two get in each other's way by chance; what lasts
(a full disk, an engine that is away) lasts while other things are done."""
import random
import signal
import sqlite3
import time

from rig.program import wait_until

RELOAD_EVERY = 60
FULL_FOR = 20  # seconds, from the first write that the disk refused
FULL_AT_MOST = 100  # seconds until it refuses: what the file and its log have left is used up first
AWAY_FOR = 6  # seconds without an engine
FARTHEST = 1800  # seconds that the clock is wrong at most


class Disk:
    """The small disk, and whether it is full."""

    def __init__(self, disk):
        self.disk = disk
        self.is_full, self.drained = False, float("-inf")

    def fill(self):
        self.is_full = True
        self.disk.fill()

    def drain(self):
        self.disk.drain()
        self.is_full, self.drained = False, time.monotonic()

    def was_full_lately(self):
        return time.monotonic() - self.drained < 15


class Strain:
    """`events`: [(seconds since the beginning, what, detail)]."""

    def __init__(self, seconds, origin, lives, fleet, disk, clock, sampler, write_config, store):
        self.origin, self.lives, self.fleet, self.disk, self.clock = origin, lives, fleet, disk, clock
        self.sampler, self.write_config, self.store = sampler, write_config, store
        self.random = random.Random(6)
        self.events, self.error = [], None
        self.reloads = {"taken": 0, "refused": 0}
        self.filled_at, self.refused_before, self.refused_at = None, 0, None
        # Few minutes shall see everything, too.
        self.every = {"kill": min(max(seconds / 2.4, 135), 300), "fill": min(max(seconds / 3, 100), 240),
                      "clock": min(max(seconds / 5, 40), 150), "engine": min(max(seconds / 3, 75), 270),
                      "reload": RELOAD_EVERY}
        first = {"reload": 30, "clock": 20, "engine": 40, "fill": 55, "kill": self.every["kill"]}
        self.things = {"kill": self.kill, "fill": self.fill, "drain": self.drain, "clock": self.step_clock,
                       "engine": self.lose_engine, "return": self.bring_back, "reload": self.reload}
        now = time.monotonic()
        self.due = {what: now + after for what, after in first.items()}

    def note(self, what, detail=""):
        self.events.append((round(time.monotonic() - self.origin, 1), what, detail))

    def again(self, what, seconds=None):
        seconds = seconds or self.every[what] * self.random.uniform(0.9, 1.2)
        self.due[what] = time.monotonic() + seconds

    def run(self, until, meanwhile):
        """In the main thread: what a thread started is killed when that thread ends (the rig's programs do not
        outlive who started them)."""
        try:
            while time.monotonic() < until:
                meanwhile()
                what = min(self.due, key=self.due.get)
                wait = self.due[what] - time.monotonic()
                if wait > 0:
                    time.sleep(min(wait, 1))
                    continue
                self.things[what]()
            self.calm()
        except (OSError, AssertionError, RuntimeError, ValueError, sqlite3.Error) as error:
            self.error = error
            self.note("error", repr(error))

    def calm(self):
        """Leaves everything as it was: engine, disk and clock."""
        if "return" in self.due:
            self.bring_back()
        if self.disk.is_full:
            self.disk.drain()
            self.note("drained")
        self.clock.set(0)
        self.note("clock", 0)

    def refused(self):
        return self.lives.plimsoll.scrape().value("plimsoll_store_write_errors_total", reason="full") or 0

    # --- things

    def kill(self):
        """Not while the disk refuses: then what was told is nowhere but in memory, and nobody promised that it
        survives both."""
        scrape = self.lives.plimsoll.scrape()
        if self.disk.is_full or self.disk.was_full_lately() or scrape.value("plimsoll_store_up") != 1:
            self.due["kill"] = time.monotonic() + 3
            return
        self.sampler.take()
        with self.sampler.lock:
            self.lives.kill(self.store)
        self.note("kill", self.lives.life.number - 1)
        self.again("kill")

    def fill(self):
        self.refused_before, self.refused_at, self.filled_at = self.refused(), None, time.monotonic()
        self.disk.fill()
        self.note("full")
        del self.due["fill"]
        self.due["drain"] = time.monotonic() + 1

    def drain(self):
        now = time.monotonic()
        if self.refused_at is None and self.refused() > self.refused_before:
            self.refused_at = now
            self.note("refused")
        waits = now < self.filled_at + FULL_AT_MOST if self.refused_at is None else now < self.refused_at + FULL_FOR
        if waits:
            self.due["drain"] = now + 1
            return
        self.disk.drain()
        self.note("drained", "" if self.refused_at is None else round(now - self.refused_at))
        del self.due["drain"]
        self.again("fill")

    def step_clock(self):
        seconds = self.random.uniform(-FARTHEST, FARTHEST)
        self.clock.set(seconds)
        self.note("clock", round(seconds))
        self.again("clock")

    def lose_engine(self):
        how = self.random.choice(("crash", "stop"))
        if how == "crash":
            self.fleet.engine.crash()
        else:
            self.fleet.engine.stop_engine()
        self.note("engine away", how)
        del self.due["engine"]
        self.due["return"] = time.monotonic() + AWAY_FOR

    def bring_back(self):
        self.fleet.engine.launch()
        self.note("engine back")
        del self.due["return"]
        self.again("engine")

    def reload(self):
        """SIGHUP, by turns with a rule more, without it, and with a faulty file, which must change nothing."""
        turn = sum(self.reloads.values()) % 3
        self.write_config(spare=turn == 0, faulty=turn == 2)
        plimsoll = self.lives.plimsoll

        def told():
            return plimsoll.log().count("configuration reloaded") + plimsoll.log().count("configuration not reloaded")
        before = told()
        plimsoll.program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: told() > before, 15, "a word on the reload")
        plimsoll.wait_for(lambda s: s.value("plimsoll_config_last_reload_successful") == (turn != 2),
                          "how reload %d went" % turn)
        # A program that is killed now would refuse to start with the faulty file, and rightly so.
        self.write_config()
        self.reloads["refused" if turn == 2 else "taken"] += 1
        self.note("reload", "refused" if turn == 2 else "taken")
        self.again("reload", RELOAD_EVERY)
