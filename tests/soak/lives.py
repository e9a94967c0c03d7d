"""Plimsoll as it lives, dies and lives again, with a clock that somebody else sets."""
import os
import struct
import time

from rig.plimsoll import Plimsoll
from rig.program import run, wait_until
from rig.store import StoreFile


class Clock:
    """The program's wall clock: the machine's, and so many seconds. Its monotonic clock and the times of files stay.

    The library is made here, of stepped_clock.cc.
    """

    def __init__(self, folder):
        self.library, self.file = folder + "/stepped_clock.so", folder + "/step"
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stepped_clock.cc")
        run([os.environ.get("CXX", "c++"), "-std=c++20", "-O2", "-shared", "-fPIC", "-o", self.library, source, "-ldl"])
        with open(self.file, "wb") as file:
            file.write(struct.pack("=q", 0))

    def set(self, seconds):
        """All at once: 8 bytes in one page."""
        with open(self.file, "r+b", buffering=0) as file:
            file.write(struct.pack("=q", int(seconds * 1e9)))

    def environment(self):
        return {"LD_PRELOAD": self.library, "STEPPED_CLOCK": self.file}


class Life:
    def __init__(self, number):
        self.number = number
        self.began, self.ended = time.monotonic(), None


class Lives:
    """`downs`: [(from, to)] of the times at which it was killed and not yet back."""

    def __init__(self, config, options, clock):
        self.plimsoll = Plimsoll(config, options, clock.environment())
        self.lives, self.downs, self.damage, self.deaths = [], [], [], []

    def __enter__(self):
        self.plimsoll.__enter__()
        self.lives.append(Life(1))
        return self

    def __exit__(self, *arguments):
        return self.plimsoll.__exit__(*arguments)

    @property
    def life(self):
        return self.lives[-1]

    def is_up(self):
        """Notes a death that nobody wanted."""
        if self.plimsoll.program.running():
            return True
        code = self.plimsoll.program.process.returncode
        if not self.deaths or self.deaths[-1][0] != self.life.number:
            self.deaths.append((self.life.number, code))
        return False

    def kill(self, store):
        """kill -9, a look at what it left, and a new life."""
        begin = time.monotonic()
        process = self.plimsoll.program.process
        self.life.ended = begin
        if self.is_up():
            process.kill()
        process.wait()
        with StoreFile(store) as file:
            if not file.whole():
                self.damage.append(self.life.number)
        self.plimsoll.program.start()
        wait_until(self.plimsoll._ready, 30, lambda: "it is back:\n" + self.plimsoll.log()[-2000:])
        self.downs.append((begin, time.monotonic()))
        self.lives.append(Life(self.life.number + 1))
