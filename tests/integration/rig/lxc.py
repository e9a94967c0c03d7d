"""LXC containers: a runtime without an engine and without files that name anything. They are cgroups like any other."""
import os

from . import image, kernel
from .program import Program, remove_empty_cgroups, remove_tree, require, require_root, run, temporary_directory, wait_until

CONFIGURATION = """lxc.rootfs.path = dir:{rootfs}
lxc.net.0.type = empty
lxc.apparmor.profile = unconfined
{limits}"""


class Lxc:
    """Containers under lxc-start in the foreground: they end with their test."""

    def __init__(self):
        require_root()
        self.start_program, self.info_program = require("lxc-start", "lxc-info")
        self.root = temporary_directory("lxc")
        self.running = {}

    def __enter__(self):
        image.unpack_rootfs(self.root + "/rootfs")
        return self

    def __exit__(self, *_):
        for name in list(self.running):
            self.stop(name)
        remove_empty_cgroups("/lxc.pivot")  # where lxc-start waits for nothing more
        remove_tree(self.root)

    def begin(self, name, command, memory=None):
        """The id of its first process."""
        directory = "%s/%s" % (self.root, name)
        os.makedirs(directory)
        limits = "lxc.cgroup.memory.limit_in_bytes = {0}\nlxc.cgroup2.memory.max = {0}\n".format(memory) if memory else ""
        with open(directory + "/config", "w") as file:
            file.write(CONFIGURATION.format(rootfs=self.root + "/rootfs", limits=limits))
        program = Program([self.start_program, "-P", self.root, "-n", name, "-F", "-l", "INFO", "-o", directory + "/log",
                           "--", *command], directory + "/output")
        self.running[name] = program.start()
        return wait_until(lambda: program.check_running() and self._pid(name), 30, lambda: self.why(name))

    def _pid(self, name):
        """None until it has its cgroup, which its first process enters before it becomes the command."""
        text = run([self.info_program, "-P", self.root, "-n", name, "-p", "-H"], timeout=10, check=False).strip()
        pid = int(text) if text.isdigit() else None
        return pid if pid and kernel.Cgroup(pid).path.endswith("/lxc.payload." + name) else None

    def why(self, name):
        """For a message: whether it lives, and what it has logged."""
        with open("%s/%s/log" % (self.root, name)) as log:
            return "%s has the process %s and logged:\n%s" % (name, self._pid(name), log.read()[-2000:])

    def stop(self, name):
        """lxc-start hands SIGTERM to nobody; SIGKILL of the first process ends the container, and with it lxc-start."""
        program, pid = self.running.pop(name), self._pid(name)
        if pid:
            os.kill(pid, 9)
        program.stop()
