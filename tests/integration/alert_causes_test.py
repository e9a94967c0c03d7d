"""What a real engine's containers go through: restart loops, failing health checks, absence, removal, pauses."""
import datetime
import os

from alert_case import BURN, SLEEP, AlertCase, busy_rule, rule, webhook
from rig.case import PREFIX
from rig.program import wait_until
from rig.recorder import Recorder

SECOND = 1_000_000_000
# Keeps 8 MiB of shared memory in use.
HOLD = ["sh", "-c", "dd if=/dev/zero of=/dev/shm/cargo bs=1M count=8; exec sleep 1000000"]


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class AlertCausesTest(AlertCase):
    def setUp(self):
        super().setUp()
        self.recorder = self.make(Recorder)
        self.signals = self.folder + "/signals"
        os.mkdir(self.signals)

    def watch(self, *rules, options=(), **alerting):
        self.plimsoll = self.begin(list(rules), webhook(self.recorder), options, **alerting)

    def signal(self, name):
        """Containers that bind the folder see a file appear."""
        with open(self.signals + "/" + name, "w"):
            pass

    def quench(self, name):
        os.unlink(self.signals + "/" + name)

    def told(self, count, seconds):
        """(status, rule, container) of each alert in the first messages; one alert a message here."""
        bodies = [one.body for one in self.recorder.wait_for(count, seconds)]
        return [(body["status"], alert["labels"]["alertname"], alert["labels"].get("name"))
                for body in bodies for alert in body["alerts"]]

    def happened(self):
        return [(one["kind"], one["rule"], one["reason"]) for one in self.history()]

    def run_checked(self, text, **settings):
        """A container that is healthy until "sick" is signalled."""
        check = {"Test": ["CMD-SHELL", "test ! -e /signals/sick"], "Interval": SECOND, "Timeout": 20 * SECOND,
                 "Retries": 1}
        return self.engine.run(PREFIX + text, SLEEP, healthcheck=check, Binds=[self.signals + ":/signals"], **settings)

    def health(self, container):
        return self.engine.inspect(container)["State"]["Health"]["Status"]

    def wait_for_health(self, container, status):
        wait_until(lambda: self.health(container) == status, 15, lambda: "%s: %s" % (status, self.health(container)))

    def test_a_restart_loop_fires_and_ends_once_the_container_stays_up(self):
        self.watch(rule("Loop", "restarts", threshold=3, window="10s", severity="critical"))
        self.engine.run(PREFIX + "limper", ["sh", "-c", "test -e /signals/well && exec sleep 1000000; exit 3"],
                        Binds=[self.signals + ":/signals"], RestartPolicy={"Name": "always"})
        self.assertEqual(self.told(1, 20), [("firing", "Loop", PREFIX + "limper")])
        self.signal("well")
        self.assertEqual(self.told(2, 40)[1], ("resolved", "Loop", PREFIX + "limper"))
        self.plimsoll.next_beat(2)
        fired, resolved = self.history()
        self.assertEqual((fired["kind"], resolved["kind"], resolved["reason"]), ("fired", "resolved", "recovered"))
        self.assertEqual(fired["alert_id"], resolved["alert_id"])
        self.assertGreaterEqual(fired["value"], 3)
        self.assertLess(resolved["value"], 3)
        self.assertEqual({alert["startsAt"] for one in self.recorder.all for alert in one.body["alerts"]},
                         {self.recorder.all[0].body["alerts"][0]["startsAt"]})
        self.assertEqual(self.recorder.all[0].body["commonLabels"]["severity"], "critical")
        self.assertEqual(len(self.recorder.all), 2)
        self.assertEqual(self.ask("/api/v1/alerts")["alerts"], [])

    def test_a_failing_health_check_fires_and_ends_when_it_passes_again(self):
        self.watch(rule("Sick", "unhealthy"))
        # Neither one without a check nor one that is still starting is unhealthy.
        self.engine.run(PREFIX + "unchecked", SLEEP)
        ship = self.run_checked("ship")
        self.wait_for_health(ship, "healthy")
        self.plimsoll.next_beat(3)
        self.assertEqual(self.history(), [])
        self.signal("sick")
        self.assertEqual(self.told(1, 20), [("firing", "Sick", PREFIX + "ship")])
        self.assertEqual(self.health(ship), "unhealthy")
        self.quench("sick")
        self.assertEqual(self.told(2, 20)[1], ("resolved", "Sick", PREFIX + "ship"))
        self.assertEqual(self.health(ship), "healthy")
        self.plimsoll.next_beat(2)
        self.assertEqual(self.happened(), [("fired", "Sick", None), ("resolved", "Sick", "recovered")])
        self.assertEqual(len(self.recorder.all), 2)

    def test_what_should_run_and_does_not_is_absent_until_it_runs_again(self):
        self.watch(rule("Gone", "absent", match={"name": PREFIX + "db"}))
        ship = self.engine.run(PREFIX + "db", SLEEP)
        self.plimsoll.wait_for(lambda s: PREFIX + "db" in s.names(), "it is seen")
        # Away for less than the grace time.
        self.engine.restart(ship)
        self.plimsoll.next_beat(5)
        self.assertEqual(self.history(), [])
        self.engine.stop(ship, seconds=0)
        self.assertEqual(self.told(1, 20), [("firing", "Gone", PREFIX + "db")])
        shown, = self.ask("/api/v1/alerts")["alerts"]
        self.assertEqual((shown["state"], shown["metric"], shown["container_id"]), ("firing", "absent", None))
        self.engine.start(ship)
        self.assertEqual(self.told(2, 20)[1], ("resolved", "Gone", PREFIX + "db"))
        self.engine.remove(ship)
        self.assertEqual(self.told(3, 20)[2], ("firing", "Gone", PREFIX + "db"))
        # Another one under the name will do.
        self.engine.run(PREFIX + "db", SLEEP)
        self.assertEqual(self.told(4, 20)[3], ("resolved", "Gone", PREFIX + "db"))
        self.plimsoll.next_beat(2)
        self.assertEqual(self.happened(), [("fired", "Gone", None), ("resolved", "Gone", "recovered")] * 2)
        self.assertEqual(len({one["alert_id"] for one in self.history()}), 2)
        self.assertEqual(len(self.recorder.all), 4)

    def test_an_alert_ends_with_its_container(self):
        self.watch(busy_rule(breaches=1, threshold=10))
        container = self.engine.run(PREFIX + "burner", BURN)
        self.told(1, 15)
        self.engine.remove(container)
        self.assertEqual(self.told(2, 15), [(status, "Busy", PREFIX + "burner") for status in ("firing", "resolved")])
        fired, resolved = self.history()
        self.assertEqual((resolved["kind"], resolved["reason"]), ("resolved", "stopped"))
        self.assertEqual(fired["alert_id"], resolved["alert_id"])
        # Its last words are recorded after its end, and without gauges.
        past = self.ask("/api/v1/containers/%d/resources/history?range=1h" % fired["container_id"])["points"]
        alive = max(point["timestamp"] for point in past if point["mem_used"] is not None)
        self.assertGreaterEqual(moment(resolved["timestamp"]) - moment(alive), 2, "before the grace time was over")
        self.plimsoll.next_beat(2)
        self.assertEqual(self.ask("/api/v1/alerts")["alerts"], [])
        self.assertEqual(len(self.history()), 2)
        self.assertEqual(len(self.recorder.all), 2)

    def test_a_paused_container_neither_alerts_nor_recovers(self):
        """It uses no CPU and is not gone; the memory that it holds stays in use."""
        self.watch(rule("Full", "memory_used_bytes", threshold=6 << 20), rule("Loop", "restarts", threshold=1),
                   rule("Died", "exit_code", op=">", threshold=0), busy_rule(breaches=1, threshold=60),
                   rule("Gone", "absent", breaches=1, match={"name": PREFIX + "holder"}))
        holder = self.engine.run(PREFIX + "holder", HOLD)
        self.assertEqual(self.told(1, 20), [("firing", "Full", PREFIX + "holder")])
        self.pause_a_while(holder)
        self.plimsoll.next_beat(3)
        self.assertEqual(self.happened(), [("fired", "Full", None)])
        shown, = self.ask("/api/v1/alerts")["alerts"]
        self.assertEqual((shown["state"], shown["container_name"]), ("firing", PREFIX + "holder"))
        self.assertEqual(len(self.recorder.all), 1)

    def pause_a_while(self, container):
        """For longer than the grace time."""
        self.engine.pause(container)
        self.plimsoll.wait_for(lambda s: s.find("plimsoll_container_info", state="paused"), "it is paused")
        self.plimsoll.next_beat(5)
        self.engine.unpause(container)
        self.plimsoll.wait_for(lambda s: not s.find("plimsoll_container_info", state="paused"), "it goes on")
