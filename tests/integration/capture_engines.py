#!/usr/bin/env python3
"""Captures what today's engines leave on disk and answer: capture_engines.py CASE... (none: all) into
tests/fixtures/runtime, each in the folder of its version."""
import json
import os
import shutil
import socket
import sqlite3
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from rig import release_tree  # noqa: E402
from rig.containerd import Containerd  # noqa: E402
from rig.docker import DockerEngine  # noqa: E402
from rig.podman import Podman  # noqa: E402
from rig.program import wait_until  # noqa: E402
from rig.workload import POD_UID  # noqa: E402

FIXTURES = os.path.join(os.path.dirname(HERE), "fixtures", "runtime")
SLEEP = ["sleep", "1000000"]
OUTGROW = ["sh", "-c", "exec tail /dev/zero"]
CHECK = {"Test": ["CMD-SHELL", "true"], "Interval": 10**9}
LABELS = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}


class Folder:
    """Of one engine. What would tell of this machine is changed in all that is kept."""

    def __init__(self, name, engine):
        self.path = os.path.join(FIXTURES, name)
        shutil.rmtree(self.path, ignore_errors=True)
        self.changes = [(engine.root, "/srv/fx"), ('"%s"' % socket.gethostname(), '"dockhand"'),
                        (os.uname().release, "6.12.0")]

    def changed(self, text):
        for here, there in self.changes:
            text = text.replace(here, there)
        return text

    def place(self, name):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def keep(self, name, text):
        with open(self.place(name), "w") as file:
            file.write(self.changed(text))

    def copy(self, path, name):
        with open(path) as file:
            self.keep(name, file.read())

    def answers(self, engine, containers, since):
        for name, container in containers.items():
            self.keep("api/inspect-%s.json" % name, json.dumps(engine.inspect(container)))
        for name, path, query in (("version", "/version", None), ("list", "/containers/json", {"all": "true"})):
            self.keep("api/%s.json" % name, json.dumps(engine.api.call("GET", path, query=query)))
        events = engine.api.call("GET", "/events", query={"since": int(since), "until": int(time.time()) + 1,
                                                         "filters": '{"type":["container"]}'})
        self.keep("api/events.jsonl", events.decode())


def version_of(engine):
    """The engine's own, without its packager's."""
    return engine.api.call("GET", "/version")["Version"].split("+")[0]


def docker(programs):
    with DockerEngine("/docker", programs=programs) as engine:
        since = time.time()
        web = engine.run("web", SLEEP, labels=LABELS, healthcheck=CHECK, Memory=64 << 20, MemorySwap=64 << 20,
                         NanoCpus=500000000)
        started = {"web": web, "hostnet": engine.run("hostnet", SLEEP, NetworkMode="host"),
                   "joins": engine.run("joins", SLEEP, NetworkMode="container:" + web),
                   "ended": engine.run("ended", ["sh", "-c", "exit 3"]), "never": engine.create("never", SLEEP),
                   "paused": engine.run("paused", SLEEP, labels={"odd.label": 'line\n"two" \\\u00fc'}),
                   "oomed": engine.run("oomed", OUTGROW, Memory=16 << 20, MemorySwap=16 << 20)}
        for name in ("ended", "oomed"):
            engine.wait(started[name])
        wait_until(lambda: engine.inspect(web)["State"]["Health"]["Status"] == "healthy", 20, "a check that passes")
        engine.pause(started["paused"])
        time.sleep(1)
        folder = Folder("docker-" + version_of(engine), engine)
        folder.answers(engine, started, since)
        for container in started.values():
            for name in ("config.v2.json", "hostconfig.json"):
                folder.copy("%s/containers/%s/%s" % (engine.data_root, container, name), "containers/%s/%s" % (container, name))


def podman(programs):
    with Podman(programs=programs) as engine:
        since = time.time()
        web = engine.run("web", SLEEP, labels=LABELS, Memory=64 << 20, MemorySwap=64 << 20, NanoCpus=500000000)
        started = {"web": web, "hostnet": engine.run("hostnet", SLEEP, NetworkMode="host"),
                   "joins": engine.run("joins", SLEEP, NetworkMode="container:" + web),
                   "ended": engine.run("ended", ["sh", "-c", "exit 5"]), "never": engine.create("never", SLEEP),
                   "checked": engine.run("checked", SLEEP, healthcheck=dict(CHECK, Interval=0))}
        engine.wait(started["ended"])
        engine.call("healthcheck", "run", "checked")
        engine.pause(started["hostnet"])
        time.sleep(1)
        folder = Folder("podman-" + version_of(engine), engine)
        folder.answers(engine, started, since)
        for name in ("web", "checked"):
            path = "run/overlay-containers/%s/healthcheck.log" % started[name]
            if os.path.exists(engine.root + "/" + path):
                folder.copy(engine.root + "/" + path, "srv/fx/" + path)
        database = folder.place("storage/db.sql")
        shutil.copy(engine.storage_root + "/db.sql", database)
    change_database(database, folder)


def change_database(path, folder):
    with sqlite3.connect(path) as database:
        for table in ("ContainerConfig", "ContainerState"):
            for container, text in database.execute("SELECT ID, JSON FROM %s" % table).fetchall():
                database.execute("UPDATE %s SET JSON = ? WHERE ID = ?" % table,
                                 (folder.changed(text.decode()).encode(), container))
        for column in ("StaticDir", "TmpDir", "GraphRoot", "RunRoot", "VolumeDir"):
            database.execute("UPDATE DBConfig SET %s = replace(%s, ?, ?)" % (column, column), folder.changes[0])
    database.execute("VACUUM")
    database.close()


def containerd(programs):
    with Containerd(programs=programs) as engine:
        sandbox = engine.run_pod_member(POD_UID, None)
        engine.run_pod_member(POD_UID, "app", sandbox=sandbox, memory=64 << 20, cpus=0.5)
        engine.run("plain", SLEEP, labels={"team": "harbour"}, memory=32 << 20)
        version = engine.call("version").split("Server:")[1].split("Version:")[1].split()[0]
        folder = Folder("containerd-" + version, engine)
        for container, namespace in engine.started.items():
            bundle = "state/io.containerd.runtime.v2.task/%s/%s/" % (namespace, container)
            for name in ("config.json", "init.pid"):
                folder.copy(engine.root + "/" + bundle + name, bundle + name)


CASES = {"docker": docker, "podman": podman, "containerd": containerd}


def main():
    with release_tree.engines() as programs:
        for case in sys.argv[1:] or CASES:
            CASES[case](programs)


if __name__ == "__main__":
    main()
