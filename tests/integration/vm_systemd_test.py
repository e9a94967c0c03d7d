"""systemd as PID 1: the scopes that Docker, Podman, a kubelet's containerd and nspawn really make."""
import unittest

import guest_case
from rig.workload import POD_UID


class SystemdScopes(guest_case.GuestCase):
    script = "systemd.py"
    init = "systemd"

    def test_docker_scope(self):
        entry = self.result["record"]["web"]
        self.assertRegex(entry["path"], r"^/system\.slice/docker-[0-9a-f]{64}\.scope$")
        self.check(entry, "docker", 64 << 20, 50)

    def test_podman_scope(self):
        entry = self.result["record"]["pod"]
        self.assertRegex(entry["path"], r"^/machine\.slice/libpod-[0-9a-f]{64}\.scope/container$")
        self.check(entry, "podman", 48 << 20, 25)

    def check(self, entry, runtime, memory, percent):
        labels = entry["ours"]["container_memory_usage_bytes"][0][0]
        self.assertIn("plimsoll/busy:1", labels["image"])
        self.assertEqual(labels["container_label_com_docker_compose_service"], "web")
        # Shown once: not a second time under the scope that holds it.
        self.assertEqual(len(entry["ours"]["container_last_seen"]), 1)
        (info, _), = entry["ours"]["plimsoll_container_info"]
        self.assertEqual((info["runtime"], info["state"]), (runtime, "running"))
        self.assertIn(info["runtime_id"], entry["path"])
        self.assertEqual(self.only(entry, "plimsoll_container_memory_limit_bytes", limited="true"), memory)
        self.assertEqual(self.only(entry, "plimsoll_container_cpu_limit_percent", limited="true"), percent)
        self.assertTrue(labels["id"] == entry["path"] or labels["id"] + "/container" == entry["path"], labels["id"])
        self.same_when_quiet(entry, "container_memory_usage_bytes", lambda f: int(f["memory.current"]))

    def test_pod_of_a_kubelet(self):
        for part, name in (("app", "app"), ("sandbox", "POD")):
            ours = self.result[part]["ours"]
            (labels, usage), = ours["container_memory_usage_bytes"]
            self.assertEqual((labels["pod"], labels["container"]), ("web-0", name))
            self.assertTrue(labels["id"].startswith("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod"))
            self.assertTrue(labels["id"].endswith("/cri-containerd-%s.scope" % self.result[part]["id"]))
            self.assertGreater(usage, 0)
        self.assertEqual(self.only(self.result["app"], "container_spec_memory_limit_bytes"), 32 << 20)
        self.assertIn(POD_UID.replace("-", "_"), self.result["app"]["ours"]["container_last_seen"][0][0]["id"])

    def test_services_and_slices(self):
        """What systemd runs is shown by its path, as cAdvisor does."""
        for path in ("/system.slice", "/system.slice/dbus.service"):
            entry = self.result["record"][path]
            self.assertIn(path, self.result["ids"])
            self.assertGreater(self.only(entry, "container_cpu_usage_seconds_total", id=path, cpu="total"), 0)
        # system.slice holds the engines, which allocate all the time; a slice of sleeping containers is quiet.
        for path in ("/machine.slice", "/system.slice/dbus.service"):
            entry = self.result["record"][path]
            self.same_when_quiet(entry, "container_memory_usage_bytes", lambda f: int(f["memory.current"]))
        self.assertIn("/init.scope", self.result["ids"])

    def test_nspawn(self):
        """No engine knows it: shown by its scope's path and nothing else."""
        scope = self.result["nspawn"]
        self.assertRegex(scope, r"^/machine\.slice/.*plain\.scope$")
        entry = self.result["record"][scope]
        (labels, _), = entry["ours"]["container_memory_usage_bytes"]
        self.assertEqual(labels, {"id": scope})
        self.assertEqual(self.only(entry, "container_spec_memory_limit_bytes"), 24 << 20)
        self.between(entry, "container_cpu_usage_seconds_total", lambda f: guest_case.word(f["cpu.stat"], "usage_usec"), 1e-6,
                     cpu="total")
        self.same_when_quiet(entry, "container_memory_usage_bytes", lambda f: int(f["memory.current"]))

    def test_no_faults(self):
        self.assertEqual(self.result["parse errors"], 0)


if __name__ == "__main__":
    unittest.main()
