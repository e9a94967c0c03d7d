"""What a job inside a guest needs of its own machine."""
import os


def delegate_controllers():
    """Without systemd every process starts in the root cgroup, where v2 lets no controller be given to children."""
    root = "/sys/fs/cgroup"
    os.mkdir(root + "/init")
    with open(root + "/cgroup.procs") as file:
        for pid in file.read().split():
            try:
                with open(root + "/init/cgroup.procs", "w") as target:
                    target.write(pid)
            except OSError:
                pass  # a kernel thread
    with open(root + "/cgroup.subtree_control", "w") as file:
        file.write("+cpu +memory +io +pids")


def say(text):
    """A line on the console, with the seconds since boot."""
    with open("/proc/uptime") as file:
        print("[%8s] %s" % (file.read().split()[0], text), flush=True)


def cgroup_of(pid):
    """Its path in the v2 hierarchy; in the memory hierarchy where v1 is in charge."""
    found = {}
    with open("/proc/%d/cgroup" % pid) as file:
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            found[controllers] = path
    return found.get("memory", found.get("", "/"))
