"""Docker's health checks as alerts: what a check found fires, and nothing else does."""
from alert_case import SLEEP, HeardCase, rule
from rig.case import PREFIX
from rig.program import wait_until

SECOND = 1_000_000_000


class AlertHealthTest(HeardCase):
    def run_checked(self, text, seconds=1):
        """A container that is healthy until "sick" is signalled; checked every few seconds."""
        check = {"Test": ["CMD-SHELL", "test ! -e /signals/sick"], "Interval": seconds * SECOND,
                 "Timeout": 20 * SECOND, "Retries": 1}
        return self.engine.run(PREFIX + text, SLEEP, healthcheck=check, Binds=[self.signals + ":/signals"])

    def health(self, container):
        return self.engine.inspect(container)["State"]["Health"]["Status"]

    def wait_for_health(self, container, status):
        wait_until(lambda: self.health(container) == status, 30, lambda: "%s: %s" % (status, self.health(container)))

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

    def test_a_container_that_nobody_checks_while_it_is_paused_is_not_unhealthy(self):
        """Docker calls it so from the pause on, until the first check after it."""
        self.watch(rule("Sick", "unhealthy", breaches=1, recoveries=1))
        ship = self.run_checked("ship", seconds=4)
        self.wait_for_health(ship, "healthy")
        self.pause_a_while(ship, lambda: self.assertEqual(self.health(ship), "unhealthy"))
        self.plimsoll.next_beat(2)
        self.wait_for_health(ship, "healthy")
        self.plimsoll.next_beat()
        self.assertEqual(self.history(), [])
        # A pause ends no alert either.
        self.signal("sick")
        self.assertEqual(self.told(1, 20), [("firing", "Sick", PREFIX + "ship")])
        self.pause_a_while(ship)
        self.assertEqual(self.happened(), [("fired", "Sick", None)])
        self.quench("sick")
        self.assertEqual(self.told(2, 20)[1], ("resolved", "Sick", PREFIX + "ship"))
        self.assertEqual(len(self.recorder.all), 2)
