"""What a running Plimsoll told of real containers is what a backtest over its file tells, while it goes on writing."""
import json
import subprocess

from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.plimsoll import Plimsoll, collector_config
from rig.program import wait_until

RULES = [
    {"name": "Busy", "metric": "cpu_percent", "threshold": 10, "breaches": 2, "recoveries": 2,
     "match": {"name": PREFIX + "*"}},
    {"name": "Large", "metric": "memory_used_bytes", "threshold": 1, "breaches": 3, "match": {"name": PREFIX + "*"}},
    {"name": "Absent", "metric": "absent", "breaches": 1, "recoveries": 1, "match": {"name": PREFIX + "burner"}},
    {"name": "Sick", "metric": "unhealthy", "match": {"name": PREFIX + "*"}},
    {"name": "Off", "metric": "cpu_percent", "threshold": 50, "breaches": 1, "enabled": False},
]


class BacktestTest(IntegrationCase):
    def backtest(self, *options):
        """Of the server's file by its configuration, where the options name no other."""
        usual = ["--config=" + self.plimsoll.config_file,
                 "--storage.path=" + self.plimsoll.root + "/data/plimsoll.db"]
        usual = [one for one in usual if not any(o.split("=")[0] == one.split("=")[0] for o in options)]
        done = subprocess.run([self.plimsoll.binary, "backtest", *usual, *options], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def history(self):
        status, _, body = self.plimsoll.get("/api/v1/alerts/history?limit=1000")
        self.assertEqual(status, 200, body)
        return json.loads(body)["transitions"][::-1]

    def test_a_running_server_and_a_backtest_tell_the_same(self):
        engine = self.make(lambda: DockerEngine("/%sbacktest" % PREFIX))
        config = collector_config(["docker"], docker=engine)
        config["alerting"] = {"recreate_grace": "3s", "rules": RULES}
        self.plimsoll = self.make(Plimsoll, config)
        for _ in range(2):
            burner = engine.run(PREFIX + "burner", ["sh", "-c", "while :; do :; done"])
            fires = len(self.history())
            wait_until(lambda: [t for t in self.history()[fires:] if t["kind"] == "fired" and t["rule"] == "Busy"], 20,
                       "the burner fires")
            engine.pause(burner)
            wait_until(lambda: [t for t in self.history()[fires:]
                                if t["kind"] == "resolved" and t["rule"] == "Busy"], 20, "it recovers")
            engine.unpause(burner)
            engine.remove(burner)
            wait_until(lambda: [t for t in self.history()[fires:] if t["reason"] == "stopped"], 20, "it is gone")
        told = self.history()
        code, text, said = self.backtest("--format=json", "--since=1h")
        self.assertEqual((code, said), (0, ""))
        report = json.loads(text)
        replayed = []
        for rule in report["rules"]:
            for container in rule.get("containers", []):
                for alert in container["alerts"]:
                    replayed.append((alert["fired_at"], "fired", rule["rule"], container["container_id"], None))
                    if alert["ended_at"]:
                        replayed.append((alert["ended_at"], "resolved", rule["rule"], container["container_id"],
                                         alert["reason"]))
        live = [(t["timestamp"], t["kind"], t["rule"], t["container_id"], t["reason"]) for t in told]
        newest = max(live)[0]
        self.assertGreaterEqual(len(live), 8)
        self.assertEqual(sorted(map(str, live)), sorted(str(one) for one in replayed if one[0] <= newest))
        self.assertEqual(report["replayed"][0]["resolution"], "raw")
        sick = [rule for rule in report["rules"] if rule["rule"] == "Sick"][0]
        self.assertEqual((sick["replayed"], sick["missing"]), ("no", "no health of containers"))
        off = [rule for rule in report["rules"] if rule["rule"] == "Off"][0]
        self.assertEqual(off["fired"], 0)

        # Named, a rule that is switched off is tried; other containers are left out.
        code, text, said = self.backtest("--rule=Off", "--container=%sbur*" % PREFIX)
        self.assertEqual((code, said), (0, ""))
        self.assertIn("Off: cpu_percent >= 50", text)
        self.assertNotIn("Busy", text)
        self.assertIn("of 1 container", text)
        self.refuses_wrong_usage()

    def refuses_wrong_usage(self):
        for options, code, words in (
                (["--since=yesterday"], 2, '--since: "yesterday" is neither a time'),
                (["--since=2200-01-01T00:00:00Z"], 2, "is not in the past"),
                (["--rule=Buzy"], 2, 'there is no rule "Buzy"; there are Busy, Large, Absent, Sick, Off'),
                (["--container=["], 2, "--container"),
                (["--format=xml"], 2, "--format"),
                (["--at-most=-1"], 2, "--at-most"),
                (["--storage.path=/nonexistent/x.db"], 1, "/nonexistent/x.db"),
                (["--storage.path=:memory:"], 1, "keeps no history"),
                (["--config=/nonexistent/x.yaml"], 1, "/nonexistent/x.yaml")):
            said = self.backtest(*options)
            self.assertEqual(said[0], code, (options, said))
            self.assertEqual(said[1], "", options)
            self.assertIn(words, said[2], options)
