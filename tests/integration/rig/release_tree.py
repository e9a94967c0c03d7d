"""Programs of another release of Ubuntu, in a tree of their own: they run on this machine's kernel and cgroups."""
import glob
import os
import shutil
import subprocess
import tempfile

from .program import Missing, Program, remove_tree, require, require_root, run, temporary_directory, wait_until

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
TREES = os.path.join(REPOSITORY, "build", "trees")
ENGINES = ("conmon", "containerd", "crun", "docker.io", "netavark", "podman", "runc")
UBUNTU_KEYS = "/usr/share/keyrings/ubuntu-archive-keyring.gpg"
# Engines work below the temporary directory, and have each other's state below /run. Both are bound without what is
# mounted below: a mount of a container of this machine's engines must not be held here.
ENTER = """set -e
mount --rbind "$1" "$1"
for directory in /proc /sys /dev; do mount --rbind "$directory" "$1$directory"; done
for directory in /run "$2"; do mkdir -p "$1$directory"; mount --bind "$directory" "$1$directory"; done
cd "$1"
mkdir -p .host
pivot_root . .host
umount -l /.host
echo entered
exec sleep infinity
"""


def engines():
    """Docker 29, Podman 5 and containerd 2: those that Ubuntu 26.04 was released with, which do not change any more."""
    return ReleaseTree(_kept("resolute", _fetch_engines))


class ReleaseTree:
    """Holds a mount namespace with `tree` as its root. An engine that is killed and started again comes back to it,
    and so to the mounts of its containers."""

    def __init__(self, tree):
        require_root()
        self.tree = tree
        self.root = temporary_directory("tree")
        self.program = Program([require("unshare"), "--mount", "--propagation", "private", "sh", "-c", ENTER, "sh",
                                tree, os.path.dirname(self.root)], self.root + "/log")

    def __enter__(self):
        self.program.start()
        try:
            wait_until(lambda: self.program.check_running() and "entered" in self.program.log_text(), 30,
                       lambda: "the tree is entered:\n" + self.program.log_text())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.program.stop()
        remove_tree(self.root)

    def require(self, *programs):
        """As program.require(): paths inside the tree."""
        path = ":".join(self.tree + directory for directory in ("/usr/sbin", "/usr/bin"))
        found = [shutil.which(name, path=path) for name in programs]
        absent = [name for name, place in zip(programs, found) if place is None]
        if absent:
            raise Missing("not in %s, which is fetched anew when it is removed: %s" % (self.tree, ", ".join(absent)))
        inside = [place[len(self.tree):] for place in found]
        return inside if len(inside) > 1 else inside[0]

    def command(self, argv, cwd="/"):
        """What runs `argv` there. The process becomes the program itself."""
        return [require("nsenter"), "--mount=/proc/%d/ns/mnt" % self.program.pid, "--wdns=" + cwd, *argv]


def _kept(name, make):
    """The directory of that name; where it is not there yet, make(directory) fills it."""
    kept = os.path.join(TREES, name)
    if not os.path.isdir(kept):
        os.makedirs(TREES, exist_ok=True)
        part = tempfile.mkdtemp(prefix=name + ".", dir=TREES)
        try:
            os.chmod(part, 0o755)
            make(part)
            os.rename(part, kept)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return kept


def _fetch_engines(tree):
    # Of debootstrap's scripts every release of Ubuntu has this one, and old versions of it do not know 26.04.
    _fetch("resolute", ENGINES, tree, "--components=main,universe", "--keyring=" + _ubuntu_keys(), script="gutsy")


def _ubuntu_keys():
    """This machine's, or those that Debian 13 has: Debian's own keys vouch for them."""
    if os.path.exists(UBUNTU_KEYS):
        return UBUNTU_KEYS
    return _kept("keys", lambda tree: _fetch("trixie", ["ubuntu-keyring"], tree, alone=True)) + UBUNTU_KEYS


def _fetch(suite, packages, tree, *options, script="", alone=False):
    """Unpacks the release's smallest system and the packages (`alone`: only these). Nothing is configured.

    From debootstrap's own mirror; it checks the signature.
    """
    debootstrap = require("debootstrap")
    download = tempfile.mkdtemp(prefix="download.", dir=TREES)
    try:
        run([debootstrap, "--download-only", "--variant=minbase", "--include=" + ",".join(packages), *options, suite,
             download, "", script], timeout=400)
        archives = glob.glob(download + "/var/cache/apt/archives/*.deb")
        if alone:
            archives = [path for path in archives if os.path.basename(path).split("_")[0] in packages]
        # base-files has the links /bin, /lib and /sbin that all others need
        for archive in sorted(archives, key=lambda path: ("/base-files_" not in path, path)):
            run(["dpkg-deb", "--extract", archive, tree])
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        raise Missing("the release %s could not be fetched: %s" % (suite, str(error)[-500:])) from error
    finally:
        shutil.rmtree(download, ignore_errors=True)
