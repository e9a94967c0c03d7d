"""Running other programs with a time bound, and ending exactly those."""
import ctypes
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Missing(Exception):
    """A real part that this machine does not have."""


def require(*programs):
    """Paths of the programs; Missing names those that are not installed."""
    search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin"
    found = [shutil.which(name, path=search) for name in programs]
    absent = [name for name, path in zip(programs, found) if path is None]
    if absent:
        raise Missing("not installed: " + ", ".join(absent))
    return found if len(found) > 1 else found[0]


class ThisMachine:
    """Where an engine's programs are, and how they are run: here. rig/release_tree.py has another place for them."""

    require = staticmethod(require)

    @staticmethod
    def command(argv, cwd=None):
        return argv


def require_root():
    if os.geteuid() != 0:
        raise Missing("needs root")


def run(argv, timeout=60, check=True, env=None, stdin=None, cwd=None):
    """Runs to the end and returns its standard output; the error carries both streams."""
    done = subprocess.run(argv, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, env=env, cwd=cwd)
    if check and done.returncode != 0:
        raise RuntimeError("%s: exit %d: %s%s" % (" ".join(argv), done.returncode,
                                                  done.stdout[-2000:].decode(errors="replace"),
                                                  done.stderr[-2000:].decode(errors="replace")))
    return done.stdout.decode(errors="replace")


def wait_until(condition, seconds, what, every=0.05):
    """The first true value of condition(); fails when it was asked once more after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        value = condition()
        if value:
            return value
        if began > deadline:
            raise AssertionError("not within %g s: %s" % (seconds, what() if callable(what) else what))
        time.sleep(every)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Program:
    """A daemon of ours: its output goes to a log file, and it does not outlive the test."""

    def __init__(self, argv, log, env=None, cwd=None):
        self.argv, self.log, self.env, self.cwd = argv, log, env, cwd
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env,
                                            cwd=self.cwd, preexec_fn=_die_with_parent, start_new_session=True)
        return self

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def check_running(self):
        if not self.running():
            raise AssertionError("%s ended with %s:\n%s" % (self.argv[0], self.process.returncode, self.log_text(4000)))
        return True

    def log_text(self, last=None):
        try:
            with open(self.log, errors="replace") as log:
                text = log.read()
        except FileNotFoundError:
            return ""
        return text[-last:] if last else text

    def stop(self, sig=signal.SIGTERM, timeout=15):
        """Ends it and returns its exit code; killed when it does not obey."""
        if not self.running():
            return self.process.returncode if self.process else None
        self.process.send_signal(sig)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(10)


def remove_empty_cgroups(path):
    """What an engine leaves of a parent that was ours; one that is in use stays."""
    for hierarchy in ["/sys/fs/cgroup"] + glob.glob("/sys/fs/cgroup/*/"):
        for directory, _, _ in os.walk(hierarchy.rstrip("/") + path, topdown=False):
            try:
                os.rmdir(directory)
            except OSError:
                pass


def temporary_directory(name):
    """Short, because the path of a unix socket holds at most 107 bytes."""
    return tempfile.mkdtemp(prefix="pl-%s-" % name, dir=os.environ.get("PLIMSOLL_TEST_TMP", "/tmp"))


def remove_tree(path):
    """Unmounts what engines left below, then removes it."""
    with open("/proc/self/mountinfo") as mounts:
        below = [line.split()[4] for line in mounts]
    for point in sorted((p for p in below if p.startswith(path + "/")), reverse=True):
        _libc.umount2(point.encode(), 2)  # MNT_DETACH
    shutil.rmtree(path, ignore_errors=True)
