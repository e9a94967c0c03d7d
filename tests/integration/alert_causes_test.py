"""What a real engine's containers go through: restart loops, absence, removal, pauses."""
from alert_case import BURN, SLEEP, HeardCase, busy_rule, rule, webhook
from rig import kernel
from rig.case import PREFIX
from rig.program import wait_until

# Keeps 8 MiB of shared memory in use.
HOLD = ["sh", "-c", "dd if=/dev/zero of=/dev/shm/cargo bs=1M count=8; exec sleep 1000000"]


class AlertCausesTest(HeardCase):
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

    def test_what_should_run_and_does_not_is_absent_until_it_runs_again(self):
        rules = [rule("Gone", "absent", match={"name": PREFIX + "db"})]
        self.watch(*rules, options=["--web.enable-lifecycle"], recreate_grace="1m")
        ship = self.engine.run(PREFIX + "db", SLEEP)
        self.plimsoll.wait_for(lambda s: PREFIX + "db" in s.names(), "it is seen")
        # Away for less than the grace time, however long the engine takes; the shorter one ends while it is there.
        self.engine.restart(ship)
        self.plimsoll.next_beat(2)
        self.assertEqual(self.reload(rules, webhook(self.recorder), recreate_grace="4s"), 200)
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

    def test_an_alert_ends_with_its_container_after_the_grace_time(self):
        rules = [busy_rule(breaches=1, threshold=10)]
        self.watch(*rules, options=["--web.enable-lifecycle"], recreate_grace="1h")
        container = self.engine.run(PREFIX + "burner", BURN)
        self.told(1, 15)
        self.engine.remove(container)
        self.plimsoll.wait_for(lambda s: not s.find("plimsoll_container_info", name=PREFIX + "burner"), "it is gone")
        self.plimsoll.next_beat(4)
        shown, = self.ask("/api/v1/alerts")["alerts"]
        self.assertEqual((shown["state"], shown["container_name"]), ("firing", PREFIX + "burner"))
        self.assertEqual(self.happened(), [("fired", "Busy", None)])
        self.assertEqual(self.reload(rules, webhook(self.recorder), recreate_grace="1s"), 200)
        self.assertEqual(self.told(2, 15), [(status, "Busy", PREFIX + "burner") for status in ("firing", "resolved")])
        self.plimsoll.next_beat(2)
        fired, resolved = self.history()
        self.assertEqual((resolved["kind"], resolved["reason"]), ("resolved", "stopped"))
        self.assertEqual(fired["alert_id"], resolved["alert_id"])
        self.assertEqual(self.ask("/api/v1/alerts")["alerts"], [])
        self.assertEqual(len(self.recorder.all), 2)

    def test_a_paused_container_neither_alerts_nor_recovers(self):
        """It uses no CPU and is not gone; the memory that it holds stays in use."""
        holder = self.engine.run(PREFIX + "holder", HOLD)
        # What it uses to begin with, a slow machine may need all of a short time for.
        wait_until(lambda: kernel.read("/proc/%d/comm" % self.engine.pid(holder)) == "sleep\n", 20, "it rests")
        self.watch(rule("Full", "memory_used_bytes", threshold=6 << 20), rule("Loop", "restarts", threshold=1),
                   rule("Died", "exit_code", op=">", threshold=0), busy_rule(breaches=1, threshold=60),
                   rule("Gone", "absent", breaches=1, match={"name": PREFIX + "holder"}))
        self.assertEqual(self.told(1, 20), [("firing", "Full", PREFIX + "holder")])
        self.pause_a_while(holder)
        self.plimsoll.next_beat(3)
        self.assertEqual(self.happened(), [("fired", "Full", None)])
        shown, = self.ask("/api/v1/alerts")["alerts"]
        self.assertEqual((shown["state"], shown["container_name"]), ("firing", PREFIX + "holder"))
        self.assertEqual(len(self.recorder.all), 1)
