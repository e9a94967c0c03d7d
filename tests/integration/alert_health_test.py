"""Docker's health checks as alerts: what a check found fires, and nothing else does."""
from alert_case import SLEEP, HeardCase, rule
from rig.case import PREFIX
from rig.program import wait_until

SECOND = 1_000_000_000


class AlertHealthTest(HeardCase):
    def run_checked(self, text):
        """A container that is healthy until "sick" is signalled."""
        check = {"Test": ["CMD-SHELL", "test ! -e /signals/sick"], "Interval": SECOND, "Timeout": 20 * SECOND,
                 "Retries": 1}
        return self.engine.run(PREFIX + text, SLEEP, healthcheck=check, Binds=[self.signals + ":/signals"])

    def health(self, container):
        return self.engine.inspect(container)["State"]["Health"]["Status"]

    def wait_for_health(self, container, status):
        wait_until(lambda: self.health(container) == status, 15, lambda: "%s: %s" % (status, self.health(container)))

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
