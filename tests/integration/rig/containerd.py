"""containerd on roots of its own, driven with ctr."""
import os
import uuid

from . import image
from .engine import Engine
from .program import Program, ThisMachine, remove_empty_cgroups, remove_tree, require_root, run, temporary_directory, wait_until

IMAGE = "docker.io/plimsoll/busy:1"
CONFIGURATION = """version = 2
root = "{root}/root"
state = "{state}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "{root}/c.sock"
"""


class Containerd(Engine):
    runtime = "containerd"
    image = IMAGE

    def __init__(self, standard_paths=False, programs=ThisMachine):
        require_root()
        containerd, ctr, _ = programs.require("containerd", "ctr", "runc")
        self.root = temporary_directory("ctrd")
        self.state = "/run/containerd" if standard_paths else self.root + "/state"
        with open(self.root + "/config.toml", "w") as file:
            file.write(CONFIGURATION.format(root=self.root, state=self.state))
        self.ctr = programs.command([ctr, "-a", self.root + "/c.sock"])
        self.program = Program(programs.command([containerd, "--config", self.root + "/config.toml"]), self.root + "/log")
        self.started = {}  # id -> namespace
        self.clients = []

    def prepare(self):
        archive = self.root + "/busy.tar"
        with open(archive, "wb") as file:
            file.write(image.docker_archive(IMAGE))
        for namespace in ("default", "k8s.io"):
            self.call("-n", namespace, "images", "import", archive)
        os.unlink(archive)

    def answers(self):
        self.call("version", timeout=5)
        return True

    def call(self, *arguments, timeout=60):
        return run([*self.ctr, *arguments], timeout=timeout)

    def run(self, name, command, namespace="default", labels=None, memory=None, cpus=None, cgroup=None, systemd=False):
        """Starts a container whose id is `name` and returns that.

        A client stays with it and deletes its task when it ends, as a kubelet or nerdctl does: else the cgroup of an
        ended container would stay.
        """
        options = []
        for key, value in (labels or {}).items():
            options += ["--label", "%s=%s" % (key, value)]
        if memory:
            options += ["--memory-limit", str(memory)]
        if cpus:
            options += ["--cpus", str(cpus)]
        if cgroup:
            options += ["--cgroup", cgroup]
        if systemd:
            options.append("--runc-systemd-cgroup")
        client = Program([*self.ctr, "-n", namespace, "run", "--rm", "--null-io", *options, IMAGE, name, *command],
                         self.root + "/ctr.log").start()
        self.clients.append(client)
        self.started[name] = namespace
        wait_until(lambda: not client.running() or self._task_runs(name), 60, "the task of " + name, 0.01)
        return name

    def _task_runs(self, name):
        try:
            return os.path.isdir("/proc/%d" % self.pid(name)) and name in self.call("-n", self.started[name], "tasks", "ls")
        except (OSError, ValueError):
            return False

    def begin(self, name, command, labels=None, memory=None, cpus=None):
        return self.run(name, command, labels=labels, memory=memory, cpus=cpus)

    def run_pod_member(self, pod_uid, container, namespace="shop", pod="web-0", sandbox=None, command=("sleep", "1000000"),
                       **settings):
        """What a kubelet's CRI call leaves: annotations and a cgroup below /kubepods. No sandbox id: makes the sandbox."""
        name = uuid.uuid4().hex * 2
        labels = {"io.kubernetes.cri.sandbox-id": sandbox or name, "io.kubernetes.cri.sandbox-name": pod,
                  "io.kubernetes.cri.sandbox-namespace": namespace, "io.kubernetes.cri.sandbox-uid": pod_uid}
        if sandbox:
            labels.update({"io.kubernetes.cri.container-type": "container",
                           "io.kubernetes.cri.container-name": container,
                           "io.kubernetes.cri.image-name": IMAGE})
        else:
            labels["io.kubernetes.cri.container-type"] = "sandbox"
        labels.update(settings.pop("labels", {}))
        if settings.get("systemd"):
            cgroup = "kubepods-burstable-pod%s.slice:cri-containerd:%s" % (pod_uid.replace("-", "_"), name)
        else:
            cgroup = "/kubepods/burstable/pod%s/%s" % (pod_uid, name)
        return self.run(name, list(command), namespace="k8s.io", labels=labels, cgroup=cgroup, **settings)

    def pid(self, container):
        path = "%s/io.containerd.runtime.v2.task/%s/%s/init.pid" % (self.state, self.started[container], container)
        with open(path) as file:
            return int(file.read())

    def kill(self, container, sig="SIGKILL"):
        self.call("-n", self.started[container], "tasks", "kill", "-s", sig, container)

    def pause(self, container):
        self.call("-n", self.started[container], "tasks", "pause", container)

    def unpause(self, container):
        self.call("-n", self.started[container], "tasks", "resume", container)

    def remove(self, container):
        """Its client may be quicker, or may have lost its engine."""
        namespace = self.started.pop(container)
        for command in (("tasks", "rm", "-f", container), ("containers", "rm", container)):
            try:
                self.call("-n", namespace, *command)
            except RuntimeError:
                pass

    def clear(self):
        """Removes every container."""
        for container in list(self.started):
            self.remove(container)
        for client in self.clients:
            client.stop()
        self.clients.clear()

    def close(self):
        if not self.program.running() and self.started:
            self.launch()
        if self.program.running():
            self.clear()
            self.program.stop()
        for parent in ("/kubepods", "/default"):
            remove_empty_cgroups(parent)
        remove_tree(self.root)
