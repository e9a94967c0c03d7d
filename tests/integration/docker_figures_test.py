"""Docker: figures, with the engine's socket and without."""
import unittest

import figures
from rig.case import PREFIX
from rig.docker import DockerEngine
from rig.plimsoll import collector_config
from rig.program import wait_until


class DockerFigures(figures.Figures):
    has_socket = True

    @classmethod
    def new_engine(cls):
        return DockerEngine("/%sdocker" % PREFIX)

    def config(self, engine):
        return collector_config(["docker"], docker=engine, with_socket=self.has_socket)

    def test_a_health_check_that_passes(self):
        """Docker 25 and later do not write it down: their files go on saying "starting"."""
        container = self.engine.run(self.name("checked"), figures.SLEEP,
                                    healthcheck={"Test": ["CMD-SHELL", "true"], "Interval": 1_000_000_000})
        self.observe()
        self.wait_for_container("checked")
        wait_until(lambda: self.engine.inspect(container)["State"]["Health"]["Status"] == "healthy", 20, "it passes")
        version = self.engine.api.call("GET", "/version")["Version"]
        if self.has_socket or int(version.split(".")[0]) < 25:
            self.plimsoll.wait_for(lambda s: s.value("container_health_state", name=self.name("checked")) == 1, "healthy")
        else:
            self.assertIsNone(self.plimsoll.next_beat().value("container_health_state", name=self.name("checked")))


class DockerFiguresWithoutSocket(DockerFigures):
    has_socket = False


if __name__ == "__main__":
    unittest.main()
