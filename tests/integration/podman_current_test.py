"""Podman 5, which keeps its containers in SQLite: figures and events, with its service's socket and without."""
import os
import unittest

import podman_events_test
import podman_figures_test
from rig import release_tree
from rig.case import only
from rig.podman import Podman


class Podman5:
    @classmethod
    def new_engine(cls):
        return Podman(programs=cls.share(release_tree.engines))


@only("test_identity_and_limits", "test_its_database_is_the_new_one", "test_memory_of_a_quiet_container")
class Podman5FiguresWithoutSocket(Podman5, podman_figures_test.PodmanFiguresWithoutSocket):
    def test_its_database_is_the_new_one(self):
        self.assertTrue(os.path.isfile(self.engine.storage_root + "/db.sql"))
        self.assertFalse(os.path.exists(self.engine.storage_root + "/libpod/bolt_state.db"))
        self.assertRegex(self.engine.call("version"), r"Version: +5\.")


@only("test_identity_and_limits")
class Podman5FiguresBySocket(Podman5, podman_figures_test.PodmanFigures):
    """All others come from the kernel, whoever tells of the container."""


@only("test_a_container_of_200_ms_is_seen", "test_a_container_that_dies_of_it_is_counted",
      "test_engine_killed_and_started_again", "test_pause", "test_recreated_under_the_same_name", "test_rename",
      "test_restart", "test_start_and_stop")
class Podman5EventsWithoutSocket(Podman5, podman_events_test.PodmanEventsWithoutSocket):
    pass


@only("test_engine_killed_and_started_again", "test_pause", "test_rename", "test_start_and_stop")
class Podman5EventsBySocket(Podman5, podman_events_test.PodmanEventsBySocket):
    """Those in which the engine has the word."""


if __name__ == "__main__":
    unittest.main()
