"""How long this machine let nobody run."""
import math
import threading
import time

LATE = 0.5  # seconds: more than a busy machine adds to a short sleep, less than makes a beat of a second be missed


def doze(seconds):
    """Sleeps. Returns by how much that was too long where the machine stood still, else 0."""
    began = time.monotonic()
    time.sleep(seconds)
    late = time.monotonic() - began - seconds
    return late if late > LATE else 0.0


class Witness(threading.Thread):
    """Beats and scrapes may be missed while the machine stood still, and at no other time."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stood_still, self.ending = 0.0, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join()

    def run(self):
        while not self.ending.is_set():
            self.stood_still += doze(0.05)

    def excuses(self):
        """So many, of one a second: none on a machine that ran."""
        return math.ceil(2 * self.stood_still)
