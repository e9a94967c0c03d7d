"""Docker: what happens to containers, with the engine's socket and without."""
import unittest

import events
from rig.case import PREFIX
from rig.docker import DockerEngine
from rig.plimsoll import collector_config


class DockerEventsBySocket(events.RestartPolicy, events.DockerEvents):
    @classmethod
    def new_engine(cls):
        return DockerEngine("/%sdocker" % PREFIX)

    def config(self, engine):
        return collector_config(["docker"], docker=engine)


class DockerEventsWithoutSocket(DockerEventsBySocket):
    def config(self, engine):
        return collector_config(["docker"], docker=engine, with_socket=False)


if __name__ == "__main__":
    unittest.main()
