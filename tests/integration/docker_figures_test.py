"""Docker: figures, with the engine's socket and without."""
import unittest

import figures
from rig.docker import DockerEngine
from rig.plimsoll import collector_config
from rig.case import PREFIX


class DockerFigures(figures.Figures):
    @classmethod
    def new_engine(cls):
        return DockerEngine("/%sdocker" % PREFIX)

    def config(self, engine):
        return collector_config(["docker"], docker=engine)


class DockerFiguresWithoutSocket(DockerFigures):
    def config(self, engine):
        return collector_config(["docker"], docker=engine, with_socket=False)


if __name__ == "__main__":
    unittest.main()
