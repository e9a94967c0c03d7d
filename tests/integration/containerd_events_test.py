"""containerd: what happens to containers, from its task directories."""
import unittest

import events
from rig.containerd import Containerd
from rig.plimsoll import collector_config


class ContainerdEvents(events.Events):
    knows_pause = False
    clears_away = False

    @classmethod
    def new_engine(cls):
        return Containerd()

    def config(self, engine):
        return collector_config(["containerd"], containerd=engine)


if __name__ == "__main__":
    unittest.main()
