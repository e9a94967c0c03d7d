"""The JSON API of the running program, held to its own description."""
import json
import unittest

from openapi_walk import Walk
from rig import kernel
from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.plimsoll import Plimsoll, collector_config
from rig.program import wait_until
from rig.workload import BURN


class ApiTest(IntegrationCase):
    def begin(self, *options):
        self.engine = self.make(lambda: DockerEngine("/%sdocker" % PREFIX))
        self.engine.run(PREFIX + "web", ["sh", "-c", "while :; do :; done"], Memory=64 << 20,
                        labels={"com.docker.compose.project": "shop", "com.docker.compose.service": "web",
                                "com.docker.compose.container-number": "1"})
        self.plimsoll = self.make(Plimsoll, collector_config(["docker"], docker=self.engine), options=options)

    def ask(self, path):
        status, _, body = self.plimsoll.get(path)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def container(self, name, state="running"):
        found = self.ask("/api/v1/containers?state=" + state)["containers"]
        return next((one for one in found if one["name"] == PREFIX + name), None)

    def wait_for_web(self):
        wait_until(lambda: self.plimsoll.get("/api/v1/containers")[0] != 503, 20, "the first reading")
        wait_until(lambda: self.container("web"), 20, "the container in the list")
        # Two beats make a rate.
        return wait_until(lambda: self.is_measured(self.container("web")), 20, "its figures")

    @staticmethod
    def is_measured(container):
        return container if container and container["current"]["cpu_percent"] is not None else None

    def test_every_path_answers_as_described(self):
        self.begin("--web.enable-admin-api")
        web = self.wait_for_web()
        walk = Walk(self.plimsoll.port, [web["id"]])
        self.assertEqual(walk.walk(), [])
        self.assertIn("resource.snapshot", walk.events)
        self.assertIn(200, walk.seen["PUT /api/v1/containers/%d/resources/alerts" % web["id"]])

    def test_changes_need_the_admin_api(self):
        self.begin()
        web = self.wait_for_web()
        walk = Walk(self.plimsoll.port, [web["id"]])
        self.assertEqual(walk.walk(), [])
        self.assertEqual(walk.seen["PUT /api/v1/containers/%d/resources/alerts" % web["id"]], {403})

    def test_live_figures_and_history_are_the_containers(self):
        self.begin()
        web = self.wait_for_web()
        self.assertEqual((web["key"], web["runtime"], web["state"]), ("compose:shop/web/1", "docker", "running"))
        self.assertEqual(web["current"]["mem_limit"], 64 << 20)
        wait_until(lambda: (self.container("web")["current"]["cpu_percent"] or 0) > 20, 20, "its load")
        path = "/api/v1/containers/%d/resources/" % web["id"]
        points = wait_until(lambda: self.points(path, 3), 20, "three readings in the history, one of them with the load")
        self.assertEqual({point["mem_limit"] for point in points}, {64 << 20})
        live = self.ask("/api/v1/resources/top?metric=cpu&period=live&limit=100")["consumers"]
        self.assertIn(web["id"], [one["container_id"] for one in live])
        hour = self.ask("/api/v1/resources/top?metric=cpu&period=1h&limit=100")["consumers"]
        self.assertIn(web["id"], [one["container_id"] for one in hour])

    def test_a_throttled_container_shows_its_limit_and_its_pressure(self):
        self.begin()
        third = self.engine.run(PREFIX + "third", BURN, NanoCpus=300_000_000)
        self.wait_for_web()
        self.assertIsNone(self.container("web")["current"]["cpu_limit_percent"])
        cgroup = kernel.Cgroup(self.engine.pid(third))
        tells = cgroup.pressure_total("cpu") is not None

        def current_of_third():
            return (self.container("third") or {}).get("current") or {}

        def waiting():
            current = current_of_third()
            # It runs three tenths of the time at most, and wants to always. How often its quota ends depends on how
            # much of it a busy host lets it have.
            waits = (current.get("cpu_pressure_percent") or 0) > 50 or not tells
            return current if current.get("throttled_percent") is not None and waits else None
        current = wait_until(waiting, 20, lambda: "a container that waits for its quota: %s" % current_of_third())
        self.assertEqual(current["cpu_limit_percent"], 30)
        for resource, name in (("cpu", "cpu"), ("memory", "mem"), ("io", "io")):
            self.assertEqual(current[name + "_pressure_percent"] is None, cgroup.pressure_total(resource) is None, name)

    def points(self, path, least):
        points = self.ask(path + "history?range=1h")["points"]
        return points if len(points) >= least and max(point["cpu_percent"] or 0 for point in points) > 20 else None


if __name__ == "__main__":
    unittest.main()
