"""Runs in the guest: starts containers and leaves tree.tar, a fixture tree."""
import json
import os
import sys
import tarfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from rig.containerd import Containerd  # noqa: E402
from rig.docker import DockerEngine  # noqa: E402
from rig.guest import cgroup_of, delegate_controllers, say  # noqa: E402
from rig.oci import OciRuntime  # noqa: E402
from rig.podman import Podman  # noqa: E402
from rig.snapshot import Snapshot  # noqa: E402
from rig.workload import (BURN, COMPOSE, OOM_CHILD, containerd_containers, containerd_metadata, docker_containers,  # noqa: E402
                          docker_metadata, podman_metadata)

TREE = "/run/tree"
ROOTLESS = "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-%s.scope/container"


def docker():
    delegate_controllers()
    with DockerEngine(standard_paths=True) as engine:
        say("dockerd is up")
        started = docker_containers(engine)
        engine.wait(engine.run("ended", ["sh", "-c", "exit 3"]))
        time.sleep(5)
        snapshot = Snapshot(TREE, [("/var/run/docker", "/run/docker")])
        snapshot.host()
        snapshot.cgroup_v2_tree()
        for pid in started.values():
            snapshot.task(pid)
        docker_metadata(snapshot, engine)
        leave_tree()


def crun():
    delegate_controllers()
    with OciRuntime("crun", root="/run/crun") as runtime:
        runtime.run("web", ["sleep", "1000000"], cgroup="/berth/web", memory=32 << 20, cpus=0.5, pids=20)
        runtime.run("burner", BURN, cgroup="/berth/burner", cpus=0.1)
        runtime.run("oom", OOM_CHILD, cgroup="/berth/oom", memory=16 << 20)
        snapshot = Snapshot(TREE, [(runtime.directory, "/srv/berth")])
        # A rootless Podman's place, made by hand: there is no user session here.
        rootless = "5d1c0a77f0b94a33a3c1f2b2d6a9e0c45d1c0a77f0b94a33a3c1f2b2d6a9e0c4"
        runtime.run(rootless, ["sleep", "1000000"], cgroup=ROOTLESS % rootless, memory=24 << 20)
        # CRI-O's, likewise: it cannot run here.
        crio = "9e8d7c6b5a49382716055443322110ff9e8d7c6b5a49382716055443322110ff"
        runtime.run(crio, ["sleep", "1000000"], memory=48 << 20,
                    cgroup="/kubepods.slice/kubepods-pod11111111_2222_3333_4444_555555555555.slice/crio-%s.scope" % crio,
                    annotations={"io.kubernetes.cri-o.ContainerType": "container",
                                 "io.kubernetes.cri-o.ContainerName": "k8s_app_web-0_shop_11111111",
                                 "io.kubernetes.container.name": "app", "io.kubernetes.pod.name": "web-0",
                                 "io.kubernetes.pod.namespace": "shop",
                                 "io.kubernetes.cri-o.ImageName": "docker.io/plimsoll/busy:1"})
        time.sleep(5)
        snapshot.host()
        snapshot.cgroup_v2_tree()
        for name in ("web", "burner", "oom", rootless, crio):
            snapshot.task(runtime.pid(name))
            snapshot.copy("/run/crun/%s/status" % name)
            with open("%s/bundles/%s/config.json" % (runtime.directory, name)) as file:
                config = file.read()
            if name == crio:
                snapshot.write("/run/containers/storage/overlay-containers/%s/userdata/config.json" % name, config)
            elif name == rootless:
                home = "/home/alice/.local/share/containers/storage/overlay-containers"
                snapshot.write(home + "/containers.json", json.dumps([{
                    "id": name, "names": ["alices"], "image": "0" * 64, "layer": "1" * 64,
                    "metadata": json.dumps({"image-name": "docker.io/plimsoll/busy:1", "image-id": "0" * 64,
                                            "name": "alices", "created-at": 1790000000}),
                    "created": "2026-09-21T13:33:20Z", "flags": {"MountLabel": "", "ProcessLabel": ""}}]))
                snapshot.write("/run/user/1000/containers/overlay-containers/%s/userdata/config.json" % name, config)
        for name in ("web", "burner", "oom"):
            snapshot.copy("%s/bundles/%s/config.json" % (runtime.directory, name))
        leave_tree()


def systemd():
    v2 = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
    with DockerEngine(standard_paths=True, options=["--exec-opt", "native.cgroupdriver=systemd"]) as engine, \
            Podman("crun" if v2 else "runc", "systemd", standard_paths=True) as podman, \
            Containerd(standard_paths=True) as containerd:
        say("engines are up")
        started = docker_containers(engine)
        pods = [podman.run("shop-web-1", ["sleep", "1000000"], labels=COMPOSE, Memory=64 << 20, NanoCpus=300000000),
                podman.run("plain", ["sleep", "1000000"])]
        tasks = containerd_containers(containerd, systemd=True)
        time.sleep(5)
        snapshot = Snapshot(TREE, [("/var/run/docker", "/run/docker")])
        snapshot.host()
        if v2:
            snapshot.cgroup_v2_tree()
        else:
            paths = {"/", "/system.slice", "/machine.slice", "/default", "/init.scope", "/system.slice/dbus.service",
                     "/system.slice/plimsoll-job.service"}
            for pid in list(started.values()) + [podman.pid(c) for c in pods] + [containerd.pid(c) for c in tasks]:
                path = cgroup_of(pid)
                while path != "/":
                    paths.add(path)
                    path = os.path.dirname(path)
            for path in sorted(paths):
                snapshot.cgroup_v1(path, joint=True)
        for pid in started.values():
            snapshot.task(pid)
            say(cgroup_of(pid))
        for container in pods:
            say(cgroup_of(podman.pid(container)))
        for container in tasks:
            say(cgroup_of(containerd.pid(container)))
        docker_metadata(snapshot, engine)
        podman_metadata(snapshot, podman, pods)
        containerd_metadata(snapshot, containerd, tasks)
        leave_tree()


def leave_tree():
    """Ends the job at once: taking the containers down would take longer than all the rest, and the guest ends anyway."""
    with tarfile.open(sys.argv[1] + "/tree.tar", "w") as tar:
        tar.add(TREE, ".")
    say("captured")
    os._exit(0)


{"docker": docker, "crun": crun, "systemd": systemd}[sys.argv[2]]()
