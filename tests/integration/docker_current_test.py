"""Docker 29 with its images in containerd's store: figures and events, with the engine's socket and without."""
import json
import os
import subprocess
import unittest

import docker_events_test
import docker_figures_test
from rig import release_tree
from rig.case import PREFIX, IntegrationCase, only
from rig.docker import DockerEngine
from rig.plimsoll import Plimsoll, binary, collector_config
from rig.program import wait_until


class Docker29:
    @classmethod
    def new_engine(cls, *options):
        return DockerEngine("/%sdocker" % PREFIX, options, programs=cls.share(release_tree.engines))


class Docker29FiguresWithoutSocket(Docker29, docker_figures_test.DockerFiguresWithoutSocket):
    pass


@only("test_a_health_check_that_passes", "test_identity_and_limits")
class Docker29FiguresBySocket(Docker29, docker_figures_test.DockerFigures):
    """All others come from the kernel, whoever tells of the container."""


@only("test_a_container_of_200_ms_is_seen", "test_a_container_that_dies_of_it_is_counted",
      "test_engine_killed_and_started_again", "test_kills_are_counted_across_restarts", "test_pause",
      "test_recreated_under_the_same_name", "test_rename", "test_restart", "test_restarts_are_counted",
      "test_start_and_stop")
class Docker29EventsWithoutSocket(Docker29, docker_events_test.DockerEventsWithoutSocket):
    pass


@only("test_engine_killed_and_started_again", "test_kills_are_counted_across_restarts", "test_pause", "test_rename",
      "test_start_and_stop")
class Docker29EventsBySocket(Docker29, docker_events_test.DockerEventsBySocket):
    """Those in which the engine has the word."""


class Docker29Api(Docker29, IntegrationCase):
    def test_its_newest_version_is_spoken_and_its_store_is_found(self):
        engine = self.enter(self.new_engine("--debug"))
        info, newest = engine.api.call("GET", "/info"), engine.api.call("GET", "/version")["ApiVersion"]
        self.assertRegex(info["ServerVersion"], r"^29\.")
        self.assertIn(["driver-type", "io.containerd.snapshotter.v1"], info["DriverStatus"])
        self.make(Plimsoll, collector_config(["docker"], docker=engine))
        wait_until(lambda: "/v%s/events" % newest in engine.program.log_text(), 20, "events are asked for")
        done = subprocess.run([binary(), "doctor", "--format=json"], stdout=subprocess.PIPE, timeout=60,
                              env=dict(os.environ, DOCKER_HOST="unix://" + engine.socket))
        said = {one["subject"]: one["said"] for one in json.loads(done.stdout)["findings"]}
        self.assertIn("Docker %s answers, API %s" % (info["ServerVersion"], newest), said["docker socket"])
        self.assertIn("lie in containerd's store", said["docker images"])


if __name__ == "__main__":
    unittest.main()
