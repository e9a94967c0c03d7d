"""Runs in a guest with systemd as PID 1: installs the package (argv[2]), watches the service live, removes it."""
import http.client
import json
import os
import pwd
import re
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from rig.exposition import Scrape  # noqa: E402
from rig.guest import say  # noqa: E402
from rig.guest_record import series_of  # noqa: E402
from rig.oci import OciRuntime  # noqa: E402
from rig.program import run, wait_until  # noqa: E402

PACKAGE = sys.argv[2]
DATABASE = "/run/dpkg"
CONFIG = "/etc/plimsoll/plimsoll.yaml"
SLOW = 40  # seconds: the guest's processor is emulated


def show(*properties):
    text = run(["systemctl", "show", "plimsoll.service", "--property=" + ",".join(properties)])
    return dict(line.split("=", 1) for line in text.splitlines())


def status_of(pid):
    with open("/proc/%d/status" % pid) as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def scrape():
    connection = http.client.HTTPConnection("127.0.0.1", 9797, timeout=20)
    try:
        connection.request("GET", "/metrics")
        return Scrape(connection.getresponse().read().decode())
    finally:
        connection.close()


def owner_and_mode(path):
    info = os.stat(path)
    return [pwd.getpwuid(info.st_uid).pw_name, oct(stat.S_IMODE(info.st_mode))]


def on_metrics(name):
    """The first scrape with this container, or None."""
    try:
        found = scrape()
    except OSError:
        return None
    return found if found.find("container_memory_usage_bytes", name=name) else None


def small_database():
    """dpkg's own with nothing in it but what the package depends on: reading all lists takes an emulated processor long."""
    os.makedirs(DATABASE + "/info")
    os.makedirs(DATABASE + "/updates")
    named = set(re.findall(r"[a-z0-9][a-z0-9.+-]+(?= |,|\||$)", re.sub(r"\([^)]*\)", "", run(["dpkg-deb", "-f", PACKAGE, "Depends"]))))
    with open("/var/lib/dpkg/status") as file:
        kept = [entry for entry in file.read().split("\n\n") if re.match(r"Package: (.*)", entry) and
                re.match(r"Package: (.*)", entry).group(1) in named]
    with open(DATABASE + "/status", "w") as file:
        file.write("\n\n".join(kept) + "\n\n")
    for entry in kept:
        name = re.match(r"Package: (.*)", entry).group(1)
        if "\nMulti-Arch: same" in entry:
            name += ":" + re.search(r"\nArchitecture: (.*)", entry).group(1)
        with open("%s/info/%s.list" % (DATABASE, name), "w") as file:
            file.write("/.\n")


def dpkg(*arguments):
    done = subprocess.run(["timeout", "60", "dpkg", "--admindir=" + DATABASE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          stdin=subprocess.DEVNULL, env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))
    say("dpkg %s: %d" % (arguments[0], done.returncode))
    if done.returncode:
        raise AssertionError(done.stdout + run(["systemctl", "status", "--no-pager", "-l", "plimsoll"], check=False) +
                             run(["systemctl", "list-jobs", "--no-pager"], check=False) +
                             run(["journalctl", "--no-pager", "-b", "-n", "40"], check=False))


def fault_of_a_reload():
    """A faulty configuration: what the service and its metrics are afterwards."""
    with open(CONFIG) as file:
        good = file.read()
    with open(CONFIG, "w") as file:
        file.write(good.replace("interval: 10s", "interval: never", 1))
    run(["systemctl", "reload", "plimsoll"])
    wait_until(lambda: scrape().value("plimsoll_config_last_reload_successful") == 0, SLOW, "the reload is told")
    state = show("ActiveState", "SubState")
    with open(CONFIG, "w") as file:
        file.write(good)
    run(["systemctl", "reload", "plimsoll"])
    wait_until(lambda: scrape().value("plimsoll_config_last_reload_successful") == 1, SLOW, "the good one is taken")
    return state


def watchdog():
    """Held still, it must be killed and started anew."""
    with open("/run/systemd/system/plimsoll.service.d/watchdog.conf", "w") as file:
        file.write("[Service]\nWatchdogSec=10s\n")
    run(["systemctl", "daemon-reload"])
    run(["systemctl", "restart", "plimsoll"])
    time.sleep(11)  # longer than the watchdog's time: it is fed
    before = show("MainPID", "NRestarts")
    os.kill(int(before["MainPID"]), signal.SIGSTOP)
    wait_until(lambda: show("NRestarts")["NRestarts"] == "1" and show("ActiveState")["ActiveState"] == "active", 60,
               "the watchdog restarts it", 0.5)
    return {"restarts before": before["NRestarts"], "new": show("MainPID")["MainPID"] != before["MainPID"]}


def main():
    run(["ip", "link", "set", "lo", "up"])
    if os.path.exists("/usr/sbin/policy-rc.d"):
        os.unlink("/usr/sbin/policy-rc.d")  # the host's, against services at build time; the overlay forgets it
    # The guest has come no further than its job: waiting for sysinit.target would start all of the host's services.
    os.makedirs("/run/systemd/system/plimsoll.service.d")
    with open("/run/systemd/system/plimsoll.service.d/early.conf", "w") as file:
        file.write("[Unit]\nDefaultDependencies=no\n")
    run(["systemctl", "start", "systemd-journald.service"])
    result = {}
    with OciRuntime("crun", root="/run/crun") as crun:
        crun.run("lone", ["sleep", "1000000"], cgroup="/berth/lone", memory=32 << 20)
        say("a container runs")
        small_database()
        dpkg("-i", PACKAGE)
        result["started"] = show("ActiveState", "SubState", "Type", "StatusText", "WatchdogUSec", "NRestarts", "MainPID",
                                 "UnitFileState")
        result["process"] = status_of(int(result["started"]["MainPID"]))
        result["user"] = pwd.getpwnam("plimsoll").pw_uid
        wait_until(lambda: on_metrics("lone"), SLOW, "the container is on /metrics", 0.5)
        found = scrape()
        result["lone"] = series_of(found, name="lone")
        result["itself"] = series_of(found, id="/system.slice/plimsoll.service")
        result["errors"] = {name: found.value(name) for name in ("plimsoll_parse_errors_total", "plimsoll_read_errors_total")}
        result["up"] = found.value("plimsoll_storage_up") if found.find("plimsoll_storage_up") else None
        result["database"] = owner_and_mode("/var/lib/plimsoll/plimsoll.db")
        result["folder"] = owner_and_mode("/var/lib/plimsoll")
        say("scraped")
        result["faulty reload"] = fault_of_a_reload()
        say("reloaded")
        result["watchdog"] = watchdog()
        say("the watchdog bites")
        result["log"] = run(["journalctl", "-u", "plimsoll", "-o", "cat", "--no-pager"], check=False)
        dpkg("-r", "plimsoll")
        result["removed"] = {**show("ActiveState", "LoadState"), "program": os.path.exists("/usr/bin/plimsoll"),
                             "config": os.path.exists(CONFIG), "history": os.path.exists("/var/lib/plimsoll/plimsoll.db")}
        dpkg("-P", "plimsoll")
        result["purged"] = {"config": os.path.exists("/etc/plimsoll"), "history": os.path.exists("/var/lib/plimsoll")}
        with open(sys.argv[1] + "/result.json", "w") as file:
            json.dump(result, file)
        say("done")
        sys.stdout.flush()
        os._exit(0)


main()
