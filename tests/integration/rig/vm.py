"""A guest with a kernel of its own: cgroup v2 only, or systemd as PID 1.

QEMU by software emulation, Debian's cloud kernel, the host's file tree shared read-only by virtiofsd under a tmpfs
overlay: a binary built a moment ago runs in the guest as it is, and nothing that the guest writes stays. The guest runs
one job and writes a tar of its results over a raw disk.
"""
import glob
import json
import os
import shlex
import stat
import tarfile

from .image import busybox_path
from .program import Missing, Program, remove_tree, require, require_root, run, temporary_directory, wait_until

MODULES = ("virtio_pci", "virtio_net", "virtio_blk", "virtiofs", "overlay", "veth")
# QEMU's emulation, all of it but one instruction: both processors of a guest were once found in ___slab_alloc, where Linux
# takes and gives memory by CMPXCHG16B, each at the same place for six minutes. Without it the kernel goes another way.
CPU = "max,-cx16"
RESULT_DISK = "/dev/vda"
RESULT_BYTES = 64 << 20

INIT = r"""#!/bin/sh
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
give_up() { echo "guest: $*"; poweroff -f; }
for module in $(cat /modules/order); do insmod /modules/$module; done
word() { for w in $(cat /proc/cmdline); do case $w in $1=*) echo ${w#*=};; esac; done; }
mkdir /lower /rw /new
mount -t tmpfs -o size=50% rw /rw; mkdir /rw/upper /rw/work
mount -t virtiofs -o ro host /lower || give_up no virtiofs
mount -t overlay -o lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work root /new || give_up no overlay
for d in proc sys dev run tmp var/lib/docker var/lib/containers var/lib/containerd; do mkdir -p /new/$d; done
mount -t proc proc /new/proc; mount -t sysfs sysfs /new/sys; mount -t devtmpfs dev /new/dev
mkdir -p /new/dev/pts /new/dev/shm /new/dev/mqueue
mount -t devpts devpts /new/dev/pts; mount -t tmpfs shm /new/dev/shm; mount -t mqueue mqueue /new/dev/mqueue
mount -t tmpfs run /new/run
# An overlay cannot be the upper layer of another: engines get a tmpfs under their usual roots.
for d in docker containers containerd; do mount -t tmpfs $d /new/var/lib/$d; done
job=$(word plimsoll.job)
if [ "$(word plimsoll.init)" = systemd ]; then
  units=/new/run/systemd/system; mkdir -p $units
  printf '[Unit]\nDefaultDependencies=no\nRequires=plimsoll-job.service dbus.socket\n' > $units/plimsoll-job.target
  printf '[Unit]\nDefaultDependencies=no\nAfter=dbus.socket\n[Service]\nExecStart=/bin/sh %s\n' "$job" > $units/plimsoll-job.service
  for d in dbus.service dbus.socket; do
    mkdir -p $units/$d.d; printf '[Unit]\nDefaultDependencies=no\n' > $units/$d.d/early.conf
  done
  rm -f /new/.dockerenv
  exec switch_root /new /lib/systemd/systemd
fi
mount -t cgroup2 cgroup2 /new/sys/fs/cgroup
chroot /new /bin/sh $job
give_up job returned
"""

JOB = """exec >/dev/ttyS0 2>&1 </dev/null
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root PYTHONDONTWRITEBYTECODE=1 PLIMSOLL_TEST_TMP=/run {environment}
mkdir /run/results
/usr/bin/python3 {script} /run/results {arguments}; echo $? > /run/results/exit
tar -C /run/results -cf {disk} . && sync
echo o > /proc/sysrq-trigger; sleep 100
"""


def _newc_entry(number, name, mode, data=b"", device=(0, 0)):
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, device[0], device[1], len(name) + 1, 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return header + b"\0" * (-len(header) % 4) + data + b"\0" * (-len(data) % 4)


def _cpio(entries):
    """An archive in the kernel's initramfs format (newc) of (name, mode, data)."""
    out = [_newc_entry(i + 1, *entry) for i, entry in enumerate(entries)]
    out.append(_newc_entry(0, "TRAILER!!!", 0))
    return b"".join(out)


def kernel():
    """(path, release) of the newest installed kernel that has its modules."""
    for path in sorted(glob.glob("/boot/vmlinuz-*"), reverse=True):
        release = os.path.basename(path)[len("vmlinuz-"):]
        if os.path.isdir("/lib/modules/" + release):
            return path, release
    raise Missing("no kernel in /boot (linux-image-cloud-amd64)")


def _initramfs(release):
    modprobe = require("modprobe")
    modules = []
    for name in MODULES:
        for line in run([modprobe, "-S", release, "--show-depends", name]).splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "insmod" and rest.split()[0] not in modules:
                modules.append(rest.split()[0])
    directory, program = stat.S_IFDIR | 0o755, stat.S_IFREG | 0o755
    entries = [(name, directory) for name in ("bin", "dev", "modules", "proc", "sys")]
    with open(busybox_path(), "rb") as file:
        entries.append(("bin/busybox", program, file.read()))
    for applet in ("sh", "mount", "mkdir", "cat", "insmod", "chroot", "switch_root", "echo", "printf", "poweroff", "rm", "["):
        entries.append(("bin/" + applet, stat.S_IFLNK | 0o777, b"busybox"))
    for path in modules:
        with open(path, "rb") as file:
            entries.append(("modules/" + os.path.basename(path), stat.S_IFREG | 0o644, file.read()))
    order = "\n".join(os.path.basename(path) for path in modules) + "\n"
    entries.append(("modules/order", stat.S_IFREG | 0o644, order.encode()))
    entries.append(("init", program, INIT.encode()))
    return _cpio(entries)


class Vm:
    """Runs `script` (Python, a path on the host) in the guest with the results' directory and `arguments`.

    init: "shell" (the job is all there is; cgroup v2 only) or "systemd" (PID 1; kernel_arguments may ask for
    systemd.unified_cgroup_hierarchy=0).
    """

    def __init__(self, script, arguments=(), init="shell", memory_mb=1536, environment=None, kernel_arguments="",
                 visible=()):
        require_root()
        self.qemu = require("qemu-system-x86_64")
        self.virtiofsd = "/usr/lib/qemu/virtiofsd"
        if not os.access(self.virtiofsd, os.X_OK):
            raise Missing("not installed: virtiofsd (qemu-system-common)")
        require("unshare", "tar")
        if init == "systemd" and not os.access("/lib/systemd/systemd", os.X_OK):
            raise Missing("not installed: systemd")
        self.kernel, self.release = kernel()
        self.init, self.memory_mb, self.kernel_arguments = init, memory_mb, kernel_arguments
        self.root = temporary_directory("vm")
        self.visible = [self.root, os.path.dirname(os.path.abspath(script)), *visible]
        self.job = JOB.format(script=shlex.quote(os.path.abspath(script)), disk=RESULT_DISK,
                              arguments=" ".join(shlex.quote(a) for a in arguments),
                              environment=" ".join("%s=%s" % (k, shlex.quote(v))
                                                   for k, v in (environment or {}).items()))
        self.programs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in reversed(self.programs):
            program.stop()
        remove_tree(self.root)

    @property
    def console(self):
        return self.programs[1].log_text() if len(self.programs) > 1 else ""

    def _share(self):
        """Starts virtiofsd on a read-only view of /; other mounts are added where the job needs them."""
        view = self.root + "/view"
        os.mkdir(view)
        binds = ["mount --bind / %s && mount -o remount,bind,ro %s" % (view, view)]
        root_device = os.stat("/").st_dev
        for path in self.visible + ["/usr"]:
            if os.stat(path).st_dev != root_device:
                binds.append("mount --bind %s %s" % (shlex.quote(path), shlex.quote(view + path)))
        socket = self.root + "/fs.sock"
        serve = " ".join([self.virtiofsd, "--socket-path=" + socket, "-o", "source=" + view, "-o", "cache=always",
                          "-o", "sandbox=chroot", "--rlimit-nofile=0", "--thread-pool-size=2"])
        program = Program([require("unshare"), "-m", "--propagation", "private", "sh", "-c",
                           " && ".join(binds) + " && exec " + serve], self.root + "/virtiofsd.log")
        self.programs.append(program.start())
        wait_until(lambda: program.check_running() and os.path.exists(socket), 30, "virtiofsd listens")
        return socket

    def run(self, timeout):
        """Runs the job and returns {name: bytes} of what it left in its results' directory."""
        with open(self.root + "/job.sh", "w") as file:
            file.write(self.job)
        with open(self.root + "/initramfs", "wb") as file:
            file.write(_initramfs(self.release))
        with open(self.root + "/results", "wb") as file:
            file.truncate(RESULT_BYTES)
        append = "console=ttyS0 quiet panic=-1 psi=1 apparmor=0 plimsoll.job=%s/job.sh plimsoll.init=%s %s" % (
            self.root, self.init, self.kernel_arguments)
        if self.init == "systemd":
            append += " systemd.unit=plimsoll-job.target"
        memory = "%dM" % self.memory_mb
        socket = self._share()
        guest = Program([
            self.qemu, "-accel", "tcg,thread=multi", "-cpu", CPU, "-smp", "2", "-m", memory,
            "-object", "memory-backend-memfd,id=mem,share=on,size=" + memory, "-numa", "node,memdev=mem",
            "-kernel", self.kernel, "-initrd", self.root + "/initramfs", "-append", append,
            "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot",
            "-chardev", "socket,id=fs,path=" + socket, "-device", "vhost-user-fs-pci,chardev=fs,tag=host",
            "-drive", "file=%s/results,if=virtio,format=raw,cache=unsafe" % self.root,
            "-nic", "none"], self.root + "/console")
        self.programs.append(guest.start())
        wait_until(lambda: not guest.running(), timeout, lambda: "the guest ends; its console:\n" + self.console[-6000:], 0.2)
        return self._results()

    def _results(self):
        files = {}
        try:
            with tarfile.open(self.root + "/results") as tar:
                for entry in tar:
                    if entry.isfile():
                        files[entry.name[2:] if entry.name.startswith("./") else entry.name] = tar.extractfile(entry).read()
        except tarfile.ReadError:
            pass
        if files.get("exit", b"").strip() != b"0":
            raise AssertionError("the guest's job failed; its console:\n" + self.console[-8000:])
        return files

    def run_json(self, timeout, name="result.json"):
        return json.loads(self.run(timeout)[name])
