"""The built program, on a free port of 127.0.0.1."""
import gzip
import http.client
import json
import os
import signal
import socket
import time

from .exposition import Scrape
from .program import Missing, Program, remove_tree, temporary_directory, wait_until
from .witness import doze

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
TEXT = "text/plain; version=0.0.4"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
# One beat of a second, and what a loaded two-core machine may add to it.
TICK = 2.5


def binary():
    path = os.environ.get("PLIMSOLL_BINARY") or os.path.join(REPOSITORY, "build", "release", "plimsoll")
    if not os.access(path, os.X_OK):
        raise Missing("no binary at %s (PLIMSOLL_BINARY)" % path)
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def collector_config(runtimes=("auto",), docker=None, podman=None, containerd=None, with_socket=True, labels=("*",),
                     **settings):
    """The collector's section for engines of the rig. Without sockets the paths given lead nowhere."""
    nowhere = "/nonexistent/engine.sock"
    config = {"interval": "1s", "runtimes": list(runtimes), "container_labels": list(labels)}
    config["docker"] = {"socket": docker.socket if docker and with_socket else nowhere,
                        "data_root": docker.data_root if docker else "/nonexistent"}
    config["podman"] = {"sockets": [podman.socket if podman and with_socket else nowhere],
                        "storage_root": podman.storage_root if podman else "/nonexistent"}
    config["containerd"] = {"state": containerd.state if containerd else "/nonexistent"}
    config.update(settings)
    return {"collector": config}


class Plimsoll:
    """`config` is written as JSON, which YAML reads. None: the program's own defaults."""

    def __init__(self, config=None, options=(), environment=None):
        self.binary = binary()
        self.root = temporary_directory("plimsoll")
        self.port = free_port()
        self.config_file = self.root + "/config.yaml"
        argv = [self.binary, "--web.listen-address=127.0.0.1:%d" % self.port, *options]
        if config is not None:
            self.write_config(config)
            argv.append("--config.file=" + self.config_file)
        env = dict(os.environ, **(environment or {}))
        env.pop("DOCKER_HOST", None)
        self.program = Program(argv, self.root + "/log", env=env, cwd=self.root)

    def write_config(self, config):
        with open(self.config_file, "w") as file:
            json.dump(config, file)

    def __enter__(self):
        self.program.start()
        try:
            wait_until(self._ready, 20, lambda: "ready:\n" + self.log())
        except BaseException:
            self.program.stop(signal.SIGKILL)
            remove_tree(self.root)
            raise
        return self

    def __exit__(self, kind, *_):
        """Ends it as an init system does. It must take at most a second, and no error may stand in between."""
        try:
            if kind is not None:
                print("--- log of plimsoll\n" + self.log()[-6000:])
                self.program.stop(signal.SIGTERM, 3)
            elif self.program.process.returncode is None:
                self.terminate()
        finally:
            if self.program.running():
                self.program.stop(signal.SIGKILL)
            self.last_log = self.log()
            remove_tree(self.root)

    def terminate(self):
        self.program.check_running()
        self.program.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 1.0
        while self.program.running():
            if time.monotonic() > deadline and self.program.running():
                raise AssertionError("SIGTERM did not end it within a second:\n" + self.log()[-3000:])
            deadline += doze(0.01)
        code = self.program.process.returncode
        if code != 0:
            raise AssertionError("SIGTERM ended it with %d:\n%s" % (code, self.log()[-3000:]))

    def log(self):
        return self.program.log_text()

    @property
    def pid(self):
        return self.program.pid

    def _ready(self):
        self.program.check_running()
        try:
            return self.get("/-/ready", timeout=5)[0] == 200
        except OSError:
            return False

    def get(self, path, headers=None, timeout=10, method="GET"):
        """(status, headers, body); the body is unpacked if it came gzipped."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            body = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            return answer.status, answer.headers, body
        finally:
            connection.close()

    def metrics_text(self, accept=TEXT):
        status, _, body = self.get("/metrics", {"Accept": accept})
        if status != 200:
            raise AssertionError("/metrics: %d" % status)
        return body.decode("utf-8")

    def scrape(self):
        return Scrape(self.metrics_text())

    def wait_for(self, condition, what, seconds=TICK):
        """The first scrape for which condition(scrape) is true, and at most so long after now. Time in which this machine
        let nobody run does not count."""
        deadline = time.monotonic() + seconds
        while True:
            began = time.monotonic()
            scrape = self.scrape()
            if condition(scrape):
                return scrape
            if began > deadline:
                raise AssertionError("not on /metrics within %g s: %s" % (seconds, what() if callable(what) else what))
            deadline += doze(0.1)

    def next_beat(self, beats=1):
        """The first scrape that shows at least so many more beats of the collector than now. The first of them may have
        begun before now; the second has not."""
        now = self.scrape().value("plimsoll_collector_beats_total")
        return self.wait_for(lambda s: s.value("plimsoll_collector_beats_total") >= now + beats, "a beat",
                             1.0 + beats * TICK)

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def watches(self):
        """The inotify watches that it holds."""
        count = 0
        for fd in os.listdir("/proc/%d/fdinfo" % self.pid):
            try:
                with open("/proc/%d/fdinfo/%s" % (self.pid, fd)) as info:
                    count += sum(line.startswith("inotify wd:") for line in info)
            except FileNotFoundError:
                pass  # a client's, closed meanwhile
        return count

    def memory(self):
        """PSS and private dirty bytes of the process."""
        found = {}
        with open("/proc/%d/smaps_rollup" % self.pid) as file:
            for line in file:
                key, _, rest = line.partition(":")
                if key in ("Pss", "Private_Dirty"):
                    found[key] = int(rest.split()[0]) * 1024
        return found["Pss"], found["Private_Dirty"]
