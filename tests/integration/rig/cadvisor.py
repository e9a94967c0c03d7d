"""The real cAdvisor: Debian 11 is the last release that has a package of it, version 0.38.7."""
import glob
import http.client
import os
import shutil
import subprocess
import tempfile
import time

from .plimsoll import REPOSITORY, free_port
from .program import Missing, Program, remove_tree, require, require_root, run, temporary_directory, wait_until

TREES = os.path.join(REPOSITORY, "build", "trees")
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The second one takes over what the first one drops when nobody looks after a release any more.
MIRRORS = ("http://deb.debian.org/debian", "http://archive.debian.org/debian")


def program():
    """The path of cAdvisor: this machine's own, or the one that is fetched once into build/trees/cadvisor."""
    try:
        return require("cadvisor")
    except Missing:
        pass
    kept = os.path.join(TREES, "cadvisor")
    path = kept + "/usr/bin/cadvisor"
    if not os.path.exists(path):
        os.makedirs(TREES, exist_ok=True)
        part = tempfile.mkdtemp(prefix="cadvisor.", dir=TREES)
        try:
            os.chmod(part, 0o755)
            _fetch(part)
            shutil.rmtree(kept, ignore_errors=True)
            os.rename(part, kept)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return path


def _fetch(tree):
    """By an apt that has its own sources, lists and status, and believes what Debian's keys have signed."""
    apt_get, dpkg, dpkg_deb = require("apt-get", "dpkg", "dpkg-deb")
    if not os.path.exists(KEYS):
        raise Missing("not installed: debian-archive-keyring, which has %s" % KEYS)
    architecture = run([dpkg, "--print-architecture"]).strip()
    said = []
    for mirror in MIRRORS:
        state = tempfile.mkdtemp(prefix="download.", dir=TREES)
        try:
            os.makedirs(state + "/etc/apt/preferences.d")
            os.makedirs(state + "/lists/partial")
            with open(state + "/status", "w"), open(state + "/sources.list", "w") as sources:
                sources.write("deb [signed-by=%s] %s bullseye main\n" % (KEYS, mirror))
            settings = {"Dir": state, "Dir::State": state, "Dir::State::status": state + "/status",
                        "Dir::State::lists": state + "/lists", "Dir::Cache": state + "/cache", "Dir::Etc": state + "/etc/apt",
                        "Dir::Etc::sourcelist": state + "/sources.list", "APT::Architecture": architecture,
                        "APT::Architectures": architecture, "APT::Sandbox::User": "", "Acquire::Languages": "none",
                        "Acquire::Retries": "2", "Acquire::http::Timeout": "20"}
            options = [word for key, value in settings.items() for word in ("-o", "%s=%s" % (key, value))]
            run([apt_get, *options, "update"], timeout=120, cwd=state)
            run([apt_get, *options, "download", "cadvisor"], timeout=120, cwd=state)
            package, = glob.glob(state + "/cadvisor_*.deb")
            return run([dpkg_deb, "--extract", package, tree])
        except (RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
            said.append("%s: %s" % (mirror, str(error)[-400:]))
        finally:
            shutil.rmtree(state, ignore_errors=True)
    raise Missing("cAdvisor could not be fetched: " + "; ".join(said))


class Cadvisor:
    """Over the containers of one dockerd, looking at them every second."""

    def __init__(self, engine, options=()):
        require_root()
        path = program()
        self.root = temporary_directory("cadvisor")
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.program = Program([path, "-listen_ip=127.0.0.1", "-port=%d" % self.port, "-docker=unix://" + engine.socket,
                                "-docker_root=" + engine.data_root, "-containerd=/nonexistent/containerd.sock",
                                "-housekeeping_interval=1s", "-allow_dynamic_housekeeping=false", *options],
                               self.root + "/log", cwd=self.root)

    def __enter__(self):
        self.program.start()
        try:
            wait_until(self._ready, 30, lambda: "cAdvisor answers:\n" + self.program.log_text(3000))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.program.stop()
        remove_tree(self.root)

    def _ready(self):
        self.program.check_running()
        try:
            return self.metrics_text()
        except (OSError, http.client.HTTPException):
            return False

    def metrics_text(self, seconds=20):
        """What it answers, asked again while it says that it failed: it gives no container at all when one of the
        host's ended while it answered."""
        deadline = time.monotonic() + seconds
        while True:
            text = self._get("/metrics")
            if "\ncontainer_scrape_error 0" in text:
                return text
            if time.monotonic() > deadline:
                raise AssertionError("cAdvisor could not read its containers for %d s:\n%s" % (seconds,
                                                                                            self.program.log_text(3000)))
            time.sleep(0.1)

    def _get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode()
            if answer.status != 200:
                raise AssertionError("%s: %d %s" % (path, answer.status, body[:500]))
            return body
        finally:
            connection.close()
