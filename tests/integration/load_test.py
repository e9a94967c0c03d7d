"""Churn and load at once: containers that come and go, many scrapers, and readers that hardly read.

PLIMSOLL_LOAD_SECONDS: how long (default 60; 120 for the full measure). In whole minutes: buckets of containers that left
are packed when a minute ends, so that memory rises and falls with it.
"""
import http.client
import os
import socket
import threading
import time
import unittest

from rig.case import PREFIX, IntegrationCase
from rig.oci import OciRuntime
from rig.plimsoll import Plimsoll, collector_config
from rig.program import wait_until
from rig.witness import Witness

SECONDS = int(os.environ.get("PLIMSOLL_LOAD_SECONDS", "60"))
# Until what is held of each container for a while is full: the alerts' grace time of 30 s, the buckets of those that left
# in this minute and the one before, and the database's page cache. What grows after that grows without end.
WARM_UP = 140
PER_SECOND = 20
ENOUGH = SECONDS * PER_SECOND * 0.5
LIFE = 0.25  # seconds that each container lives
CHURNS = 10  # threads: starting, living and removing take longer than a twentieth of a second
SCRAPERS = 50
SLOW_READERS = 5


class Churn(threading.Thread):
    """Starts and removes `rate` containers a second, one after the other."""

    def __init__(self, runtime, rate):
        super().__init__(daemon=True)
        self.runtime, self.rate, self.done, self.ending, self.error = runtime, rate, 0, threading.Event(), None

    def run(self):
        began = time.monotonic()
        number = 0
        while not self.ending.is_set():
            name = "%schurn-%d" % (PREFIX, number)
            try:
                self.runtime.run(name, ["sleep", "1000"])
                time.sleep(LIFE)
                self.runtime.remove(name)
            except Exception as error:  # told to the test at its end
                self.error = error
                return
            number += 1
            self.done = number
            ahead = began + number / self.rate - time.monotonic()
            if ahead > 0:
                self.ending.wait(ahead)


class Scraper(threading.Thread):
    """One scrape a second over a connection that stays; checks that every body is whole."""

    def __init__(self, port, gzip):
        super().__init__(daemon=True)
        self.port, self.headers = port, {"Accept-Encoding": "gzip"} if gzip else {}
        self.scrapes, self.errors, self.ending = 0, [], threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.ending.is_set():
            try:
                connection.request("GET", "/metrics", headers=self.headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200 or len(body) < 1000:
                    self.errors.append("%d, %d bytes" % (answer.status, len(body)))
                self.scrapes += 1
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(repr(error))
                connection.close()
            self.ending.wait(1)
        connection.close()


class SlowReader(threading.Thread):
    """Asks for /metrics and takes a byte a second, as long as it is let."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.ending = port, threading.Event()

    def run(self):
        while not self.ending.is_set():
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                connection.settimeout(5)
                try:
                    connection.connect(("127.0.0.1", self.port))
                    connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
                    while not self.ending.wait(1) and connection.recv(1):
                        pass
                except OSError:
                    self.ending.wait(1)


def figures(plimsoll):
    began, scrape, ended = time.monotonic(), plimsoll.scrape(), time.monotonic()
    pss, dirty = plimsoll.memory()
    return {"watches": plimsoll.watches(), "beats": scrape.value("plimsoll_collector_beats_total"),
            "skipped": scrape.value("plimsoll_collector_beats_skipped_total"),
            "starts": scrape.value("plimsoll_discovery_events_total", event="start"),
            "stops": scrape.value("plimsoll_discovery_events_total", event="stop"),
            "parse errors": scrape.value("plimsoll_parse_errors_total"),
            "descriptors": plimsoll.descriptors(), "PSS KiB": pss >> 10, "private dirty KiB": dirty >> 10,
            "at": (began, ended)}


class Load(IntegrationCase):
    time_limit = 4 * SECONDS + 250

    def test_churn_scrapers_and_slow_readers(self):
        runtime = self.make(OciRuntime, "runc", root="/run/runc")
        for number in range(20):
            runtime.run("%sstays-%d" % (PREFIX, number), ["sleep", "1000000"])
        config = collector_config(["oci"], last_seen_for="2s", include=[PREFIX + "*"])
        plimsoll, witness = self.make(Plimsoll, config), self.make(Witness)
        threads = [Scraper(plimsoll.port, gzip=n % 2 == 0) for n in range(SCRAPERS)]
        threads += [SlowReader(plimsoll.port) for _ in range(SLOW_READERS)]
        churns = [Churn(_Named(runtime, number), PER_SECOND / CHURNS) for number in range(CHURNS)]
        for thread in threads + churns:
            thread.start()
        try:
            time.sleep(WARM_UP)
            excused = witness.excuses()
            before, done_before, measured = figures(plimsoll), sum(churn.done for churn in churns), 0
            # A slow machine takes as many containers in more time.
            while not measured or done < ENOUGH and measured < 4 * SECONDS:
                time.sleep(SECONDS)
                measured += SECONDS
                done = sum(churn.done for churn in churns) - done_before
            after, excused = figures(plimsoll), witness.excuses() - excused
        finally:
            for thread in threads + churns:
                thread.ending.set()
            for thread in threads + churns:
                thread.join(30)
        for churn in churns:
            self.assertIsNone(churn.error)
        errors = [error for thread in threads[:SCRAPERS] for error in thread.errors]
        scrapes = sum(thread.scrapes for thread in threads[:SCRAPERS])
        # What is still held when all is quiet again.
        wait_until(lambda: plimsoll.scrape().value("plimsoll_containers", state="ended") == 0, 15, "no ended container")
        time.sleep(1)
        quiet = figures(plimsoll)
        print("%d containers came and went in %d s, %d scrapes" % (done, measured, scrapes))
        for key in before:
            if key != "at":
                print("  %-18s before %10d   after %10d   quiet %10d" % (key, before[key], after[key], quiet[key]))
        self.assertEqual(errors, [])
        self.assertGreaterEqual(done, ENOUGH, "the churn itself did not come about")
        skipped = after["skipped"] - before["skipped"]
        self.assertLessEqual(skipped, excused, "beats were missed")
        self.assertEqual(after["parse errors"], before["parse errors"])
        # A beat a second: as many as seconds went by, but for the one at either edge.
        beats = after["beats"] - before["beats"] + skipped
        self.assertGreater(beats, after["at"][0] - before["at"][1] - 1.5)
        self.assertLess(beats, after["at"][1] - before["at"][0] + 1.5)
        total = sum(churn.done for churn in churns)
        self.assertEqual((quiet["starts"], quiet["stops"]), (total, total), "every one was seen, once")
        self.assertLessEqual(quiet["descriptors"], before["descriptors"], "descriptors leak")
        self.assertLessEqual(quiet["watches"], before["watches"], "watches leak")
        self.assertLessEqual(after["private dirty KiB"], before["private dirty KiB"] + 1024, "memory grows")
        self.assertLessEqual(quiet["private dirty KiB"], before["private dirty KiB"] + 1024, "memory grows")


class _Named:
    """Gives one churn's containers names of its own."""

    def __init__(self, runtime, number):
        self._runtime, self._number = runtime, number

    def _name(self, name):
        return "%s-%d" % (name, self._number)

    def run(self, name, command):
        self._runtime.run(self._name(name), command)

    def remove(self, name):
        self._runtime.remove(self._name(name))


if __name__ == "__main__":
    unittest.main()
