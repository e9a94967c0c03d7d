"""A program on a terminal of its own, as a person would sit before it."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time


class Terminal:
    """Starts `argv` as the leader of a session whose terminal is a new pty of rows x columns."""

    def __init__(self, argv, rows=24, columns=120, env=None):
        self.argv, self.env = argv, dict(os.environ, TERM="xterm", **(env or {}))
        self.rows, self.columns = rows, columns
        self.shown = b""

    def __enter__(self):
        self.keyboard, self.line = pty.openpty()
        self.resize(self.rows, self.columns, tell=False)
        self.before = termios.tcgetattr(self.line)

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen(self.argv, stdin=self.line, stdout=self.line, stderr=self.line, env=self.env,
                                        preexec_fn=take_terminal)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait(10)
        os.close(self.keyboard)
        os.close(self.line)

    def resize(self, rows, columns, tell=True):
        fcntl.ioctl(self.keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def press(self, keys):
        os.write(self.keyboard, keys)

    def read(self, seconds=0.05):
        """Takes in what was written meanwhile."""
        while select.select([self.keyboard], [], [], seconds)[0]:
            piece = os.read(self.keyboard, 65536)
            if not piece:
                return
            self.shown += piece

    def wait_for(self, text, seconds=20, after=0):
        """Reads until `text` was written after that many bytes; the place behind it."""
        deadline = time.monotonic() + seconds
        while True:
            began = time.monotonic()
            self.read()
            at = self.shown.find(text, after)
            if at >= 0:
                return at + len(text)
            if began > deadline:
                raise AssertionError("%r was not written; the last was %r" % (text, self.shown[-2000:]))

    def wait_for_end(self, seconds=20):
        """The exit code; what is written meanwhile is taken in."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError("it does not end; the last was %r" % self.shown[-2000:])
            self.read()
        self.read()
        return self.process.returncode

    def settings(self):
        return termios.tcgetattr(self.line)
