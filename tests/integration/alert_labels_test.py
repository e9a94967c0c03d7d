"""What a container's own labels plimsoll.alerts.* say of the rules, on a real engine."""
from alert_case import BURN, AlertCase, busy_rule, webhook
from rig.case import PREFIX
from rig.program import wait_until
from rig.recorder import Recorder

THIRD = 300_000_000  # NanoCpus: the kernel gives it 30 % of a core, however busy the host


def labels(**fields):
    return {"plimsoll.alerts.Busy." + field: value for field, value in fields.items()}


class AlertLabelsTest(AlertCase):
    def run_third(self, text, own_labels=None):
        return self.engine.run(PREFIX + text, BURN, labels=own_labels, NanoCpus=THIRD)

    def identity(self, text):
        """Once it has one."""
        def found():
            return [one["id"] for one in self.ask("/api/v1/containers")["containers"] if one["name"] == PREFIX + text]
        return wait_until(found, 10, text + " is known")[0]

    def wait_for_load(self, container, samples, least=10):
        """So many of its samples in a row, the newest included, show a load of `least` percent."""
        def shown():
            newest = [cpu for _, cpu in self.points(container)][-samples:]
            return len(newest) == samples and min(newest) >= least
        wait_until(shown, 20, lambda: "a load: %s" % self.points(container))

    def test_a_labelled_container_has_a_line_of_its_own(self):
        recorder = self.make(Recorder)
        self.plimsoll = self.begin([busy_rule(threshold=60, breaches=2)], webhook(recorder),
                                   ["--web.enable-admin-api"])
        # Some runtimes lower the case of labels.
        self.run_third("own", {"plimsoll.alerts.busy.severity": "critical", **labels(threshold="10", breaches="4")})
        self.run_third("twin")
        alert, = recorder.wait_for(1, 20)[0].body["alerts"]
        self.assertEqual((alert["labels"]["name"], alert["labels"]["severity"]), (PREFIX + "own", "critical"))
        self.assertEqual(alert["annotations"]["threshold"], ">= 10 %")
        own, twin = self.identity("own"), self.identity("twin")
        self.wait_for_load(twin, 5)
        fired, = self.history()
        self.assertEqual((fired["container_id"], fired["threshold"], fired["severity"]), (own, 10, "critical"))
        breaching = [at for at, _ in self.points(own) if fired["since"] <= at <= fired["timestamp"]]
        self.assertEqual(len(breaching), 4, self.points(own))

        # The API is stronger than the label; the load stays.
        self.change("PUT", "/api/v1/containers/%d/resources/alerts" % own, {"cpu_threshold": 500})
        resolved = recorder.wait_for(2, 20)[1].body
        self.assertEqual((resolved["status"], resolved["alerts"][0]["labels"]["name"]), ("resolved", PREFIX + "own"))
        self.wait_for_load(own, 4)
        self.assertEqual([(one["kind"], one["reason"], one["container_id"]) for one in self.history()],
                         [("fired", None, own), ("resolved", "recovered", own)])
        self.assertEqual(len(recorder.all), 2)
        self.assertEqual(self.ask("/api/v1/alerts")["alerts"], [])

    def test_a_label_switches_one_rule_off_or_all(self):
        recorder = self.make(Recorder)
        # Four of them may be more than the host has for them.
        rules = [busy_rule(name=name, threshold=2, breaches=1) for name in ("Busy", "AlsoBusy")]
        self.plimsoll = self.begin(rules, webhook(recorder))
        self.run_third("quiet", {"plimsoll.alerts.enabled": "false"})
        self.run_third("half", labels(enabled="false"))
        self.run_third("loud")
        # What is said of one rule is stronger than what is said of all.
        self.run_third("but", dict(labels(enabled="true"), **{"plimsoll.alerts.enabled": "false"}))
        for text in ("quiet", "half", "loud", "but"):
            self.wait_for_load(self.identity(text), 3, least=2)
        expected = {("AlsoBusy", PREFIX + "half"), ("Busy", PREFIX + "but"), ("Busy", PREFIX + "loud"),
                    ("AlsoBusy", PREFIX + "loud")}
        alerts = wait_until(lambda: self.told(recorder, 4), 20, lambda: self.told(recorder, 0))
        self.assertEqual(sorted(alerts), sorted(expected))
        self.assertEqual({(one["rule"], one["container_name"]) for one in self.history()}, expected)
        self.assertEqual({one["kind"] for one in self.history()}, {"fired"})

    def told(self, recorder, least):
        """(rule, container) of every alert in every message, once there are so many."""
        found = [(alert["labels"]["alertname"], alert["labels"]["name"])
                 for one in recorder.taken() for alert in one.body["alerts"]]
        return found if len(found) >= least else None

    def test_a_container_made_anew_without_the_alert_ends_it(self):
        """As `docker compose up` does after its labels were edited."""
        recorder = self.make(Recorder)
        self.plimsoll = self.begin([busy_rule(threshold=10, breaches=1)], webhook(recorder), recreate_grace="1m")
        first = self.run_third("ship")
        recorder.wait_for(1, 15)
        identity = self.identity("ship")
        self.engine.remove(first)
        self.run_third("ship", labels(enabled="false"))
        ended, = recorder.wait_for(2, 15)[1].body["alerts"]
        self.assertEqual((ended["status"], ended["labels"]["name"]), ("resolved", PREFIX + "ship"))
        self.assertEqual(self.identity("ship"), identity)
        self.wait_for_load(identity, 3)
        self.assertEqual([(one["kind"], one["reason"]) for one in self.history()],
                         [("fired", None), ("resolved", "disabled")])
        self.assertEqual(len(recorder.all), 2)

    def test_a_label_that_is_not_understood_is_said_once_and_changes_nothing(self):
        recorder = self.make(Recorder)
        # The restart may take a slow engine a while: no end of the container, and no recovery.
        rules, away = [busy_rule(threshold=10, breaches=1, recoveries=60)], {"recreate_grace": "1m"}
        self.plimsoll = self.begin(rules, webhook(recorder), ["--web.enable-lifecycle"], **away)
        wrong = dict(labels(threshold="a lot", breaches="0", severty="critical", enabled="maybe"),
                     **{"plimsoll.alerts.NoSuchRule.threshold": "95"})
        ship = self.run_third("ship", wrong)
        alert, = recorder.wait_for(1, 15)[0].body["alerts"]
        self.assertEqual((alert["annotations"]["threshold"], alert["labels"]["severity"]), (">= 10 %", "warning"))
        self.assertEqual(self.reload(rules, webhook(recorder), group_wait="1s", **away), 200)
        self.engine.restart(ship)
        self.wait_for_load(self.identity("ship"), 4)
        said = [line for line in self.plimsoll.log().splitlines() if PREFIX + "ship" in line and "level=warn" in line]
        for label, value in wrong.items():
            lines = [line for line in said if "%s=%s: " % (label, value) in line]
            self.assertEqual(len(lines), 1, "%s in %s" % (label, said))
        self.assertEqual(len(said), len(wrong), said)
        self.assertEqual([(one["kind"], one["threshold"]) for one in self.history()], [("fired", 10)])
        self.assertEqual(len(recorder.all), 1)
