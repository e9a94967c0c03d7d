"""Runs in a guest with systemd as PID 1: Docker, Podman and containerd with their systemd drivers, and nspawn."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from rig.containerd import Containerd  # noqa: E402
from rig.docker import DockerEngine  # noqa: E402
from rig.guest import say  # noqa: E402
from rig.guest_record import record, series_of  # noqa: E402
from rig.nspawn import Nspawn  # noqa: E402
from rig.plimsoll import Plimsoll  # noqa: E402
from rig.podman import Podman  # noqa: E402
from rig.program import run  # noqa: E402
from rig.workload import COMPOSE, POD_UID  # noqa: E402

SLEEP = ["sleep", "1000000"]
SLOW = 30  # seconds: the guest's processor is emulated


def main():
    run(["ip", "link", "set", "lo", "up"])
    result = {}
    docker = DockerEngine(standard_paths=True, options=["--exec-opt", "native.cgroupdriver=systemd"])
    podman = Podman("crun", "systemd", standard_paths=True)
    containerd = Containerd(standard_paths=True)
    # Docker's and containerd's places are where Plimsoll looks by itself; Podman's socket is the rig's own.
    config = {"collector": {"interval": "1s", "podman": {"sockets": [podman.socket]}, "container_labels": ["*"]}}
    with docker, podman, containerd:
        say("engines are up")
        pids = {
            "web": docker.pid(docker.begin("web", SLEEP, labels=COMPOSE, memory=64 << 20, cpus=0.5)),
            "pod": podman.pid(podman.begin("pod", SLEEP, labels=COMPOSE, memory=48 << 20, cpus=0.25)),
        }
        sandbox = containerd.run_pod_member(POD_UID, None, systemd=True)
        app = containerd.run_pod_member(POD_UID, "app", sandbox=sandbox, systemd=True, memory=32 << 20, cpus=0.5)
        say("containers are up")
        with Nspawn("plain", ["/bin/sleep", "1000000"], 24 << 20) as nspawn, Plimsoll(config) as plimsoll:
            plimsoll.wait_for(lambda s: all(s.value("container_memory_usage_bytes", name=name) for name in pids)
                              and s.find("container_memory_usage_bytes", container="app"), "all containers", SLOW)
            time.sleep(2)
            result["record"] = record(plimsoll, pids, ["/system.slice", "/system.slice/dbus.service", "/machine.slice",
                                                        nspawn.scope])
            result["nspawn"] = nspawn.scope
            scrape = plimsoll.scrape()
            result["app"] = {"id": app, "ours": series_of(scrape, namespace="shop", container="app")}
            result["sandbox"] = {"id": sandbox, "ours": series_of(scrape, namespace="shop", container="POD")}
            result["ids"] = sorted(labels["id"] for labels, _ in scrape.by_name["container_last_seen"])
            result["parse errors"] = scrape.value("plimsoll_parse_errors_total")
            with open(sys.argv[1] + "/result.json", "w") as file:
                json.dump(result, file)
            say("done")
            os._exit(0)


main()
