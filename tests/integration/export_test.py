"""A hole in Prometheus' data is filled from the store by `plimsoll export` and promtool."""
import json
import signal
import subprocess
import time
import urllib.parse

from rig import kernel
from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.plimsoll import Plimsoll, collector_config
from rig.program import require, wait_until
from rig.prometheus import Prometheus
from rig.store import StoreFile
from rig.witness import Witness

GAP = 10  # seconds without Prometheus


class ExportTest(IntegrationCase):
    def export(self, *options):
        done = subprocess.run([self.plimsoll.binary, "export", "--storage.path=" + self.plimsoll.root + "/data/plimsoll.db",
                               "--config.file=" + self.plimsoll.config_file, *options],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def values(self, prometheus, expression, begin, end):
        """[[time, value]] of the one series, every second."""
        query = urllib.parse.urlencode({"query": expression, "start": begin, "end": end, "step": 1})
        answer = json.loads(prometheus._get("/api/v1/query_range?" + query)[1])
        self.assertLessEqual(len(answer["data"]["result"]), 1, answer)
        return answer["data"]["result"][0]["values"] if answer["data"]["result"] else []

    def test_the_hole_of_an_outage_is_filled(self):
        witness = self.make(Witness)
        engine = self.make(lambda: DockerEngine("/%sexport" % PREFIX))
        web = engine.run(PREFIX + "web", ["sh", "-c", "while :; do :; done"], Memory=64 << 20, NanoCpus=200000000,
                   labels={"com.docker.compose.project": "shop"})
        cgroup = kernel.Cgroup(engine.pid(web))
        self.plimsoll = self.make(Plimsoll, collector_config(["docker"], docker=engine))
        prometheus = self.make(Prometheus, self.plimsoll.port)
        wait_until(lambda: (prometheus.query("count_over_time(up[1m])") or [({}, 0)])[0][1] >= 4, 30, "four scrapes")
        burnt, since = -cgroup.cpu_seconds(), time.monotonic()
        prometheus.program.stop(signal.SIGTERM)
        outage_begins = time.time() + 1
        time.sleep(GAP)
        outage_ends = time.time() - 1
        prometheus.program.start()
        wait_until(prometheus._ready, 30, "prometheus is back")
        wait_until(lambda: (prometheus.query("count_over_time(up[5s])") or [({}, 0)])[0][1] >= 4, 30, "four scrapes more")
        given = (burnt + cgroup.cpu_seconds()) / (time.monotonic() - since)
        series = 'container_cpu_usage_seconds_total{name="%sweb"}' % PREFIX
        hole = "count_over_time(%s[2s])" % series
        self.assertEqual(self.values(prometheus, hole, outage_begins + 2, outage_ends), [])

        code, text, said = self.export("--from=10m", "--only-gaps", "--shortest-gap=4s", "--label=job=plimsoll",
                                       "--label=instance=127.0.0.1:%d" % self.plimsoll.port)
        self.assertEqual(code, 0, said)
        self.assertTrue(text.endswith("# EOF\n"))
        self.assertIn("samples from", said)
        # Nothing is exported that was scraped: no time twice, and none outside the hole but before the first scrape
        # and after the last.
        times = sorted({float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")})
        inside = [at for at in times if outage_begins <= at <= outage_ends]
        with StoreFile(self.plimsoll.root + "/data/plimsoll.db") as store:
            kept = [at / 1000 for at, in store.rows("SELECT at_ms FROM tick ORDER BY id")]
        kept = [at for at in kept if outage_begins <= at <= outage_ends]
        self.assertEqual(inside, kept)
        self.assertGreaterEqual(len(inside), GAP - 4 - witness.excuses())
        # As Prometheus' own documentation asks, the hole is filled where its data is in blocks already, not in the
        # head: there a newer block would hide what was scraped before it.
        blocks = prometheus.snapshot()
        with open(blocks + "/../hole.om", "w") as file:
            file.write(text)
        made = subprocess.run([require("promtool"), "tsdb", "create-blocks-from", "openmetrics", blocks + "/../hole.om",
                               blocks], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        self.assertEqual(made.returncode, 0, made.stdout.decode())
        prometheus = self.make(Prometheus, self.plimsoll.port, blocks=blocks)

        filled = self.values(prometheus, hole, outage_begins + 2, outage_ends)
        self.assertGreaterEqual(len(filled), GAP - 5 - witness.excuses())
        # It is one series with what was scraped, rising without a break.
        raw = self.values(prometheus, series, outage_begins - 3, outage_ends + 3)
        counter = [float(value) for _, value in raw]
        self.assertEqual(counter, sorted(counter))
        # The burner was given 0.2 of a core where the host had it, throughout: no jump at either edge of the hole.
        rises = [b - a for a, b in zip(counter, counter[1:])]
        self.assertLess(max(rises), 0.9)
        self.assertAlmostEqual((counter[-1] - counter[0]) / (len(counter) - 1), given, delta=0.06)
        working_set = self.values(prometheus, 'container_memory_working_set_bytes{name="%sweb"}' % PREFIX, outage_begins + 1,
                                  outage_ends)
        self.assertTrue(all(float(value) > 0 for _, value in working_set))

    def test_a_probe_by_head_is_no_scrape(self):
        self.plimsoll = self.make(Plimsoll, {"collector": {"interval": "1s", "runtimes": ["cgroup"]}})
        with StoreFile(self.plimsoll.root + "/data/plimsoll.db") as store:
            ticks = lambda: store.rows("SELECT count(*), sum(scrapes) FROM tick")[0]
            self.plimsoll.metrics_text()
            for _ in range(5):
                self.assertEqual(self.plimsoll.get("/metrics", method="HEAD")[0], 200)
            before, _ = ticks()
            wait_until(lambda: ticks()[0] >= before + 2, 20, "what was asked is kept")
            self.assertEqual(ticks()[1], 1)

    def test_bad_questions_are_answered_clearly(self):
        self.plimsoll = self.make(Plimsoll, {"collector": {"interval": "1s", "runtimes": ["cgroup"]}})
        path = "--storage.path=" + self.plimsoll.root + "/data/plimsoll.db"
        for options, code, word in (([path, "--from=yesterday"], 2, "yesterday"),
                                    ([path, "--from=1m", "--to=1h"], 2, "not before"),
                                    ([path, "--shortest-gap=x"], 2, "--shortest-gap"),
                                    ([path, "--label=0=x"], 2, "NAME=VALUE"),
                                    ([path, "--label=id=x"], 2, "id is there already"),
                                    ([path, "--label=a=1", "--label=a=2"], 2, "a is there already"),
                                    (["--storage.path=:memory:"], 1, "keeps no history"),
                                    (["--storage.path=/nonexistent/x.db"], 1, "/nonexistent/x.db")):
            with self.subTest(options):
                done = subprocess.run([self.plimsoll.binary, "export", *options], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, timeout=20)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(word, done.stderr.decode())
