"""The store under a real program, kernel and disk: kill -9, a full disk, locks, deletion, damage."""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import time

from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.plimsoll import Plimsoll, collector_config
from rig.program import temporary_directory, remove_tree, wait_until
from rig.small_disk import SmallDisk
from rig.store import StoreFile

KILLS = int(os.environ.get("PLIMSOLL_KILLS", "25"))
MINUTE_MS = 60_000


class StoreTest(IntegrationCase):
    time_limit = 300 + 6 * KILLS

    def setUp(self):
        self.engine = self.make(lambda: DockerEngine("/%sstore" % PREFIX))
        self.engine.run(PREFIX + "burner", ["sh", "-c", "while :; do :; done"], NanoCpus=200000000)
        self.engine.run(PREFIX + "idle", ["sleep", "1000000"])

    def begin(self, path, **storage):
        config = collector_config(["docker"], docker=self.engine)
        config["storage"] = storage
        return self.make(Plimsoll, config, ["--storage.path=" + path])

    def folder(self):
        path = temporary_directory("store")
        self.addCleanup(remove_tree, path)
        return path

    def status(self):
        status, _, body = self.plimsoll.get("/api/v1/status")
        self.assertEqual(status, 200, body)
        return json.loads(body)["storage"]

    def ticks(self):
        return self.status()["ticks_written"]

    def wait_for_ticks(self, more, seconds):
        before = self.ticks()
        wait_until(lambda: self.ticks() >= before + more, seconds, lambda: "%d ticks more:\n%s" % (more, self.plimsoll.log()))

    def assert_alive(self):
        """/metrics and the live answers of the API go on."""
        self.assertIsNotNone(self.plimsoll.next_beat(2))
        status, _, body = self.plimsoll.get("/api/v1/containers")
        self.assertEqual(status, 200)
        names = [container["name"] for container in json.loads(body)["containers"] if container["state"] == "running"]
        self.assertIn(PREFIX + "burner", names)
        wait_until(self.burns, 15, "the burner's figures")

    def burns(self):
        containers = json.loads(self.plimsoll.get("/api/v1/containers")[2])["containers"]
        burner = next(c for c in containers if c["name"] == PREFIX + "burner")
        return (burner["current"]["cpu_percent"] or 0) > 5

    def errors(self, reason):
        return self.plimsoll.scrape().value("plimsoll_store_write_errors_total", reason=reason) or 0

    def assert_sums_agree(self, store):
        """Every closed minute holds what its readings hold, to the byte."""
        sums, readings = {}, store.readings()
        seen = set()
        for tick, at, container, figures in readings:
            self.assertNotIn((tick, container), seen)
            seen.add((tick, container))
            key = at // MINUTE_MS, container
            total = sums.setdefault(key, {"samples": 0})
            total["samples"] += 1
            for name in ("cpu_us", "net_rx", "block_write"):
                if figures[name] is not None:
                    total[name] = total.get(name, 0) + figures[name]
        minutes = store.buckets("minute")
        for key, bucket in minutes.items():
            self.assertEqual(bucket["samples"], sums[key]["samples"], key)
            for name in ("cpu_us", "net_rx", "block_write"):
                self.assertEqual(bucket[name], sums[key].get(name), (key, name))
        return readings, minutes

    def assert_no_increase_is_lost(self, path):
        """The sum of all ticks leads from the burner's first reading to the kernel's own figure."""
        def shown():
            return self.plimsoll.next_beat().value("container_cpu_usage_seconds_total", name=PREFIX + "burner", cpu="total")

        def told():
            with StoreFile(path) as store:
                burner = store.ids()["name:%sburner" % PREFIX]
                begin, = store.rows("SELECT cpu_us FROM meter WHERE container = ? ORDER BY tick LIMIT 1", burner)[0]
                return (begin + sum(f["cpu_us"] or 0 for _, _, container, f in store.readings() if container == burner)) / 1e6
        low = shown()
        # The disk may be some ticks behind.
        sum_of_ticks = wait_until(lambda: told() >= low - 0.01 and told(), 20, lambda: "%g of %g s" % (told(), low))
        self.assertLessEqual(sum_of_ticks, shown() + 0.01)

    def test_killed_at_any_moment(self):
        path = self.folder() + "/plimsoll.db"
        self.plimsoll = self.begin(path)
        random.seed(PREFIX)
        written = 0
        for kill in range(KILLS):
            time.sleep(random.uniform(0.2, 2.2))
            began, before = time.monotonic(), self.ticks()
            self.plimsoll.program.process.kill()
            self.plimsoll.program.process.wait()
            meanwhile = int(time.monotonic() - began)
            with StoreFile(path) as store:
                self.assertTrue(store.whole())
                ticks = store.rows("SELECT count(*), max(id) - min(id) + 1 FROM tick")[0]
                self.assertEqual(ticks[0], ticks[1], "a tick is missing")
                # What the program had said was written is there; at most one more, where we were not held up.
                self.assertIn(ticks[0] - written, range(before, before + 2 + meanwhile), "kill %d" % kill)
                written = ticks[0]
            self.plimsoll.program.start()
            wait_until(self.plimsoll._ready, 20, "it is back")
        self.wait_for_ticks(3, 20)
        with StoreFile(path) as store:
            wait_until(lambda: store.rows("SELECT count(*) FROM minute")[0][0] >= 2, 130, "two minutes are closed")
        with StoreFile(path) as store:
            _, minutes = self.assert_sums_agree(store)
            ids = store.ids()
            self.assertEqual(sorted(key for key in ids if PREFIX in key),
                             ["name:%sburner" % PREFIX, "name:%sidle" % PREFIX])
        self.assert_no_increase_is_lost(path)
        self.assertGreaterEqual(len(minutes), 2)

    def test_a_full_disk(self):
        disk = self.make(SmallDisk, "12m")
        self.plimsoll = self.begin(disk.path + "/plimsoll.db")
        self.wait_for_ticks(2, 20)
        disk.fill()
        wait_until(lambda: self.errors("full") >= 2, 60, lambda: "the disk refuses:\n" + self.plimsoll.log())
        self.assert_alive()
        refused = self.errors("full")
        disk.drain()
        self.wait_for_ticks(3, 30)
        with StoreFile(disk.path + "/plimsoll.db") as store:
            self.assertTrue(store.whole())
            self.assert_sums_agree(store)
        self.assert_no_increase_is_lost(disk.path + "/plimsoll.db")
        log = self.plimsoll.log()
        self.assertLessEqual(log.count("full"), 4, "logged at every tick (%d refused):\n%s" % (refused, log))

    def test_a_disk_that_turns_read_only(self):
        disk = self.make(SmallDisk, "16m")
        self.plimsoll = self.begin(disk.path + "/data/plimsoll.db")
        self.wait_for_ticks(2, 20)
        # The kernel lets nobody make a file system read-only under an open writer but the disk itself, so the program
        # finds it so at its start.
        self.plimsoll.terminate()
        disk.remount("ro")
        self.plimsoll.program.start()
        wait_until(self.plimsoll._ready, 20, "it starts on a read-only disk")
        self.assert_alive()
        wait_until(lambda: sum(self.errors(reason) for reason in ("readonly", "io")) >= 2, 20,
                   lambda: "refusals:\n" + self.plimsoll.metrics_text()[-3000:])
        self.assertFalse(self.status()["writing"])
        disk.remount("rw")
        self.wait_for_ticks(2, 20)
        with StoreFile(disk.path + "/data/plimsoll.db") as store:
            self.assertTrue(store.whole())

    def test_another_process_holds_a_lock(self):
        path = self.folder() + "/plimsoll.db"
        self.plimsoll = self.begin(path)
        self.wait_for_ticks(2, 20)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        wait_until(lambda: self.errors("busy") >= 2, 20, lambda: "busy:\n" + self.plimsoll.log())
        self.assert_alive()
        other.execute("ROLLBACK")
        other.close()
        self.wait_for_ticks(3, 20)
        with StoreFile(path) as store:
            self.assert_sums_agree(store)

    def test_deleted_under_it(self):
        path = self.folder() + "/plimsoll.db"
        self.plimsoll = self.begin(path)
        self.wait_for_ticks(2, 20)
        for suffix in ("", "-wal", "-shm"):
            os.unlink(path + suffix)
        wait_until(lambda: os.path.exists(path), 90, lambda: "another file:\n" + self.plimsoll.log())
        self.wait_for_ticks(2, 20)
        self.assert_alive()
        self.assertGreaterEqual(self.errors("deleted"), 1)
        with StoreFile(path) as store:
            self.assertTrue(store.whole())
            self.assertIn("name:%sburner" % PREFIX, store.ids())

    def test_a_damaged_file_is_set_aside(self):
        folder = self.folder()
        path = folder + "/plimsoll.db"
        self.plimsoll = self.begin(path)
        self.wait_for_ticks(2, 20)
        self.plimsoll.terminate()
        with open(path, "r+b") as file:
            file.seek(0)
            file.write(os.urandom(8192))
        self.plimsoll.program.start()
        wait_until(self.plimsoll._ready, 20, "it starts beside a damaged file")
        self.wait_for_ticks(2, 20)
        self.assertTrue([name for name in os.listdir(folder) if name.startswith("plimsoll.db.corrupt-")])
        self.assertEqual(self.plimsoll.scrape().value("plimsoll_store_damaged_files_total"), 1)
        self.assertIn("level=", self.plimsoll.log())

    def test_a_newer_file_is_refused(self):
        path = self.folder() + "/plimsoll.db"
        self.plimsoll = self.begin(path)
        self.wait_for_ticks(1, 20)
        self.plimsoll.terminate()
        newer = sqlite3.connect(path)
        version, = newer.execute("PRAGMA user_version").fetchone()
        newer.execute("PRAGMA user_version = %d" % (version + 7))
        newer.commit()
        newer.close()
        before = os.path.getsize(path)
        done = subprocess.run([self.plimsoll.binary, "--storage.path=" + path, "--web.listen-address=127.0.0.1:0"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
        self.assertEqual(done.returncode, 1)
        for word in (str(version + 7), str(version), path):
            self.assertIn(word, done.stdout.decode())
        self.assertEqual(os.path.getsize(path), before)
        shutil.copy(path, path + ".kept")  # still a file one can keep
        self.plimsoll.program.start()  # so that the rig can end it
        self.plimsoll.program.process.wait(20)
