"""A container of systemd-nspawn, for a guest whose PID 1 is systemd: a scope in machine.slice that no engine knows."""
import os

from . import image, kernel
from .program import Program, remove_tree, require, require_root, temporary_directory, wait_until


class Nspawn:
    """`memory` in bytes. `scope` is its cgroup; nspawn itself is in there, too, beside what it runs."""

    def __init__(self, name, command, memory):
        require_root()
        self.root = temporary_directory("nspawn")
        self.program = Program([require("systemd-nspawn"), "--quiet", "--register=no", "--machine=" + name,
                                "--directory=" + self.root + "/rootfs", "--property=MemoryMax=%d" % memory,
                                *command], self.root + "/log")
        self.scope = None

    def __enter__(self):
        image.unpack_rootfs(self.root + "/rootfs")
        os.makedirs(self.root + "/rootfs/usr")  # else it takes the tree for no system
        self.program.start()
        try:
            # Emulation: seconds pass until the scope is made and the payload has entered its part of it.
            self.scope = wait_until(self._payload, 60, lambda: "its payload runs:\n" + self.program.log_text(2000))
        except BaseException:
            self.__exit__()
            raise
        return self

    def _payload(self):
        self.program.check_running()
        with open("/proc/%d/task/%d/children" % (self.program.pid, self.program.pid)) as file:
            children = file.read().split()
        paths = [kernel.Cgroup(int(child)).path for child in children]
        return next((os.path.dirname(path) for path in paths if path.endswith(".scope/payload")), None)

    def __exit__(self, *_):
        self.program.stop()
        remove_tree(self.root)
