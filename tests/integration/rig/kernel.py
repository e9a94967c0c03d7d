"""What the kernel itself says of a container, read independently of the program under test."""
import glob
import os
import re

from .program import Missing

CGROUP = "/sys/fs/cgroup"
PAGE = os.sysconf("SC_PAGE_SIZE")
# A shell goes on when the test has found its cgroup, however long that took.
WAIT = "until [ -e /go ]; do sleep 0.1; done; "


def read(path):
    with open(path) as file:
        return file.read()


def keyed(path):
    """{word: number} of a file like memory.stat."""
    return {line.split()[0]: int(line.split()[1]) for line in read(path).splitlines()}


class Cgroup:
    """The cgroup of a process; v1, v2 or hybrid."""

    def __init__(self, pid):
        self.paths = {}
        for line in read("/proc/%d/cgroup" % pid).splitlines():
            _, controllers, path = line.split(":", 2)
            for controller in controllers.split(","):
                self.paths[controller] = path
        self.v2 = "memory" not in self.paths
        self.path = self.paths["" if self.v2 else "memory"]

    def file(self, controller, name):
        if self.v2:
            return CGROUP + self.path + "/" + name
        for directory in (controller, "cpu,cpuacct"):
            if os.path.isdir("%s/%s" % (CGROUP, directory)):
                return "%s/%s%s/%s" % (CGROUP, directory, self.paths[controller], name)
        raise FileNotFoundError(controller)

    def exists(self):
        return os.path.isdir(os.path.dirname(self.file("memory", "x")))

    def cpu_seconds(self):
        if self.v2:
            return keyed(self.file("cpu", "cpu.stat"))["usage_usec"] / 1e6
        return int(read(self.file("cpuacct", "cpuacct.usage"))) / 1e9

    def throttled_periods(self):
        return keyed(self.file("cpu", "cpu.stat"))["nr_throttled"]

    def memory(self):
        """{usage, inactive_file, cache, rss} in bytes."""
        stat = keyed(self.file("memory", "memory.stat"))
        if self.v2:
            return {"usage": int(read(self.file("memory", "memory.current"))), "inactive_file": stat["inactive_file"],
                    "cache": stat["file"], "rss": stat["anon"]}
        return {"usage": int(read(self.file("memory", "memory.usage_in_bytes"))),
                "inactive_file": stat["total_inactive_file"], "cache": stat["total_cache"], "rss": stat["total_rss"]}

    def oom_kills(self):
        if self.v2:
            return keyed(self.file("memory", "memory.events"))["oom_kill"]
        return keyed(self.file("memory", "memory.oom_control"))["oom_kill"]

    def forbid_swap(self):
        """What outgrows the limit is killed at once, though the host has swap and the limit says nothing of it."""
        try:
            with open(self.file("memory", "memory.swap.max" if self.v2 else "memory.swappiness"), "w") as file:
                file.write("0")
        except OSError:
            pass  # no swap to forbid, or killed already

    def pids(self):
        return int(read(self.file("pids", "pids.current")))

    def io_bytes(self):
        """{(major, minor): (read, written)}."""
        found = {}
        if self.v2:
            for line in read(self.file("io", "io.stat")).splitlines():
                device, *pairs = line.split()
                figures = dict(pair.split("=") for pair in pairs if "=" in pair)
                if "rbytes" in figures:
                    found[device] = (int(figures["rbytes"]), int(figures["wbytes"]))
            return found
        for line in read(self.file("blkio", "blkio.throttle.io_service_bytes_recursive")).splitlines():
            match = re.fullmatch(r"(\d+:\d+) (Read|Write) (\d+)", line)
            if match:
                old = found.get(match.group(1), (0, 0))
                value = int(match.group(3))
                found[match.group(1)] = (value, old[1]) if match.group(2) == "Read" else (old[0], value)
        return found

    def count_io(self, directory):
        """Makes the kernel count what this cgroup moves to and from the disk that holds `directory`.

        v1 counts only where some limit is set (seen with Linux 6.18): this one is never reached.
        """
        if self.v2:
            return
        number = os.stat(directory).st_dev
        block = os.path.realpath("/sys/dev/block/%d:%d" % (os.major(number), os.minor(number)))
        if not os.path.exists(block):
            raise Missing("%s is on no block device" % directory)
        if os.path.exists(block + "/partition"):
            block = os.path.dirname(block)
        disk = read(block + "/dev").strip()
        for name in ("blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device"):
            with open(self.file("blkio", name), "w") as file:
                file.write("%s %d" % (disk, 1 << 40))

    def pressure_total(self, resource):
        """Seconds that some task waited; None where the kernel does not tell."""
        base = CGROUP if self.v2 else CGROUP + "/unified"
        try:
            text = read(base + self.paths.get("", "") + "/%s.pressure" % resource)
        except OSError:
            return None
        return int(re.search(r"some .*total=(\d+)", text).group(1)) / 1e6


def cleared(container):
    """Whether the engine has taken away the cgroup of an ended container, which bears its id."""
    hierarchy = CGROUP + "/memory" if os.path.isdir(CGROUP + "/memory") else CGROUP
    return not glob.glob("%s/**/*%s*/" % (hierarchy, container), recursive=True)


def let_go(pid):
    """For a container that begins with WAIT."""
    with open("/proc/%d/root/go" % pid, "w"):
        pass


def network(pid):
    """{interface: (received, transmitted)} bytes as a process in that network sees them; without lo."""
    found = {}
    for line in read("/proc/%d/net/dev" % pid).splitlines()[2:]:
        name, figures = line.split(":")
        words = figures.split()
        if name.strip() != "lo":
            found[name.strip()] = (int(words[0]), int(words[8]))
    return found
