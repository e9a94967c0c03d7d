"""cgroup v2 for real: figures against the guest kernel's own files."""
import re
import unittest

import guest_case
from guest_case import word


class CgroupV2(guest_case.GuestCase):
    script = "v2.py"

    def entry(self, name):
        return self.result["record"][name]

    def test_identity(self):
        for name, container in self.result["containers"].items():
            entry = self.entry(name)
            self.assertEqual(entry["path"], "/docker/" + container)
            labels = entry["ours"]["container_memory_usage_bytes"][0][0]
            self.assertEqual((labels["id"], labels["image"]), (entry["path"], "plimsoll/busy:1"))
        labels = self.entry("limited")["ours"]["container_memory_usage_bytes"][0][0]
        self.assertEqual(labels["container_label_com_docker_compose_project"], "shop")
        info = self.entry("lone")["ours"]["plimsoll_container_info"][0][0]
        self.assertEqual((info["runtime"], info["id"]), ("oci", "/berth/lone"))

    def test_limits(self):
        for name, memory, percent in (("limited", 64 << 20, 50), ("crew", 16 << 20, None), ("lone", 32 << 20, 50)):
            entry = self.entry(name)
            self.assertEqual(int(entry["after"]["memory.max"]), memory)
            self.assertEqual(self.only(entry, "container_spec_memory_limit_bytes"), memory)
            self.assertEqual(self.only(entry, "plimsoll_container_memory_limit_bytes", limited="true"), memory)
            if percent:
                self.assertEqual(self.only(entry, "plimsoll_container_cpu_limit_percent", limited="true"), percent)
                quota, period = map(int, entry["after"]["cpu.max"].split())
                self.assertEqual(self.only(entry, "container_spec_cpu_quota"), quota)
                self.assertEqual(self.only(entry, "container_spec_cpu_period"), period)
        self.assertEqual(self.only(self.entry("lone"), "container_threads_max"), 20)
        self.assertEqual(self.only(self.entry("burner"), "plimsoll_container_memory_limit_bytes", limited="false"),
                         self.result["machine"]["machine_memory_bytes"])

    def test_cpu_and_throttling(self):
        for moment in ("record", "later"):
            entry = self.result[moment]["burner"]
            self.between(entry, "container_cpu_usage_seconds_total", lambda f: word(f["cpu.stat"], "usage_usec"), 1e-6,
                         cpu="total")
            self.between(entry, "container_cpu_user_seconds_total", lambda f: word(f["cpu.stat"], "user_usec"), 1e-6)
            self.between(entry, "container_cpu_system_seconds_total", lambda f: word(f["cpu.stat"], "system_usec"), 1e-6)
            self.between(entry, "container_cpu_cfs_periods_total", lambda f: word(f["cpu.stat"], "nr_periods"))
            self.assertGreater(self.between(entry, "container_cpu_cfs_throttled_periods_total",
                                            lambda f: word(f["cpu.stat"], "nr_throttled")), 10)
            self.between(entry, "container_cpu_cfs_throttled_seconds_total",
                         lambda f: word(f["cpu.stat"], "throttled_usec"), 1e-6)

    def test_memory(self):
        for name in ("limited", "lone"):
            entry = self.entry(name)
            self.same_when_quiet(entry, "container_memory_usage_bytes", lambda f: int(f["memory.current"]))
            self.same_when_quiet(entry, "container_memory_max_usage_bytes", lambda f: int(f["memory.peak"]))
            self.same_when_quiet(entry, "container_memory_rss", lambda f: word(f["memory.stat"], "anon"))
            self.same_when_quiet(entry, "container_memory_cache", lambda f: word(f["memory.stat"], "file"))
            self.same_when_quiet(entry, "container_memory_working_set_bytes",
                                 lambda f: int(f["memory.current"]) - word(f["memory.stat"], "inactive_file"))
            self.assertEqual(self.only(entry, "container_threads"), int(entry["after"]["pids.current"]))
            self.assertEqual(self.only(entry, "container_processes"), len(entry["after"]["cgroup.procs"].split()))

    def test_oom_kills(self):
        entry = self.entry("crew")
        self.assertEqual(word(entry["after"]["memory.events"], "oom_kill"), 3)
        self.assertEqual(self.only(entry, "container_oom_events_total"), 3)
        self.assertEqual(self.only(self.entry("limited"), "container_oom_events_total"), 0)
        # Four kills: the crew's within one to three beats, and one that took the whole wreck.
        self.assertIn(self.result["events"]["oom"], (2, 3, 4))

    def test_pressure(self):
        def total(resource, kind):
            return lambda f: int(re.search(kind + r" .*total=(\d+)", f[resource + ".pressure"]).group(1))
        entry = self.result["later"]["/plain/squeeze"]
        self.assertGreater(total("memory", "some")(entry["before"]), 0)
        waited = self.between(entry, "container_pressure_memory_waiting_seconds_total", total("memory", "some"), 1e-6)
        self.assertGreater(waited, 0)
        self.between(entry, "container_pressure_memory_stalled_seconds_total", total("memory", "full"), 1e-6)
        self.between(entry, "container_pressure_io_waiting_seconds_total", total("io", "some"), 1e-6)
        self.between(self.result["later"]["burner"], "container_pressure_cpu_waiting_seconds_total", total("cpu", "some"),
                     1e-6)

    def test_plain_cgroup(self):
        """A cgroup of no engine is shown by its path alone."""
        entry = self.entry("/plain/squeeze")
        labels = entry["ours"]["container_memory_usage_bytes"][0][0]
        self.assertEqual((labels.get("name", ""), labels.get("image", "")), ("", ""))
        self.assertEqual(self.only(entry, "container_spec_memory_limit_bytes"), 4 << 20)
        self.assertNotIn("plimsoll_container_info", entry["ours"])
        self.between(entry, "container_memory_failcnt", lambda f: word(f["memory.events"], "max"))

    def test_disk(self):
        entry = self.result["later"]["/plain/squeeze"]

        def read_bytes(files):
            return sum(int(n) for n in re.findall(r"rbytes=(\d+)", files["io.stat"]))
        self.assertGreater(self.between(entry, "container_fs_reads_bytes_total", read_bytes, device="/dev/vda"), 0)

    def test_network(self):
        for name in ("limited", "burner"):
            entry = self.entry(name)
            received, sent = entry["network"]["eth0"]
            self.assertGreater(received, 3000)
            self.assertEqual(self.only(entry, "container_network_receive_bytes_total", interface="eth0"), received)
            self.assertEqual(self.only(entry, "container_network_transmit_bytes_total", interface="eth0"), sent)

    def test_root(self):
        entry = self.entry("/")
        self.between(entry, "container_cpu_usage_seconds_total", lambda f: word(f["cpu.stat"], "usage_usec"), 1e-6,
                     cpu="total")
        total = 1024 * int(re.search(r"MemTotal: +(\d+)", self.result["meminfo"]).group(1))
        self.assertEqual(self.result["machine"]["machine_memory_bytes"], total)
        self.assertEqual(self.result["machine"]["machine_cpu_cores"], 2)
        self.assertGreater(self.only(entry, "container_memory_usage_bytes"), 1 << 20)

    def test_short_life(self):
        self.assertEqual(set(self.result["spark"]), {"container_last_seen"})
        # lone, limited, burner, crew, spark, wreck; the last two ended.
        self.assertEqual((self.result["events"]["start"], self.result["events"]["stop"]), (6, 2))

    def test_no_faults(self):
        self.assertEqual(self.result["parse errors"], 0)
        self.assertLessEqual(self.result["skipped"], self.result["excused"])


if __name__ == "__main__":
    unittest.main()
