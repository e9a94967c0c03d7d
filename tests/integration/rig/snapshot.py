"""Copies what a collector reads of a live host into a small tree for unit tests."""
import os

V1 = {
    "cpu": ["cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.cfs_burst_us", "cpu.stat"],
    "cpuacct": ["cpuacct.usage", "cpuacct.stat", "cpuacct.usage_percpu", "cpuacct.usage_user", "cpuacct.usage_sys"],
    "memory": ["memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.failcnt", "memory.limit_in_bytes",
               "memory.soft_limit_in_bytes", "memory.memsw.usage_in_bytes", "memory.memsw.limit_in_bytes",
               "memory.memsw.max_usage_in_bytes", "memory.memsw.failcnt", "memory.kmem.usage_in_bytes", "memory.stat",
               "memory.oom_control"],
    "blkio": ["blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced",
              "blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_serviced_recursive"],
    "pids": ["pids.current", "pids.max"],
}
V2 = ["cgroup.controllers", "cgroup.subtree_control", "cgroup.events", "cgroup.stat", "cgroup.type", "cpu.stat", "cpu.max",
      "cpu.max.burst", "cpu.weight", "cpu.pressure", "memory.current", "memory.stat", "memory.max", "memory.min",
      "memory.low", "memory.high", "memory.peak", "memory.events", "memory.events.local", "memory.swap.current",
      "memory.swap.max", "memory.swap.events", "memory.pressure", "memory.oom.group", "pids.current", "pids.max",
      "pids.peak", "pids.events", "io.stat", "io.pressure", "hugetlb.2MB.current", "hugetlb.2MB.max", "hugetlb.2MB.events"]
PROC = ["stat", "meminfo", "diskstats", "cpuinfo", "uptime", "loadavg", "swaps", "partitions", "version",
        "sys/kernel/osrelease", "1/cgroup", "1/net/dev", "1/stat", "1/status"]
PROC_TASK = ["cgroup", "stat", "status", "net/dev", "net/tcp", "net/tcp6", "net/udp", "net/udp6"]
SYS = ["devices/system/cpu/online", "devices/system/cpu/possible"]
SYS_CPU = ["topology/core_id", "topology/physical_package_id"]
MOUNTS = ("/", "/proc", "/sys", "/dev", "/dev/shm", "/dev/pts", "/run")
# What would only tell which machine this was.
MADE_UP = {"/etc/machine-id": "6f2d8c3b5a7e4f1d9b0c2e4a6d8f0b13\n", "/proc/sys/kernel/hostname": "dockhand\n",
           "/proc/sys/kernel/random/boot_id": "3c1b7e52-8a0d-4f6e-9c27-5d41f0a8b6e9\n"}


class Snapshot:
    """`renames`: where a directory of the test's stands on a host of a user, [(here, there)]."""

    def __init__(self, out, renames=()):
        self.out = out
        with open("/proc/1/comm") as file:
            first = file.read().strip()
        renames = list(renames) + ([] if first == "systemd" else [(first, "init")])
        self.renames = sorted(renames, key=lambda pair: -len(pair[0]))

    def _there(self, text):
        for here, there in self.renames:
            text = text.replace(here, there)
        return text

    def write(self, path, text):
        target = self.out + self._there(path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))

    def copy(self, path):
        """A file that is not there, or cannot be read, is left out."""
        try:
            with open(path, "rb") as file:
                text = file.read().decode("utf-8", "surrogateescape")
        except OSError:
            return
        self.write(path, self._there(text))

    def copy_link(self, path):
        target = self.out + self._there(path)
        try:
            link = os.readlink(path)
        except OSError:
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.islink(target):
            os.symlink(link, target)

    def host(self):
        for name in PROC:
            self.copy("/proc/" + name)
        for path, text in MADE_UP.items():
            self.write(path, text)
        self.copy("/etc/os-release")
        self.copy_link("/proc/1/ns/net")
        for name in SYS:
            self.copy("/sys/" + name)
        for cpu in sorted(n for n in os.listdir("/sys/devices/system/cpu") if n[:3] == "cpu" and n[3:].isdigit()):
            for name in SYS_CPU:
                self.copy("/sys/devices/system/cpu/%s/%s" % (cpu, name))
        kept = []
        with open("/proc/self/mountinfo") as file:
            for line in file:
                point = line.split()[4]
                if point in MOUNTS or point.startswith("/sys/fs/cgroup"):
                    kept.append(line)
        for pid in ("1", "self"):
            self.write("/proc/%s/mountinfo" % pid, "".join(kept))

    def cgroup_v1(self, path, unified=True, joint=False):
        """One cgroup of a hybrid host, in every hierarchy."""
        for controller, files in V1.items():
            base = "/sys/fs/cgroup/%s%s" % ("cpu,cpuacct" if joint and controller.startswith("cpu") else controller,
                                            path.rstrip("/"))
            for name in files + ([] if path == "/" else ["cgroup.procs"]):
                self.copy("%s/%s" % (base, name))
        if unified:
            base = "/sys/fs/cgroup/unified" + path.rstrip("/")
            for name in V2 + ([] if path == "/" else ["cgroup.procs"]):
                self.copy("%s/%s" % (base, name))

    def cgroup_v2(self, path):
        for name in V2 + ["cgroup.procs"]:
            self.copy("/sys/fs/cgroup%s/%s" % (path.rstrip("/"), name))

    def cgroup_v2_tree(self):
        for directory, _, _ in os.walk("/sys/fs/cgroup"):
            self.cgroup_v2(directory[len("/sys/fs/cgroup"):] or "/")

    def task(self, pid):
        for name in PROC_TASK:
            self.copy("/proc/%d/%s" % (pid, name))
        self.copy_link("/proc/%d/ns/net" % pid)

    def directory(self, path, names=None, below=8):
        """Every small text file below `path`, or those called as in `names`."""
        for directory, subdirectories, files in os.walk(path):
            if directory[len(path):].count("/") >= below:
                subdirectories.clear()
            subdirectories[:] = [d for d in subdirectories if d not in ("rootfs", "attach", "fs", "merged", "diff", "shm")]
            for name in files:
                full = directory + "/" + name
                if (names is None or name in names) and not os.path.islink(full) and os.path.isfile(full):
                    self.copy(full)
