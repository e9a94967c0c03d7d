"""Containers by an OCI runtime alone, runc or crun: many and fast."""
import json
import os
import subprocess

from . import image
from .program import remove_empty_cgroups, remove_tree, require, require_root, run, temporary_directory

NAMESPACES = ("pid", "network", "ipc", "uts", "mount")


class OciRuntime:
    def __init__(self, runtime="runc", root=None, systemd=False):
        """`root`: the runtime's state directory, /run/runc where its users have it; None for one of our own."""
        require_root()
        self.program = require(runtime)
        self.directory = temporary_directory("oci")
        self.root = root or self.directory + "/state"
        self.systemd = systemd
        self.started = set()

    def __enter__(self):
        image.unpack_rootfs(self.directory + "/rootfs")
        return self

    def __exit__(self, *_):
        for name in list(self.started):
            self.remove(name)
        remove_empty_cgroups("/plimsoll-%d" % os.getpid())
        remove_tree(self.directory)

    def call(self, *arguments, timeout=30, check=True):
        """Nothing is read from the container's streams, so that a detached one cannot hold us."""
        options = ["--root", self.root] + (["--systemd-cgroup"] if self.systemd else [])
        log = self.directory + "/log"
        with open(log, "ab") as out:
            done = subprocess.run([self.program, *options, *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                  timeout=timeout)
        if check and done.returncode != 0:
            with open(log, errors="replace") as file:
                raise RuntimeError("%s %s: exit %d: %s" % (self.program, arguments, done.returncode, file.read()[-2000:]))
        return done.returncode

    def bundle(self, name, command, cgroup, memory=None, cpus=None, pids=None, annotations=None):
        directory = "%s/bundles/%s" % (self.directory, name)
        os.makedirs(directory, exist_ok=True)
        resources = {"devices": [{"allow": False, "access": "rwm"}]}
        if memory:
            resources["memory"] = {"limit": memory}
        if cpus:
            resources["cpu"] = {"quota": int(cpus * 100000), "period": 100000}
        if pids:
            resources["pids"] = {"limit": pids}
        with open(directory + "/config.json", "w") as file:
            json.dump({
                "ociVersion": "1.0.2",
                "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": list(command),
                            "env": image.ENVIRONMENT, "cwd": "/", "noNewPrivileges": True},
                "root": {"path": self.directory + "/rootfs", "readonly": True},
                "hostname": name,
                "annotations": annotations or {},
                "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                           {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                            "options": ["nosuid", "mode=755", "size=64k"]},
                           {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid"]}],
                "linux": {"resources": resources, "cgroupsPath": cgroup,
                          "namespaces": [{"type": kind} for kind in NAMESPACES]},
            }, file)
        return directory

    def run(self, name, command, cgroup=None, **settings):
        directory = self.bundle(name, command, cgroup or "/plimsoll-%d/%s" % (os.getpid(), name), **settings)
        self.call("run", "-d", "-b", directory, name)
        self.started.add(name)
        return name

    def state(self, name):
        return json.loads(run([self.program, "--root", self.root, "state", name], timeout=10))

    def pid(self, name):
        return self.state(name)["pid"]

    def remove(self, name):
        self.call("delete", "-f", name, check=False)
        self.started.discard(name)
