"""Runs in a guest whose kernel knows only cgroup v2: Plimsoll first, then Docker, crun and a plain cgroup."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from rig.cable import Cable  # noqa: E402
from rig.docker import DockerEngine  # noqa: E402
from rig.guest import delegate_controllers, say  # noqa: E402
from rig.guest_record import record, series_of, start_squeeze  # noqa: E402
from rig.kernel import Cgroup  # noqa: E402
from rig.oci import OciRuntime  # noqa: E402
from rig.plimsoll import Plimsoll  # noqa: E402
from rig.program import run, wait_until  # noqa: E402
from rig.witness import Witness  # noqa: E402
from rig.workload import BURN, COMPOSE, OOM_CHILD  # noqa: E402

SLEEP = ["sleep", "1000000"]
SLOW = 30  # seconds: the guest's processor is emulated


def leave(result):
    with open(sys.argv[1] + "/result.json", "w") as file:
        json.dump(result, file)
    say("done")
    sys.stdout.flush()
    os._exit(0)


def main():
    run(["ip", "link", "set", "lo", "up"])
    delegate_controllers()
    result = {}
    with Plimsoll(options=["--collector.interval=1s"]) as plimsoll, OciRuntime("crun", root="/run/crun") as crun, Witness() as witness:
        say("plimsoll is up")
        events = {kind: plimsoll.scrape().value("plimsoll_discovery_events_total", event=kind)
                  for kind in ("start", "stop", "oom")}
        crun.run("lone", SLEEP, cgroup="/berth/lone", memory=32 << 20, cpus=0.5, pids=20)
        start_squeeze("/plain/squeeze", 4 << 20)
        with DockerEngine(standard_paths=True) as docker:
            say("dockerd is up")
            started = {
                "limited": docker.begin("limited", SLEEP, labels=COMPOSE, memory=64 << 20, cpus=0.5),
                "burner": docker.begin("burner", BURN, cpus=0.2),
                "crew": docker.begin("crew", OOM_CHILD, memory=16 << 20),
            }
            pids = {name: docker.pid(container) for name, container in started.items()}
            Cable(pids["limited"], pids["burner"]).ping(count=3)
            pids["lone"] = crun.pid("lone")
            say("containers are up")
            wait_until(lambda: Cgroup(pids["crew"]).oom_kills() == 3, 60, "three kills by the kernel")
            plimsoll.wait_for(lambda s: all(s.value("container_memory_usage_bytes", name=name) for name in pids),
                              "all containers", SLOW)
            time.sleep(3)
            say("recording")
            result["record"] = record(plimsoll, pids, ["/plain/squeeze", "/"])
            time.sleep(8)
            result["later"] = record(plimsoll, pids, ["/plain/squeeze", "/"])
            spark = docker.begin("spark", ["sh", "-c", "sleep 0.2; exit 7"])
            docker.wait(spark)
            wreck = docker.begin("wreck", ["sh", "-c", "exec tail /dev/zero"], memory=16 << 20)
            docker.wait(wreck, 60)
            scrape = plimsoll.next_beat(3)
            result["spark"] = series_of(scrape, name="spark")
            result["events"] = {kind: scrape.value("plimsoll_discovery_events_total", event=kind) - count
                                for kind, count in events.items()}
            result["machine"] = {name: scrape.value(name) for name in ("machine_memory_bytes", "machine_cpu_cores")}
            result["excused"] = witness.excuses()
            result["skipped"] = scrape.value("plimsoll_collector_beats_skipped_total")
            result["parse errors"] = scrape.value("plimsoll_parse_errors_total")
            result["containers"] = started
            with open("/proc/meminfo") as file:
                result["meminfo"] = file.read()
            leave(result)


main()
