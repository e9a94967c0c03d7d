"""Alerts of real containers at real receivers: on time, once, in order, whatever the receiver or kill -9 does."""
import hashlib
import hmac
import json
import os
import random
import sqlite3
import time

from alert_case import BURN, BUSY, AlertCase, busy_rule
from rig.alertmanager import Alertmanager
from rig.case import PREFIX
from rig.program import wait_until
from rig.recorder import Recorder
from rig.witness import Witness

KILLS = int(os.environ.get("PLIMSOLL_ALERT_KILLS", "12"))
SECRETS = ("hunter-two", "url-token-five")


class AlertsTest(AlertCase):
    time_limit = 150 + 8 * KILLS

    def test_a_container_over_its_line_fires_after_n_samples_and_recovers_after_m(self):
        recorder = self.make(Recorder)
        self.plimsoll = self.begin([busy_rule()], [{"name": "ops", "type": "webhook", "url": recorder.url + "/hook"}])
        burner = self.engine.run(PREFIX + "burner", BURN, image="plimsoll/busy:1",
                                 labels={"com.docker.compose.project": "shop"})
        fired = recorder.wait_for(1, 15)[0]
        alert, = fired.body["alerts"]
        self.assertEqual((fired.body["status"], fired.body["version"], fired.body["receiver"]), ("firing", "4", "ops"))
        self.assertEqual(alert["labels"]["alertname"], "Busy")
        self.assertEqual(alert["labels"]["name"], PREFIX + "burner")
        self.assertEqual(alert["labels"]["image"], "plimsoll/busy:1")
        self.assertIn(PREFIX + "burner", alert["annotations"]["top_consumers"])
        shown, = self.ask("/api/v1/alerts")["alerts"]
        self.assertEqual((shown["state"], shown["container_name"]), ("firing", PREFIX + "burner"))
        scrape = self.plimsoll.wait_for(
            lambda s: s.value("plimsoll_container_alert_state", name=PREFIX + "burner", state="cpu_alert") == 1,
            "the state on /metrics")
        self.assertEqual(scrape.value("plimsoll_alerts", state="firing"), 1)
        self.assertEqual(
            scrape.value("plimsoll_container_alert_consecutive_breaches", name=PREFIX + "burner", metric="cpu"), 3)

        self.engine.pause(burner)
        resolved = recorder.wait_for(2, 15)[1]
        self.assertEqual(resolved.body["status"], "resolved")
        self.assertNotEqual(resolved.key, fired.key)
        self.engine.unpause(burner)
        first, second = self.history()[:2]
        self.assertEqual((first["kind"], second["kind"], second["reason"]), ("fired", "resolved", "recovered"))
        self.assertEqual(first["alert_id"], second["alert_id"])
        points = self.points(first["container_id"])
        breaching = [at for at, cpu in points if first["since"] <= at <= first["timestamp"]]
        self.assertEqual(len(breaching), 3, points)
        self.assertTrue(all(cpu >= BUSY for at, cpu in points if at in breaching), points)
        self.assertTrue(all(cpu < BUSY for at, cpu in points if at < first["since"]), points)
        well = [cpu for at, cpu in points if first["timestamp"] < at <= second["timestamp"]][-2:]
        self.assertTrue(len(well) == 2 and all(cpu < BUSY for cpu in well), points)
        self.assertEqual(len(recorder.all), 2)

    def test_an_oom_kill_arrives_though_the_cgroup_is_gone(self):
        recorder = self.make(Recorder)
        rule = {"name": "Oom", "metric": "oom_kills", "op": ">", "threshold": 0, "window": "1m",
                "match": {"name": PREFIX + "*"}, "receivers": ["ops"]}
        self.plimsoll = self.begin([rule], [{"name": "ops", "type": "webhook", "url": recorder.url}])
        self.plimsoll.next_beat()
        container = self.engine.begin(PREFIX + "greedy", ["sh", "-c", "sleep 0.2; exec tail /dev/zero"],
                                      memory=16 << 20)
        self.assertEqual(self.engine.wait(container), 137)
        self.engine.remove(container)
        alert, = recorder.wait_for(1, 15)[0].body["alerts"]
        self.assertEqual((alert["labels"]["alertname"], alert["labels"]["name"]), ("Oom", PREFIX + "greedy"))
        self.plimsoll.next_beat(2)
        fired = [one for one in self.history() if one["kind"] == "fired"]
        self.assertEqual(len(fired), 1)

    def test_receivers_that_fail_wait_or_hang(self):
        answers = {"/fails": [500, 503, 200], "/waits": [(429, {"Retry-After": "1"}), 200], "/closes": [-1, 200]}
        seen = {path: 0 for path in answers}

        def answer(_, path):
            if path == "/hangs":
                return None
            seen[path] += 1
            return answers[path][seen[path] - 1] if seen[path] <= len(answers[path]) else 200

        recorder, witness = self.make(Recorder, answer), self.make(Witness)
        names = ["fails", "waits", "closes", "hangs"]
        self.plimsoll = self.begin(
            [busy_rule(receivers=names, breaches=1)],
            [{"name": one, "type": "webhook", "url": "%s/%s" % (recorder.url, one), "timeout": "30s"} for one in names])
        self.engine.run(PREFIX + "burner", BURN)
        wait_until(lambda: len([one for one in recorder.taken()]) == 3, 30, "three took it")
        by_path = {}
        for one in recorder.all:
            by_path.setdefault(one.path, []).append(one)
        for path, expected in answers.items():
            self.assertEqual([one.status for one in by_path[path]],
                             [one[0] if isinstance(one, tuple) else one for one in expected])
            self.assertEqual(len({one.key for one in by_path[path]}), 1, "a repeat carries the same key")
        self.assertGreaterEqual(by_path["/waits"][1].at - by_path["/waits"][0].at, 1)
        beats = self.plimsoll.scrape().value("plimsoll_collector_beats_skipped_total")
        self.assertLessEqual(beats, witness.excuses(), "the hanging receiver held the collector back")
        # The others' are in the list until the disk has that they were taken.
        wait_until(lambda: [one["receiver"] for one in self.ask("/api/v1/notifications")["notifications"]] == ["hangs"], 20,
                   "what is left is the hanging receiver's")
        self.plimsoll.wait_for(lambda s: s.value("plimsoll_outbox_depth") == 1, "one message waits")

    def test_silences_hold_back_and_let_go(self):
        recorder = self.make(Recorder)
        self.plimsoll = self.begin([busy_rule(breaches=1)], [{"name": "ops", "type": "webhook", "url": recorder.url}],
                                   ["--web.enable-admin-api"])
        silence = {"matchers": [{"name": "name", "value": PREFIX + "b.*", "is_regex": True}],
                   "ends_at": "2099-01-01T00:00:00Z", "comment": "a test"}
        made = self.change("POST", "/api/v1/silences", silence)
        self.engine.run(PREFIX + "burner", BURN)
        shown = wait_until(lambda: [one for one in self.ask("/api/v1/alerts")["alerts"] if one["state"] == "firing"],
                           15, "it fires")
        self.assertEqual(shown[0]["silenced_by"], "silence %d" % made["id"])
        held, = wait_until(lambda: self.ask("/api/v1/notifications")["notifications"], 20, "its message")
        self.assertEqual((held["state"], held["held_by"]), ("held", "silence %d" % made["id"]))
        self.plimsoll.next_beat(2)
        self.assertEqual(recorder.all, [])
        self.change("DELETE", "/api/v1/silences/%d" % made["id"])
        self.assertEqual(recorder.wait_for(1, 20)[0].body["status"], "firing")

    def test_a_setting_of_the_api_counts_from_the_next_tick_on(self):
        recorder = self.make(Recorder)
        self.plimsoll = self.begin([busy_rule(threshold=100000)],
                                   [{"name": "ops", "type": "webhook", "url": recorder.url}],
                                   ["--web.enable-admin-api"])
        self.engine.run(PREFIX + "burner", BURN)
        self.plimsoll.next_beat(3)
        self.assertEqual(self.ask("/api/v1/alerts")["alerts"], [])
        one, = [one for one in self.ask("/api/v1/containers")["containers"] if one["name"] == PREFIX + "burner"]
        path = "/api/v1/containers/%d/resources/alerts" % one["id"]
        self.change("PUT", path, {"cpu_threshold": 5})
        alert, = recorder.wait_for(1, 15)[0].body["alerts"]
        self.assertEqual(alert["annotations"]["threshold"], ">= 5 %")
        self.change("PUT", path, {"enabled": False})
        self.assertEqual(recorder.wait_for(2, 20)[1].body["status"], "resolved")
        # Both outlive the program.
        self.die_and_return()
        self.plimsoll.next_beat(4)
        self.assertEqual(self.ask("/api/v1/alerts")["alerts"], [])
        # It may have died before it noted that the second was taken: then that came again, under its key.
        self.assertEqual(len({one.key for one in recorder.all}), 2)

    def test_nothing_is_lost_over_kill_9(self):
        """A container that burns and rests, at a receiver that refuses every third request, under kill -9."""
        recorder = self.make(Recorder, lambda before, path: 500 if before % 3 == 2 else 200)
        self.plimsoll = self.begin([busy_rule(breaches=1, recoveries=1)],
                                   [{"name": "ops", "type": "webhook", "url": recorder.url}])
        burner = self.engine.run(PREFIX + "burner", BURN)
        random.seed(PREFIX)
        paused = False
        for kill in range(KILLS):
            for _ in range(2):
                time.sleep(random.uniform(0.5, 1.9))
                (self.engine.unpause if paused else self.engine.pause)(burner)
                paused = not paused
            self.die_and_return()
        if not paused:
            self.engine.pause(burner)
        wait_until(lambda: not self.ask("/api/v1/alerts")["alerts"], 30, "all is well")
        wait_until(lambda: self.ask("/api/v1/notifications")["waiting"] == 0, 60, "everything is told")
        history = self.history()
        self.assertGreaterEqual(len(history), KILLS // 3, "too little happened to prove anything")
        told, keys = {}, {}
        for number, one in enumerate(recorder.taken()):
            body = [(alert["status"], alert["labels"]["alertname"], alert["startsAt"]) for alert in one.body["alerts"]]
            self.assertEqual(keys.setdefault(one.key, body), body, "one key, two messages")
            for alert in body:
                told.setdefault(alert, []).append((number, one.key))
        kinds = {"fired": "firing", "repeated": "firing", "resolved": "resolved"}
        for one in history:
            alert = (kinds[one["kind"]], one["rule"], one["fired_at"])
            self.assertIn(alert, told, "lost: %s" % one)
            self.assertEqual(len({key for _, key in told[alert]}), 1, "told twice: %s" % one)
        starts = [alert[2] for alert in told if alert[0] == "firing"]
        for start in starts:
            fired, resolved = told[("firing", "Busy", start)], told.get(("resolved", "Busy", start))
            self.assertIsNotNone(resolved, "an alert stays open: %s" % start)
            self.assertLess(fired[0][0], resolved[0][0], "the recovery came first")
        with sqlite3.connect("file:%s/plimsoll.db?mode=ro" % self.folder, uri=True) as file:
            self.assertEqual(file.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        print("%d kills, %d transitions, %d requests of which %d were answered with 200" % (
            KILLS, len(history), len(recorder.all), len(recorder.taken())))

    def test_a_real_alertmanager_hears_of_it_and_tells_it_as_we_do(self):
        theirs, ours = self.make(Recorder), self.make(Recorder)
        alertmanager = self.make(Alertmanager, theirs.url)
        self.plimsoll = self.begin(
            [busy_rule(breaches=1, recoveries=1, receivers=["am", "hook"], labels={"team": "ships"},
                       annotations={"runbook": "read {{name}}"})],
            [{"name": "am", "type": "alertmanager", "url": alertmanager.url},
             {"name": "hook", "type": "webhook", "url": ours.url}])
        burner = self.engine.run(PREFIX + "burner", BURN)
        shown = wait_until(alertmanager.alerts, 15, "Alertmanager shows it")
        self.assertEqual(shown[0]["labels"]["name"], PREFIX + "burner")
        self.compare(theirs.wait_for(1, 20)[0].body, ours.wait_for(1, 20)[0].body)
        self.engine.pause(burner)
        wait_until(lambda: not alertmanager.alerts(), 15, "it is resolved there")
        self.compare(theirs.wait_for(2, 20)[1].body, ours.wait_for(2, 20)[1].body)
        self.assertEqual(alertmanager.complaints(), [])

    def compare(self, theirs, ours):
        """Field by field. What Alertmanager knows of itself (its own address, group and receiver names) apart."""
        self.assertEqual(set(theirs), set(ours))
        for field in ("status", "version", "truncatedAlerts", "groupLabels", "commonLabels", "commonAnnotations"):
            self.assertEqual(theirs[field], ours[field], field)
        (their, our), = zip(theirs["alerts"], ours["alerts"])
        self.assertEqual(set(their), set(our))
        for field in ("status", "labels", "annotations", "fingerprint", "generatorURL"):
            self.assertEqual(their[field], our[field], field)
        self.assertEqual(their["startsAt"][:19], our["startsAt"][:19])
        if their["status"] == "firing":
            self.assertEqual(our["endsAt"], "0001-01-01T00:00:00Z")
        else:
            self.assertNotEqual(our["endsAt"], "0001-01-01T00:00:00Z")

    def test_what_is_signed_is_what_is_sent_and_secrets_stay_secret(self):
        with open(self.folder + "/secret", "w") as file:
            file.write(SECRETS[0] + "\n")
        recorder = self.make(Recorder, lambda before, path: 500 if before == 0 else 200)
        self.plimsoll = self.begin(
            [busy_rule(breaches=1)],
            [{"name": "ops", "type": "webhook", "url": "%s/%s" % (recorder.url, SECRETS[1]),
              "hmac_secret_file": self.folder + "/secret"}], ["--log.level=debug"])
        self.engine.run(PREFIX + "burner", BURN)
        one = recorder.wait_for(2, 20)[1]
        signed = one.headers["X-Plimsoll-Timestamp"].encode() + b":" + one.raw
        digest = hmac.new(SECRETS[0].encode(), signed, hashlib.sha256).hexdigest()
        self.assertEqual(one.headers["X-Plimsoll-Signature"], "sha256=" + digest)
        served = [self.plimsoll.log(), self.plimsoll.metrics_text()]
        for path in ("alerts", "alerts/history", "notifications", "silences", "status", "containers"):
            served.append(json.dumps(self.ask("/api/v1/" + path)))
        for secret in SECRETS:
            for text in served:
                self.assertNotIn(secret, text)

    def test_a_reload_ends_what_its_rule_began_and_a_faulty_one_nothing(self):
        recorder = self.make(Recorder)
        receivers = [{"name": "ops", "type": "webhook", "url": recorder.url}]
        self.plimsoll = self.begin([busy_rule(breaches=1)], receivers, ["--web.enable-lifecycle"])
        self.engine.run(PREFIX + "burner", BURN)
        recorder.wait_for(1, 15)
        self.assertEqual(self.reload([busy_rule(breaches="many")], receivers), 400)
        self.plimsoll.next_beat(2)
        self.assertEqual(len(self.ask("/api/v1/alerts")["alerts"]), 1)
        self.assertEqual(self.reload([busy_rule(name="Other", threshold=100000)], receivers), 200)
        self.assertEqual(recorder.wait_for(2, 20)[1].body["status"], "resolved")
        self.assertEqual(self.history()[-1]["reason"], "removed")
        self.assertEqual(self.ask("/api/v1/alerts")["alerts"], [])

    def test_the_heartbeat_beats(self):
        recorder = self.make(Recorder)
        self.plimsoll = self.begin([busy_rule(receivers=[])], [],
                                   heartbeat={"url": recorder.url + "/alive", "interval": "5s"})
        recorder.wait_for(2, 30, "heartbeats")
        self.assertEqual({one.path for one in recorder.all}, {"/alive"})
