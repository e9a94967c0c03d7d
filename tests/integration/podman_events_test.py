"""Podman: what happens to containers, with its service's socket and without."""
import unittest

import events
from rig.plimsoll import collector_config
from rig.podman import Podman


class PodmanEventsBySocket(events.DockerEvents):
    @classmethod
    def new_engine(cls):
        return Podman()

    def config(self, engine):
        return collector_config(["podman"], podman=engine)


class PodmanEventsWithoutSocket(PodmanEventsBySocket):
    def config(self, engine):
        return collector_config(["podman"], podman=engine, with_socket=False)


if __name__ == "__main__":
    unittest.main()
