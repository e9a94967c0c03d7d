"""What tests of alerts share: an engine, a program with rules and receivers, and what it says of itself."""
import http.client
import json
import os

from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.plimsoll import Plimsoll, collector_config
from rig.program import remove_tree, temporary_directory, wait_until
from rig.recorder import Recorder

BURN = ["sh", "-c", "while :; do :; done"]
SLEEP = ["sleep", "1000000"]
BUSY = 10  # percent


def rule(name, metric, **settings):
    return dict({"name": name, "metric": metric, "match": {"name": PREFIX + "*"}, "receivers": ["ops"]}, **settings)


def busy_rule(**settings):
    """A burner gets as much of a core even from a host that has little to give."""
    return rule(**dict({"name": "Busy", "metric": "cpu_percent", "op": ">=", "threshold": BUSY, "breaches": 3,
                        "recoveries": 2}, **settings))


def webhook(recorder):
    return [{"name": "ops", "type": "webhook", "url": recorder.url}]


class AlertCase(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = cls.share(lambda: DockerEngine("/%salerts" % PREFIX))

    def setUp(self):
        self.addCleanup(self.engine.clear)
        self.folder = temporary_directory("alerts")
        self.addCleanup(remove_tree, self.folder)

    def config(self, rules, receivers, **alerting):
        config = collector_config(["docker"], docker=self.engine)
        config["alerting"] = dict({"group_wait": "0s", "recreate_grace": "2s", "rules": rules,
                                   "receivers": receivers}, **alerting)
        return config

    def begin(self, rules, receivers, options=(), **alerting):
        return self.make(Plimsoll, self.config(rules, receivers, **alerting),
                         ["--storage.path=%s/plimsoll.db" % self.folder, *options])

    def reload(self, rules, receivers, **alerting):
        """The answer to another configuration; wants --web.enable-lifecycle."""
        self.plimsoll.write_config(self.config(rules, receivers, **alerting))
        return self.plimsoll.get("/-/reload", method="POST")[0]

    def die_and_return(self):
        """kill -9, and the same program on the same files."""
        self.plimsoll.program.process.kill()
        self.plimsoll.program.process.wait()
        self.plimsoll.program.start()
        wait_until(self.plimsoll._ready, 20, "it is back")

    def ask(self, path):
        status, _, body = self.plimsoll.get(path)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def change(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.plimsoll.port, timeout=10)
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        self.assertIn(answer.status, (200, 201), told)
        return json.loads(told)

    def history(self):
        """Every transition, oldest first."""
        return self.ask("/api/v1/alerts/history?limit=1000")["transitions"][::-1]

    def points(self, container):
        found = self.ask("/api/v1/containers/%d/resources/history?range=1h" % container)["points"]
        return [(point["timestamp"], point["cpu_percent"]) for point in found if point["cpu_percent"] is not None]


class HeardCase(AlertCase):
    """One receiver hears everything, and containers that bind `signals` see what the test puts there."""

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

    def pause_a_while(self, container, before_it_goes_on=lambda: None):
        """For longer than the grace time."""
        self.engine.pause(container)
        self.plimsoll.wait_for(lambda s: s.find("plimsoll_container_info", state="paused"), "it is paused")
        self.plimsoll.next_beat(5)
        before_it_goes_on()
        self.engine.unpause(container)
        self.plimsoll.wait_for(lambda s: not s.find("plimsoll_container_info", state="paused"), "it goes on")
