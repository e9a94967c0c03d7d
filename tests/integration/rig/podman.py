"""Podman on storage of our own, with its Docker-compatible service."""
import os

from . import image
from .docker import DockerApi
from .engine import Engine
from .program import Program, ThisMachine, remove_tree, require_root, run, temporary_directory

IMAGE = "docker.io/plimsoll/busy:1"
CONFIGURATION = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "{runtime}"
cgroup_manager = "{manager}"
events_logger = "file"
"""


class Podman(Engine, DockerApi):
    """No daemon: `launch` starts the API service, and containers run without it just as well.

    `standard_paths` leaves storage where Podman's users have it (for a guest of its own).
    """

    runtime = "podman"
    image = IMAGE

    def __init__(self, oci_runtime="runc", cgroup_manager="cgroupfs", standard_paths=False, programs=ThisMachine):
        require_root()
        podman, _, _ = programs.require("podman", oci_runtime, "conmon")
        self.root = temporary_directory("podman")
        DockerApi.__init__(self, self.root + "/podman.sock")
        self.environment = dict(os.environ, CONTAINERS_CONF=self.root + "/containers.conf",
                                CONTAINERS_STORAGE_CONF=self.root + "/storage.conf")
        for name in ("CONTAINER_HOST", "DOCKER_HOST"):
            self.environment.pop(name, None)
        if standard_paths:
            self.storage_root, self.run_root = "/var/lib/containers/storage", "/run/containers/storage"
            tmpdir = "/run/libpod"
        else:
            self.storage_root, self.run_root = self.root + "/storage", self.root + "/run"
            tmpdir = self.root + "/tmp"
        with open(self.root + "/containers.conf", "w") as file:
            file.write(CONFIGURATION.format(runtime=oci_runtime, manager=cgroup_manager))
        with open(self.root + "/storage.conf", "w") as file:
            file.write('[storage]\ndriver = "overlay"\ngraphroot = "%s"\nrunroot = "%s"\n' %
                       (self.storage_root, self.run_root))
        self.command = programs.command([podman, "--tmpdir", tmpdir], cwd=self.root)
        self.program = Program(self.command + ["system", "service", "--time=0", "unix://" + self.socket],
                               self.root + "/log", env=self.environment, cwd=self.root)

    def call(self, *arguments, timeout=60, check=True):
        """`podman ARGUMENTS`: its standard output."""
        # conmon writes a file "oom" where it was started
        return run(self.command + list(arguments), timeout=timeout, check=check, env=self.environment, cwd=self.root)

    def prepare(self):
        archive = self.root + "/busy.tar"
        with open(archive, "wb") as file:
            file.write(image.docker_archive(IMAGE))
        self.call("load", "-q", "-i", archive)
        os.unlink(archive)

    def launch(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        super().launch()

    def answers(self):
        return self.api.negotiate()

    def clear(self):
        """Removes every container."""
        self.call("rm", "-a", "-f", "-t", "0", check=False)

    def close(self):
        try:
            self.clear()
        finally:
            self.program.stop()
            remove_tree(self.root)
