"""Who is told of what while a maintenance window or a silence covers a real container's alert, and afterwards."""
import datetime

from alert_case import BURN, AlertCase, busy_rule, webhook
from rig.case import PREFIX
from rig.program import wait_until
from rig.recorder import Recorder

# Each container's alert in messages of its own: those of a group tell what else of it fires.
APART = {"group_by": ["rule", "name"]}
OPTIONS = ("--web.enable-lifecycle", "--web.enable-admin-api")


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def window_around_now(name, container):
    """An hour to either side of now, for this container's alerts."""
    hour = datetime.timedelta(hours=1)
    return {"name": name, "from": (now() - hour).strftime("%H:%M"), "to": (now() + hour).strftime("%H:%M"),
            "matchers": ['name="%s"' % (PREFIX + container)]}


class MaintenanceTest(AlertCase):
    def setUp(self):
        super().setUp()
        self.recorder = self.make(Recorder)
        self.rules = [busy_rule(breaches=1)]

    def watch(self, *windows):
        self.plimsoll = self.begin(self.rules, webhook(self.recorder), OPTIONS, maintenance=list(windows), **APART)

    def maintain(self, *windows):
        self.assertEqual(self.reload(self.rules, webhook(self.recorder), maintenance=list(windows), **APART), 200)

    def burn(self, text):
        return self.engine.run(PREFIX + text, BURN)

    def of(self, text):
        return [one for one in self.history() if one["container_name"] == PREFIX + text]

    def wait_for_transitions(self, text, count):
        return wait_until(lambda: len(self.of(text)) >= count and self.of(text), 15,
                          lambda: "%d transitions of %s: %s" % (count, text, self.of(text)))

    def told(self, text):
        """(status, startsAt) of every alert of this container that the receiver took, in order."""
        return [(alert["status"], alert["startsAt"]) for one in self.recorder.taken() for alert in one.body["alerts"]
                if alert["labels"]["name"] == PREFIX + text]

    def wait_until_told(self, text, count, seconds=20):
        return wait_until(lambda: len(self.told(text)) >= count and self.told(text), seconds,
                          lambda: "%d told of %s: %s" % (count, text, self.told(text)))

    def held_by(self):
        return [one["held_by"] for one in self.ask("/api/v1/notifications")["notifications"]]

    def wait_until_held_by(self, *names):
        """A message that nobody holds is in this list, too, for a moment: from its transition until it was taken."""
        wait_until(lambda: self.held_by() == list(names), 20, lambda: "held by %s: %s" % (names, self.held_by()))

    def test_an_alert_of_a_maintenance_window_is_told_when_that_ends(self):
        self.watch(window_around_now("docking", "docked"))
        docked = self.burn("docked")
        self.burn("sailing")
        fired, = self.wait_for_transitions("docked", 1)
        self.assertEqual((fired["kind"], fired["silenced_by"]), ("fired", "maintenance docking"))
        shown, = [one for one in self.ask("/api/v1/alerts")["alerts"] if one["container_name"] == PREFIX + "docked"]
        self.assertEqual((shown["state"], shown["silenced_by"]), ("firing", "maintenance docking"))
        # Nobody else's alert waits for it.
        self.wait_until_told("sailing", 1)
        self.wait_until_held_by("maintenance docking")
        silenced = self.plimsoll.scrape().value("plimsoll_notifications_total", receiver="ops", outcome="silenced")
        self.assertEqual(silenced, 1)
        # The window, and what it holds back, outlive the program.
        self.die_and_return()
        self.plimsoll.next_beat(3)
        self.assertEqual(self.held_by(), ["maintenance docking"])
        self.assertEqual(self.told("docked"), [])

        self.maintain()
        self.assertEqual(self.wait_until_told("docked", 1), [("firing", fired["fired_at"])])
        self.wait_until_held_by()
        self.engine.pause(docked)
        self.assertEqual(self.wait_until_told("docked", 2, 15), [(status, fired["fired_at"])
                                                                 for status in ("firing", "resolved")])
        self.plimsoll.next_beat(2)
        self.assertEqual([(one["kind"], one["reason"], one["silenced_by"]) for one in self.of("docked")],
                         [("fired", None, "maintenance docking"), ("resolved", "recovered", None)])
        self.assertEqual(len(self.told("docked")), 2)
        self.assertEqual(len(self.of("sailing")), 1)
        self.assertEqual([status for status, _ in self.told("sailing")], ["firing"])

    def test_what_came_and_went_within_a_window_is_in_the_history_alone(self):
        self.watch(window_around_now("docking", "docked"))
        docked = self.burn("docked")
        self.wait_for_transitions("docked", 1)
        self.engine.pause(docked)
        fired, resolved = self.wait_for_transitions("docked", 2)
        self.assertEqual((fired["kind"], resolved["kind"]), ("fired", "resolved"))
        self.assertEqual((fired["silenced_by"], resolved["silenced_by"]), ("maintenance docking",) * 2)
        self.wait_until_held_by()
        self.maintain()
        # What it does after the window is told, and nothing of what was before.
        self.engine.unpause(docked)
        again = self.wait_for_transitions("docked", 3)[2]
        self.assertEqual((again["kind"], again["silenced_by"]), ("fired", None))
        self.assertEqual(self.wait_until_told("docked", 1), [("firing", again["fired_at"])])
        self.assertEqual(len(self.recorder.all), 1)

    def test_who_was_told_before_a_window_hears_of_the_end_within_it(self):
        self.watch()
        docked = self.burn("docked")
        (status, started), = self.wait_until_told("docked", 1, 15)
        self.assertEqual(status, "firing")
        self.maintain(window_around_now("docking", "docked"))
        self.engine.pause(docked)
        self.assertEqual(self.wait_until_told("docked", 2, 15)[1], ("resolved", started))
        self.assertEqual([(one["kind"], one["silenced_by"]) for one in self.of("docked")],
                         [("fired", None), ("resolved", "maintenance docking")])
        self.assertEqual(len(self.recorder.all), 2)

    def test_a_silence_that_runs_out_lets_go(self):
        self.watch()
        for_ever = self.silence(now() + datetime.timedelta(days=1))
        self.burn("docked")
        fired, = self.wait_for_transitions("docked", 1)
        self.assertEqual(fired["silenced_by"], "silence %d" % for_ever)
        ends = now() + datetime.timedelta(seconds=15)  # what is asked before that may take a slow disk a while
        short = self.silence(ends)
        self.change("DELETE", "/api/v1/silences/%d" % for_ever)
        shown, = self.ask("/api/v1/alerts")["alerts"]
        self.assertEqual(shown["silenced_by"], "silence %d" % short)
        self.assertEqual(self.recorder.all, [])
        self.assertEqual(self.wait_until_told("docked", 1, 40), [("firing", fired["fired_at"])])
        self.assertGreaterEqual(self.recorder.all[0].at, ends.timestamp() - 0.001)
        self.assertEqual([one["state"] for one in self.ask("/api/v1/silences")["silences"]], ["expired"])
        self.plimsoll.next_beat(2)
        self.assertEqual(len(self.recorder.all), 1)
        self.assertEqual([one["kind"] for one in self.history()], ["fired"])

    def silence(self, ends):
        made = self.change("POST", "/api/v1/silences", {
            "matchers": [{"name": "name", "value": PREFIX + "docked"}], "comment": "in dock",
            "ends_at": ends.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"})
        return made["id"]
