#!/usr/bin/env python3
"""Captures fixture trees from real kernels and engines: capture.py CASE... (none: all) into tests/fixtures/cgroup."""
import io
import os
import shutil
import sys
import tarfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from rig.containerd import Containerd  # noqa: E402
from rig.docker import DockerEngine  # noqa: E402
from rig.kernel import Cgroup  # noqa: E402
from rig.podman import Podman  # noqa: E402
from rig.snapshot import Snapshot  # noqa: E402
from rig.vm import Vm  # noqa: E402
from rig.workload import COMPOSE, POD_UID, containerd_containers, containerd_metadata, docker_containers, docker_metadata, podman_metadata  # noqa: E402

FIXTURES = os.path.join(os.path.dirname(HERE), "fixtures", "cgroup")
def fresh(case):
    out = os.path.join(FIXTURES, case)
    shutil.rmtree(out, ignore_errors=True)
    return out


def hybrid_docker(case):
    with DockerEngine("/docker") as engine:
        started = docker_containers(engine)
        for pid in started.values():
            Cgroup(pid).count_io(engine.root)
        ended = engine.run("ended", ["sh", "-c", "exit 3"])
        engine.wait(ended)
        time.sleep(5)
        snapshot = Snapshot(fresh(case), [(engine.data_root, "/var/lib/docker"), (engine.exec_root, "/run/docker")])
        snapshot.host()
        for path in ["/", "/docker"] + ["/docker/" + c for c in started]:
            snapshot.cgroup_v1(path)
        for pid in started.values():
            snapshot.task(pid)
        docker_metadata(snapshot, engine)


def hybrid_podman(case):
    with Podman() as engine:
        started = [engine.run("shop-web-1", ["sleep", "1000000"], labels=COMPOSE, Memory=64 << 20, NanoCpus=300000000),
                   engine.run("plain", ["sleep", "1000000"])]
        snapshot = Snapshot(fresh(case), [(engine.storage_root, "/var/lib/containers/storage"),
                                          (engine.run_root, "/run/containers/storage")])
        snapshot.host()
        for path in ["/", "/libpod_parent"] + ["/libpod_parent/libpod-" + c for c in started]:
            snapshot.cgroup_v1(path)
        podman_metadata(snapshot, engine, started)


def hybrid_containerd(case):
    with Containerd() as engine:
        started = containerd_containers(engine)
        snapshot = Snapshot(fresh(case), [(engine.state, "/run/containerd")])
        snapshot.host()
        paths = ["/", "/default", "/default/plain", "/kubepods", "/kubepods/burstable", "/kubepods/burstable/pod" + POD_UID]
        for path in paths + ["%s/%s" % (paths[-1], c) for c in started[:2]]:
            snapshot.cgroup_v1(path)
        containerd_metadata(snapshot, engine, started)


def in_guest(job, init, kernel_arguments=""):
    def capture(case):
        with Vm(os.path.join(HERE, "guest", "capture.py"), [job], init=init, memory_mb=2048,
                kernel_arguments=kernel_arguments, visible=[HERE]) as vm:
            tree = vm.run(500)["tree.tar"]
            out = fresh(case)
            with tarfile.open(fileobj=io.BytesIO(tree)) as tar:
                tar.extractall(out)
            if os.environ.get("VERBOSE"):
                print(vm.console)
    return capture


CASES = {
    "hybrid-docker": hybrid_docker,
    "hybrid-podman": hybrid_podman,
    "hybrid-containerd": hybrid_containerd,
    "v2-docker": in_guest("docker", "shell"),
    "v2-crun": in_guest("crun", "shell"),
    "v2-systemd": in_guest("systemd", "systemd"),
    "v1-systemd": in_guest("systemd", "systemd", "systemd.unified_cgroup_hierarchy=0"),
}


def main():
    for case in sys.argv[1:] or CASES:
        began = time.monotonic()
        CASES[case](case)
        print("%s: %.0f s" % (case, time.monotonic() - began), flush=True)


if __name__ == "__main__":
    main()
