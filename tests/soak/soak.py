#!/usr/bin/env python3
"""Everything at once, for as long as you like: soak.py [MINUTES [FOLDER]]. See README.md beside it.

PLIMSOLL_BINARY: the program, else build/release/plimsoll. FOLDER: build/soak/DATE-TIME, else.
"""
import contextlib
import json
import os
import shutil
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests", "integration")]

import churn  # noqa: E402
import plot  # noqa: E402
import verdict  # noqa: E402
from clients import ApiReader, Follower, Scraper  # noqa: E402
from lives import Clock, Lives  # noqa: E402
from rig.case import PREFIX  # noqa: E402
from rig.plimsoll import binary, collector_config  # noqa: E402
from rig.program import remove_tree, temporary_directory, wait_until  # noqa: E402
from rig.prometheus import Prometheus  # noqa: E402
from rig.recorder import Recorder  # noqa: E402
from rig.small_disk import SmallDisk  # noqa: E402
from rig.store import StoreFile  # noqa: E402
from receivers import NAMES, FailingHalf, alerting  # noqa: E402
from samples import EVERY, Sampler  # noqa: E402
from strain import Disk, Strain  # noqa: E402

DISK = "256m"
LONGEST_PAUSE = 6 * 60  # seconds between two tries of a message, jitter included
LAST_RECOVERY = 20  # seconds without a message: what fired last has recovered by then, and was told


class Soak:
    def __init__(self, seconds, folder):
        self.seconds, self.folder = seconds, folder
        self.origin = time.monotonic()
        self.said = 0
        self.stack = contextlib.ExitStack()

    def say(self, words):
        print("%s [%5ds] %s" % (time.strftime("%H:%M:%S"), time.monotonic() - self.origin, words), flush=True)

    def enter(self, context):
        return self.stack.enter_context(context)

    def config(self, spare=False, faulty=False):
        config = collector_config(["docker", "oci"], docker=self.fleet.engine, last_seen_for="2s",
                                  include=[PREFIX + "*"])
        config["alerting"] = alerting(self.recorder.url, spare, faulty)
        return config

    def write_config(self, **settings):
        self.lives.plimsoll.write_config(self.config(**settings))

    def prepare(self):
        self.say("starting 100 containers")
        self.half = FailingHalf()
        self.recorder = self.enter(Recorder(self.half))
        self.fleet = self.enter(churn.Fleet(self.seconds + 1800))
        self.fleet.start()
        disk = self.enter(SmallDisk(DISK))
        self.disk, self.store = Disk(disk), disk.path + "/plimsoll.db"
        scratch = temporary_directory("soak")
        self.stack.callback(remove_tree, scratch)
        # Every life is of one program, though it be built anew meanwhile.
        os.environ["PLIMSOLL_BINARY"] = shutil.copy(binary(), scratch + "/plimsoll")
        self.clock = Clock(scratch)
        self.lives = self.enter(Lives(self.config(), ["--storage.path=" + self.store], self.clock))
        self.prometheus = self.enter(Prometheus(self.lives.plimsoll.port))

    def quiet(self):
        plimsoll = self.lives.plimsoll
        return {"descriptors": plimsoll.descriptors(), "watches": plimsoll.watches(),
                "cgroups": sum(len(below) for _, below, _ in os.walk("/sys/fs/cgroup"))}

    def begin(self):
        plimsoll = self.lives.plimsoll
        # Each receiver's connection is open, as at the end.
        wait_until(lambda: {one.path for one in self.recorder.taken()} == {"/" + name for name in NAMES}, 150,
                   lambda: "all receivers were told of something:\n" + plimsoll.log()[-2000:])
        plimsoll.next_beat(2)
        self.quiet_before = self.quiet()
        self.say("quiet: %r; the strain begins, for %d s" % (self.quiet_before, self.seconds))
        self.origin, self.half.is_well = time.monotonic(), False
        self.sampler = Sampler(self.lives, self.disk, self.store, self.folder + "/samples.csv", self.origin)
        self.stack.callback(self.sampler.close)
        self.clients = [Scraper(plimsoll.port, True), Scraper(plimsoll.port, False), ApiReader(plimsoll.port)]
        self.clients += [Follower(plimsoll.port, number) for number in range(3)]
        self.churns = [churn.Churn(self.fleet.runtime, number) for number in range(churn.CHURNS)]
        self.strain = Strain(self.seconds, self.origin, self.lives, self.fleet, self.disk, self.clock, self.sampler,
                             self.write_config, self.store)
        self.threads = self.clients + self.churns
        self.stack.callback(self.end_threads)
        for thread in [self.sampler] + self.threads:
            thread.start()

    def last(self):
        self.strain.run(self.origin + self.seconds, self.say_how_it_fares)

    def say_how_it_fares(self):
        """A word each minute."""
        minute = int(time.monotonic() - self.origin) // 60
        if minute > self.said and self.sampler.rows:
            self.said = minute
            self.say("life %(life)d: %(private_dirty_kib)d KiB private dirty, %(descriptors)d descriptors, "
                     "%(outbox)d messages wait, %(skipped)d beats skipped, store %(store_bytes)d bytes"
                     % self.sampler.rows[-1])

    def end_threads(self):
        for thread in self.threads:
            thread.ending.set()
        for thread in self.threads:
            if thread.is_alive():
                thread.join(60)

    def end(self):
        self.say("the strain ends")
        self.end_threads()
        if self.strain.error:
            self.say("the strain broke off: %r" % self.strain.error)
        plimsoll = self.lives.plimsoll
        plimsoll.program.check_running()
        self.half.is_well = True
        self.quiet_after = self.settle()
        self.fleet.calm()
        self.say("burners are gone; everything is to be told within %d s" % LONGEST_PAUSE)
        plimsoll.next_beat(5)
        now = time.monotonic()
        deadline, idle = now + LONGEST_PAUSE, now
        while now < deadline and now - idle < LAST_RECOVERY:
            if self.waiting():
                idle = now
            time.sleep(1)
            now = time.monotonic()
        self.sampler.take()
        self.sampler.close()

    def settle(self):
        """The figures once no more is held than at the beginning, or after a minute and a half."""
        deadline = time.monotonic() + 90
        while True:
            now = self.quiet()
            if verdict.quiet_again(self.quiet_before, now).is_well or time.monotonic() > deadline:
                return now
            time.sleep(1)

    def ask(self, path):
        status, _, body = self.lives.plimsoll.get("/api/v1/" + path)
        if status != 200:
            raise AssertionError("%s: %d %s" % (path, status, body[:500]))
        return json.loads(body)

    def waiting(self):
        return self.ask("notifications")["waiting"]

    def history(self):
        transitions, before = [], ""
        while True:
            page = self.ask("alerts/history?limit=1000" + before)
            transitions += page["transitions"]
            if not page["next_before"]:
                return transitions[::-1]
            before = "&before=%d" % page["next_before"]

    def taken(self):
        return [(one.key, one.body) for one in self.recorder.taken()]

    def told_and_due(self):
        """What was taken, what is due, and what waits, of one moment: no transition came in between."""
        while True:
            history, notifications, taken = self.history(), self.ask("notifications"), self.taken()
            if self.history() == history:
                return taken, history, notifications

    def judge(self):
        """Everything is asked before the program ends."""
        rows, events = self.sampler.rows, self.strain.events
        strained = [row for row in rows if row["seconds"] <= self.seconds]
        alone = verdict.left_alone(strained)
        taken, history, notifications = self.told_and_due()
        with StoreFile(self.store) as store:
            whole, foreign = store.whole(), store.rows("PRAGMA foreign_key_check")
            dangling = store.rows("SELECT 'part of ' || parcel FROM outbox_part WHERE transition NOT IN (SELECT id FROM"
                                  " alert_history) OR parcel NOT IN (SELECT number FROM outbox) UNION ALL"
                                  " SELECT 'told ' || alert FROM alert_told WHERE newest NOT IN (SELECT id FROM"
                                  " alert_history)")
            ticks, = store.rows("SELECT count(*) FROM tick")[0]
        visits = sum(client.visits for client in self.clients)
        failures = [one for client in self.clients for one in client.failures] + self.sampler.failures
        names = sum(one.names for one in self.churns) / self.seconds
        findings = [
            verdict.strain_came_about(self.counts(events, history), self.least()),
            verdict.sampled(strained, self.seconds, EVERY),
            verdict.never_died(self.lives.deaths, len(self.lives.lives)),
            verdict.no_beat_skipped(rows),
            verdict.exactly_once(history, taken),
            verdict.recoveries_after_alerts(taken),
            verdict.nothing_dropped(rows, notifications["waiting"], notifications["dropped"]),
            verdict.store_whole(whole, foreign, [row[0] for row in dangling], self.lives.damage),
            verdict.few_crowded(strained),
            verdict.growth_within(alone, "private dirty", verdict.private_dirty, verdict.GROWTH_KIB, "KiB"),
            verdict.growth_across(alone, "private dirty", verdict.private_dirty, verdict.GROWTH_KIB, "KiB",
                                  names, verdict.KIB_PER_NAME),
            verdict.growth_within(strained, "descriptors", verdict.own_descriptors, verdict.CLIENTS, "descriptors"),
            verdict.growth_across(strained, "descriptors", verdict.own_descriptors, verdict.CLIENTS, "descriptors"),
            verdict.quiet_again(self.quiet_before, self.quiet_after),
            verdict.clients_served(visits, failures, self.lives.downs),
        ]
        if self.strain.error:
            findings.append(verdict.Finding("the strain itself", False, repr(self.strain.error)))
        self.keep("messages.json", taken)
        self.keep("history.json", history)
        return findings, self.figures(strained, ticks)

    def counts(self, events, history):
        happened = [what for _, what, _ in events]
        return {"kills": happened.count("kill"), "full disks": happened.count("refused"),
                "steps of the clock": happened.count("clock"), "engine restarts": happened.count("engine back"),
                "reloads": self.strain.reloads["taken"], "refused reloads": self.strain.reloads["refused"],
                "containers that came and went": sum(one.done for one in self.churns),
                "OOM alerts": sum(one["rule"] == "Oom" and one["kind"] == "fired" for one in history),
                "requests refused by receivers": len(self.recorder.all) - len(self.recorder.taken()),
                "events": sum(client.events for client in self.clients if isinstance(client, Follower))}

    def least(self):
        """Half of what the schedule means to do."""
        minutes = self.seconds / 60
        return {"kills": max(1, minutes / 12), "full disks": max(1, minutes / 15), "steps of the clock": minutes / 6,
                "engine restarts": max(1, minutes / 12), "reloads": minutes / 4, "refused reloads": minutes // 8,
                "containers that came and went": self.seconds * churn.PER_SECOND * 0.5, "OOM alerts": minutes / 2,
                "requests refused by receivers": minutes, "events": self.seconds}

    def figures(self, rows, ticks):
        """What the README's table tells."""
        def spread(column):
            values = sorted(row[column] for row in rows if row[column] != "" and row["age"] > verdict.SETTLED)
            return {"median": values[len(values) // 2], "most": values[-1]} if values else None
        return {"seconds": self.seconds, "ticks written": ticks, "lives": len(self.lives.lives),
                "longest outage, s": round(max((up - down for down, up in self.lives.downs), default=0), 2),
                **{column: spread(column) for column in ("private_dirty_kib", "pss_kib", "descriptors", "watches",
                                                         "late_ms", "late_most_ms", "outbox", "outbox_oldest",
                                                         "store_bytes", "wal_bytes")},
                "cpu_ms_per_second": round(sum(row["cpu_ms"] for row in rows) / self.seconds, 1),
                "log lines": self.lives.plimsoll.log().count("\n"),
                "containers of churn that failed to start": sum(len(one.errors) for one in self.churns)}

    def keep(self, name, value):
        with open(self.folder + "/" + name, "w") as file:
            json.dump(value, file, indent=1)

    def run(self):
        findings, figures = [], {}
        with self.stack:
            self.prepare()
            self.begin()
            try:
                self.last()
                self.end()
                findings, figures = self.judge()
            finally:
                self.keep("events.json", self.strain.events)
                shutil.copy(self.lives.plimsoll.root + "/log", self.folder + "/plimsoll.log")
            self.say("ending everything")
        print(verdict.table(findings))
        self.keep("verdict.json", {"findings": [list(one) for one in findings], "figures": figures})
        print(json.dumps(figures, indent=1))
        print("%s: samples.csv events.json history.json messages.json plimsoll.log verdict.json %s" % (
            self.folder, os.path.basename(plot.draw(self.folder))))
        return 0 if all(one.is_well for one in findings) else 1


def end_in_order(*_):
    """So that what was started is ended."""
    raise SystemExit(143)


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 120
    if not 5 <= minutes <= 24 * 60:
        sys.exit("usage: soak.py [MINUTES [FOLDER]], at least 5 minutes, so that two lives can be compared")
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.join(ROOT, "build", "soak", time.strftime("%Y%m%d-%H%M%S"))
    os.makedirs(folder, exist_ok=True)
    signal.signal(signal.SIGTERM, end_in_order)
    threading.excepthook = lambda told: print("%s: %r" % (told.thread, told.exc_value), flush=True)
    return Soak(minutes * 60, folder).run()


if __name__ == "__main__":
    sys.exit(main())
