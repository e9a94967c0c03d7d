"""containerd 2: figures and events, read from disk alone."""
import unittest

import containerd_events_test
import containerd_figures_test
from rig import release_tree
from rig.case import only
from rig.containerd import Containerd


class Containerd2:
    @classmethod
    def new_engine(cls):
        return Containerd(programs=cls.share(release_tree.engines))


@only("test_identity_and_limits", "test_pod", "test_it_is_the_second",
      "test_pod_network_is_the_sandboxs")
class Containerd2Figures(Containerd2, containerd_figures_test.ContainerdFigures):
    def test_it_is_the_second(self):
        self.assertRegex(self.engine.call("version"), r"Version: +2\.")


@only("test_a_container_of_200_ms_is_seen", "test_engine_killed_and_started_again", "test_start_and_stop")
class Containerd2Events(Containerd2, containerd_events_test.ContainerdEvents):
    pass


if __name__ == "__main__":
    unittest.main()
