"""The hundred containers that stay, and those that come and go."""
import random
import subprocess
import threading
import time

from rig.case import PREFIX
from rig.docker import DockerEngine
from rig.oci import OciRuntime
from rig.unix_http import ApiError

SLEEPING_RUNC, SLEEPING_DOCKER = 84, 8
BURNING_RUNC, BURNING_DOCKER, OOM = 3, 3, 2  # a hundred with those above
OOM_EVERY = 40  # seconds, of each
PER_SECOND = 3
CHURNS = 4  # threads: starting and removing take their time
LIFE = (0.3, 1.2)  # seconds that a container lives; longer, and a churn could not keep its pace


def sleeping(seconds):
    return ["sleep", str(int(seconds))]


def burning(number, seconds):
    """At work for 20 s, then at rest, each with a pause of its own."""
    pause = 25 + 7 * number
    return ["sh", "-c", "for i in $(seq %d); do sleep %d; timeout 20 sh -c 'while :; do :; done'; done"
            % (seconds // (pause + 20) + 1, pause)]


def outgrowing(seconds):
    """A child takes all the memory there is and is killed; the shell stays."""
    return ["sh", "-c", "for i in $(seq %d); do sleep %d; tail /dev/zero; done" % (seconds // OOM_EVERY + 1, OOM_EVERY)]


class Fleet:
    """100 containers that stay. Each ends by itself `seconds` from now, whatever becomes of this program."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.runtime = OciRuntime("runc", root="/run/runc")
        self.engine = DockerEngine("/%ssoak" % PREFIX)
        self.docker = []

    def __enter__(self):
        self.runtime.__enter__()
        try:
            self.engine.__enter__()
        except BaseException:
            self.runtime.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.engine.__exit__()
        finally:
            self.runtime.__exit__()

    def start(self):
        for number in range(SLEEPING_RUNC):
            self.runtime.run("%sstays-%d" % (PREFIX, number), sleeping(self.seconds))
        for number in range(SLEEPING_DOCKER):
            self.engine.run("%sserves-%d" % (PREFIX, number), sleeping(self.seconds))
        for number in range(BURNING_RUNC):
            self.runtime.run("%sburn-a-%d" % (PREFIX, number), burning(number, self.seconds), cpus=0.1)
        for number in range(BURNING_DOCKER - 1):
            self._restless("burn-b-%d" % number, burning(number + 3, self.seconds), NanoCpus=100_000_000)
        self._restless("always", ["timeout", str(self.seconds), "sh", "-c", "while :; do :; done"], NanoCpus=50_000_000)
        for number in range(OOM):
            if number:
                time.sleep(OOM_EVERY / OOM)
            self._restless("outgrows-%d" % number, outgrowing(self.seconds), Memory=16 << 20, MemorySwap=16 << 20)

    def _restless(self, name, command, **limits):
        """The kernel may kill the shell instead of its child: then the engine starts it again, while it can."""
        self.docker.append(self.engine.run(PREFIX + name, command, RestartPolicy={"Name": "always"}, **limits))

    def calm(self):
        """Ends what burns and outgrows."""
        for number in range(BURNING_RUNC):
            self.runtime.remove("%sburn-a-%d" % (PREFIX, number))
        for container in self.docker:
            self.engine.remove(container)


class Churn(threading.Thread):
    """Starts and removes containers one after the other; every fourth is an old one made anew."""

    def __init__(self, runtime, number):
        super().__init__(daemon=True)
        self.runtime, self.number = runtime, number
        self.done, self.names, self.errors, self.ending = 0, 0, [], threading.Event()
        self.random = random.Random(number)

    def run(self):
        began, rate = time.monotonic(), PER_SECOND / CHURNS
        while not self.ending.is_set():
            again = self.done % 4 == 3
            name = "%schurn-%d%s" % (PREFIX, self.number, "" if again else "-%d" % self.done)
            try:
                self.runtime.run(name, sleeping(600))
                self.ending.wait(self.random.uniform(*LIFE))
                self.runtime.remove(name)
            except (RuntimeError, OSError, ApiError, subprocess.TimeoutExpired) as error:
                self.errors.append(repr(error)[-300:])
                self.runtime.remove(name)
            self.done += 1
            self.names += not again
            ahead = began + self.done / rate - time.monotonic()
            if ahead > 0:
                self.ending.wait(ahead)
