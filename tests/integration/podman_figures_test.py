"""Podman: figures, with its service's socket and without."""
import unittest

import figures
from rig.plimsoll import collector_config
from rig.podman import Podman


class PodmanFigures(figures.Figures):
    @classmethod
    def new_engine(cls):
        return Podman()

    def config(self, engine):
        return collector_config(["podman"], podman=engine)


class PodmanFiguresWithoutSocket(PodmanFigures):
    def config(self, engine):
        return collector_config(["podman"], podman=engine, with_socket=False)


if __name__ == "__main__":
    unittest.main()
