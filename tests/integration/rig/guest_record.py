"""What a guest tells the host: our figures of a container between two readings of the kernel's files."""
import os

from .kernel import Cgroup, network, read

FILES = ("cpu.stat", "cpu.max", "cpu.weight", "memory.current", "memory.stat", "memory.max", "memory.peak", "memory.events",
         "pids.current", "pids.max", "io.stat", "cpu.pressure", "memory.pressure", "io.pressure", "cgroup.procs")


def kernel_files(path):
    """{file: text} of a v2 cgroup."""
    found = {}
    for name in FILES:
        try:
            found[name] = read("/sys/fs/cgroup%s/%s" % (path.rstrip("/"), name))
        except OSError:
            pass
    return found


def series_of(scrape, **labels):
    """{metric: [[labels, value]]} of every series that carries these labels."""
    found = {}
    for metric in scrape.families_with(**labels):
        found[metric] = [[have, value] for have, value in scrape.find(metric, **labels)]
    return found


def record(plimsoll, pids, cgroups=()):
    """A new beat, with the kernel's files of each container (pids: {name: pid}) and cgroup before and after it."""
    paths = {name: Cgroup(pid).path for name, pid in pids.items()}
    paths.update({path: path for path in cgroups})

    # What is no container is read whole every five seconds only.
    beats = 8 if cgroups else 2

    def kernel():
        # crun puts a scope's processes into its cgroup "container"; the scope is what a container is shown as.
        return {name: kernel_files(path.removesuffix("/container")) for name, path in paths.items()}

    def networks():
        return {name: network(pid) for name, pid in pids.items()}
    for _ in range(6):
        quiet, before = networks(), kernel()
        scrape = plimsoll.next_beat(beats)
        after = kernel()
        if networks() == quiet:
            break  # else a neighbour asked who has the address
    return {
        name: {"path": path, "before": before[name], "after": after[name],
               "ours": series_of(scrape, name=name) if name in pids else series_of(scrape, id=path),
               "network": quiet.get(name)}
        for name, path in paths.items()
    }


def start_squeeze(path, limit):
    """A cgroup of no engine whose process reads more of a disk than it may keep: memory pressure. Returns the pid."""
    directory = "/sys/fs/cgroup" + path
    os.makedirs(directory)
    parent = os.path.dirname(directory)
    with open(parent + "/cgroup.subtree_control", "w") as file:
        file.write("+cpu +memory +io +pids")
    with open(directory + "/memory.max", "w") as file:
        file.write(str(limit))
    pid = os.fork()
    if pid == 0:
        with open(directory + "/cgroup.procs", "w") as file:
            file.write(str(os.getpid()))
        os.execvp("sh", ["sh", "-c", "while :; do cat /dev/vda >/dev/null; sleep 0.2; done"])
    return pid
