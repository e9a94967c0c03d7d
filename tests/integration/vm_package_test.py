"""The Debian package on a machine with systemd as PID 1: installed, started, scraped, reloaded, hung, removed, purged."""
import glob
import os
import unittest

import guest_case
from rig.program import Missing, remove_tree, require, run, temporary_directory

CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE = 1 << 2, 1 << 19


class Package(guest_case.GuestCase):
    script = "package.py"
    init = "systemd"

    @classmethod
    def bring(cls, program):
        require("dpkg", "dpkg-shlibdeps", "crun")
        build = os.path.dirname(program)
        if not os.path.exists(build + "/CPackConfig.cmake"):
            raise Missing("no CPackConfig.cmake beside the binary: it was not built by this repository's CMake")
        folder = temporary_directory("package")
        cls.addClassCleanup(remove_tree, folder)
        run([require("cpack"), "-G", "DEB", "--config", build + "/CPackConfig.cmake", "-B", folder], timeout=120, cwd=build)
        (package,) = glob.glob(folder + "/*.deb")
        return [package], [folder]

    def test_starts_by_itself_and_tells_systemd_that_it_is_ready(self):
        started = self.result["started"]
        self.assertEqual((started["Type"], started["ActiveState"], started["SubState"]), ("notify", "active", "running"))
        self.assertEqual((started["UnitFileState"], started["NRestarts"]), ("enabled", "0"))
        self.assertEqual(started["StatusText"], "Serving on 127.0.0.1:9797")
        self.assertEqual(started["WatchdogUSec"], "30s")

    def test_runs_as_its_own_user_with_two_capabilities(self):
        process, uid = self.result["process"], self.result["user"]
        self.assertEqual(process["Uid"].split(), [str(uid)] * 4)
        self.assertNotEqual(uid, 0)
        for kind in ("CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(process[kind], 16), CAP_DAC_READ_SEARCH | CAP_SYS_PTRACE, kind)
        self.assertEqual((process["NoNewPrivs"], process["Seccomp"]), ("1", "2"))

    def test_sees_a_container_whose_state_root_alone_may_read(self):
        self.assertEqual(self.only({"ours": self.result["lone"]}, "container_spec_memory_limit_bytes"), 32 << 20)
        self.assertGreater(self.only({"ours": self.result["lone"]}, "container_memory_usage_bytes"), 0)
        self.assertGreater(self.only({"ours": self.result["itself"]}, "container_memory_usage_bytes"), 0)
        self.assertEqual(self.result["errors"], {"plimsoll_parse_errors_total": 0, "plimsoll_read_errors_total": 0})

    def test_history_is_its_own(self):
        self.assertEqual(self.result["folder"], ["plimsoll", "0o750"])
        self.assertEqual(self.result["database"], ["plimsoll", "0o600"])

    def test_a_faulty_configuration_leaves_the_service_active(self):
        self.assertEqual(self.result["faulty reload"], {"ActiveState": "active", "SubState": "running"})

    def test_the_watchdog_is_fed_and_bites_when_it_hangs(self):
        self.assertEqual(self.result["watchdog"], {"restarts before": "0", "new": True})

    def test_logs_no_error_but_the_refused_configuration(self):
        errors = [line for line in self.result["log"].splitlines() if "level=error" in line or "level=warn" in line]
        self.assertEqual([line for line in errors if "not reloaded" not in line], [])

    def test_removal_stops_it_and_keeps_what_people_wrote(self):
        removed = self.result["removed"]
        self.assertIn(removed.pop("ActiveState"), ("inactive",))
        self.assertIn(removed.pop("LoadState"), ("not-found", "masked"))
        self.assertEqual(removed, {"program": False, "config": True, "history": True})

    def test_purge_takes_all(self):
        self.assertEqual(self.result["purged"], {"config": False, "history": False})


if __name__ == "__main__":
    unittest.main()
