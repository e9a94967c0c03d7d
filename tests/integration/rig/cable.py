"""A veth pair between the network namespaces of two containers, and traffic on it."""
from .program import require, run


class Cable:
    """Both ends are called eth0; nothing but what `ping` sends is ever on it. Goes with the containers."""

    def __init__(self, one, other, subnet="10.99.7"):
        self.ip, self.nsenter = require("ip", "nsenter")
        self.ends = (one, other)
        self.addresses = (subnet + ".1", subnet + ".2")
        peer = "plc%d" % other
        # Made inside the first container, so that the host never sees it.
        self._inside(one, "link", "add", "eth0", "type", "veth", "peer", "name", peer)
        self._inside(one, "link", "set", peer, "netns", str(other))
        self._inside(other, "link", "set", peer, "name", "eth0")
        for pid, address in zip(self.ends, self.addresses):
            self._inside(pid, "link", "set", "eth0", "addrgenmode", "none")
            self._inside(pid, "addr", "add", address + "/24", "dev", "eth0")
            self._inside(pid, "link", "set", "eth0", "up")

    def _inside(self, pid, *arguments):
        run([self.nsenter, "-t", str(pid), "-n", self.ip, *arguments], timeout=10)

    def ping(self, count=5, size=1000):
        run([self.nsenter, "-t", str(self.ends[0]), "-n", require("busybox"), "ping", "-c", str(count), "-i", "0.05",
             "-s", str(size), "-w", "20", self.addresses[1]], timeout=30)
