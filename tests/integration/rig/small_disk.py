"""A disk that is soon full."""
import os
import subprocess

from .program import Missing, temporary_directory


class SmallDisk:
    """A tmpfs of its own."""

    def __init__(self, size):
        if os.geteuid() != 0:
            raise Missing("mounting a small disk needs root")
        self.path = temporary_directory("disk")
        self.size = size

    def __enter__(self):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=" + self.size, "plimsoll-test", self.path],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            os.rmdir(self.path)
            raise Missing("no tmpfs can be mounted: " + done.stdout.decode())
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.path], check=True)
        os.rmdir(self.path)

    def remount(self, options):
        subprocess.run(["mount", "-o", "remount," + options, self.path], check=True)

    def fill(self):
        """Takes what is left, to the last byte."""
        ballast = os.open(self.path + "/ballast", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        try:
            for size in (1 << 20, 4096):
                try:
                    while os.write(ballast, b"x" * size):
                        pass
                except OSError:
                    pass
        finally:
            os.close(ballast)

    def drain(self):
        os.unlink(self.path + "/ballast")
