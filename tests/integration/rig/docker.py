"""A dockerd of our own."""
import os

from . import image
from .engine import Engine
from .program import Program, ThisMachine, remove_empty_cgroups, remove_tree, require_root, temporary_directory, wait_until
from .unix_http import ApiError, UnixApi

IMAGE = "plimsoll/busy:1"


class DockerApi:
    """What tests ask of an engine that speaks Docker's API (Podman's compatible one, too)."""

    image = IMAGE

    def __init__(self, socket):
        self.socket = socket
        self.api = UnixApi(socket)

    def import_image(self, reference=IMAGE):
        name, tag = reference.rsplit(":", 1)
        self.api.call("POST", "/images/create", image.rootfs_tar(), {"fromSrc": "-", "repo": name, "tag": tag},
                      content_type="application/x-tar")

    def create(self, name, command, image=None, labels=None, environment=None, healthcheck=None, **host_config):
        """`healthcheck` and `host_config` as in the API: Memory, NanoCpus, NetworkMode, RestartPolicy ..."""
        host_config.setdefault("NetworkMode", "none")
        wanted = {"Image": image or self.image, "Cmd": command, "Labels": labels or {}, "Env": environment or [],
                  "HostConfig": host_config}
        if healthcheck:
            wanted["Healthcheck"] = healthcheck
        return self.api.call("POST", "/containers/create", wanted, {"name": name})["Id"]

    def start(self, container):
        self.api.call("POST", "/containers/%s/start" % container)

    def run(self, name, command, **settings):
        container = self.create(name, command, **settings)
        self.start(container)
        return container

    def begin(self, name, command, labels=None, memory=None, cpus=None):
        """Starts a container in the words that every engine of the rig knows: bytes and cores."""
        limits = {}
        if memory:
            limits.update(Memory=memory, MemorySwap=memory)
        if cpus:
            limits["NanoCpus"] = int(cpus * 1e9)
        return self.run(name, command, labels=labels, **limits)

    def stop(self, container, seconds=1):
        self.api.call("POST", "/containers/%s/stop" % container, query={"t": seconds})

    def kill(self, container, sig="KILL"):
        self.api.call("POST", "/containers/%s/kill" % container, query={"signal": sig})

    def restart(self, container):
        self.api.call("POST", "/containers/%s/restart" % container, query={"t": 0})

    def pause(self, container):
        """runc sometimes gives up on the freezer of a busy cgroup: "unable to freeze"."""
        for again in (True, True, True, False):
            try:
                return self.api.call("POST", "/containers/%s/pause" % container)
            except ApiError as error:
                if not again or "unable to freeze" not in str(error):
                    raise

    def unpause(self, container):
        self.api.call("POST", "/containers/%s/unpause" % container)

    def rename(self, container, name):
        self.api.call("POST", "/containers/%s/rename" % container, query={"name": name})

    def remove(self, container):
        """`timeout` is Podman's, which would wait ten seconds for a `sleep` to obey; Docker kills at once."""
        try:
            self.api.call("DELETE", "/containers/%s" % container, query={"force": "true", "v": "true", "timeout": 0})
        except ApiError as error:
            if error.status not in (404, 409):
                raise

    def inspect(self, container):
        return self.api.call("GET", "/containers/%s/json" % container)

    def pid(self, container):
        return self.inspect(container)["State"]["Pid"]

    def wait(self, container, seconds=30):
        """The exit code."""
        return self.api.call("POST", "/containers/%s/wait" % container, timeout=seconds)["StatusCode"]

    def containers(self):
        return [c["Id"] for c in self.api.call("GET", "/containers/json", query={"all": "true"})]


class DockerEngine(Engine, DockerApi):
    """dockerd with live restore: its containers run on while it is down. No bridge and no firewall rules."""

    runtime = "docker"

    def __init__(self, cgroup_parent=None, options=(), standard_paths=False, programs=ThisMachine):
        """`standard_paths` leaves roots and socket where Docker's users have them (for a guest of its own)."""
        require_root()
        dockerd, _, _ = programs.require("dockerd", "runc", "containerd")
        self.root = temporary_directory("docker")
        DockerApi.__init__(self, "/var/run/docker.sock" if standard_paths else self.root + "/docker.sock")
        self.data_root = "/var/lib/docker" if standard_paths else self.root + "/data"
        self.exec_root = "/var/run/docker" if standard_paths else self.root + "/exec"
        self.cgroup_parent = cgroup_parent
        argv = [dockerd, "--data-root", self.data_root, "--exec-root", self.exec_root,
                "--pidfile", self.root + "/pid", "-H", "unix://" + self.socket, "--bridge=none",
                "--iptables=false", "--ip6tables=false", "--live-restore", *options]
        if cgroup_parent:
            argv += ["--cgroup-parent", cgroup_parent]
        self.program = Program(programs.command(argv), self.root + "/log")

    def prepare(self):
        self.import_image()

    def answers(self):
        return self.api.negotiate()

    def crash(self):
        super().crash()
        # Its containerd dies of the parent-death signal; a new one cannot have the socket before that.
        wait_until(lambda: not self._containerd_runs(), 10, "the engine's containerd ends", 0.02)
        # Where PID 1 is slow to reap, a new dockerd would take the zombie of the pid file for a live one.
        for pidfile in (self.root + "/pid", self.exec_root + "/containerd/containerd.pid"):
            if os.path.exists(pidfile):
                os.unlink(pidfile)

    def _containerd_runs(self):
        try:
            with open(self.exec_root + "/containerd/containerd.pid") as file:
                pid = int(file.read())
            with open("/proc/%d/cmdline" % pid, "rb") as file:
                return self.exec_root.encode() in file.read()
        except (OSError, ValueError):
            return False

    def clear(self):
        """Removes every container."""
        for container in self.containers():
            self.remove(container)

    def close(self):
        if not self.program.running() and os.path.isdir(self.data_root + "/containers"):
            try:
                self.launch()
            except AssertionError:
                pass
        if self.program.running():
            try:
                self.clear()
            except (OSError, ApiError):
                pass
            self.program.stop()
        if self.cgroup_parent:
            remove_empty_cgroups(self.cgroup_parent)
        remove_tree(self.root)
