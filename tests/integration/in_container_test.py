"""The program in a container of a real Docker: /proc, /sys and / of the host mounted read-only, no engine's socket."""
import http.client
import io
import json
import re
import tarfile
import time
import unittest

from rig.cable import Cable
from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.exposition import Scrape
from rig.plimsoll import REPOSITORY, binary, free_port
from rig.program import run, wait_until

IMAGE = "plimsoll/itself:1"
CAPABILITIES = ["SYS_PTRACE", "DAC_READ_SEARCH"]
SLEEP = ["sleep", "1000000"]


def libraries_of(program):
    return re.findall(r"(/\S+) \(0x", run(["ldd", program]))


def image_tar():
    """The program, bash for the health check, and the libraries of both: what deploy/docker/Dockerfile installs."""
    out = io.BytesIO()
    files = {"/usr/bin/plimsoll": binary(), "/bin/bash": "/bin/bash",
             "/usr/local/bin/healthcheck": REPOSITORY + "/deploy/docker/healthcheck"}
    for program in (binary(), "/bin/bash"):
        files.update({path: path for path in libraries_of(program)})
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name in ("tmp", "host", "host/proc", "host/sys", "host/root", "var/lib/plimsoll", "etc/plimsoll", "proc", "sys"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for name, path in files.items():
            with open(path, "rb") as file:
                data = file.read()
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.size, entry.mode = len(data), 0o755
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def entrypoint():
    """ENTRYPOINT and HEALTHCHECK as the Dockerfile has them."""
    with open(REPOSITORY + "/deploy/docker/Dockerfile", encoding="utf-8") as file:
        text = file.read().replace("\\\n", " ")
    return (json.loads(re.search(r"^ENTRYPOINT (\[.*\])$", text, re.M).group(1)),
            json.loads(re.search(r"^HEALTHCHECK .*? CMD (\[.*\])$", text, re.M).group(1)))


class InContainer(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        cls.docker = cls.share(lambda: DockerEngine("/%sinside" % PREFIX))
        name, tag = IMAGE.split(":")
        cls.docker.api.call("POST", "/images/create", image_tar(), {"fromSrc": "-", "repo": name, "tag": tag},
                            content_type="application/x-tar")
        cls.docker.run("neighbour", SLEEP, labels={"com.docker.compose.service": "web"}, Memory=48 << 20)

    def tearDown(self):
        for container in self.docker.containers():
            if self.docker.inspect(container)["Name"] != "/neighbour":
                self.docker.remove(container)

    def start(self, **settings):
        """The Dockerfile's program beside the neighbour; returns (container, port)."""
        self.entry, self.check = entrypoint()
        port = free_port()
        config = "%s/plimsoll.yaml" % self.docker.root
        with open(config, "w") as file:
            # The rig's engine is not where Docker is on a host. Paths of the configuration are as Plimsoll sees them.
            json.dump({"collector": {"interval": "1s", "docker": {"data_root": "/host/root" + self.docker.data_root}}}, file)
        host = {"NetworkMode": "host", "ReadonlyRootfs": True, "CapDrop": ["ALL"], "CapAdd": CAPABILITIES,
                "SecurityOpt": ["no-new-privileges"], "Tmpfs": {"/var/lib/plimsoll": ""},
                "Binds": ["/proc:/host/proc:ro", "/sys:/host/sys:ro", "/:/host/root:ro",
                          config + ":/etc/plimsoll/plimsoll.yaml:ro"], **settings}
        made = self.docker.api.call("POST", "/containers/create", {
            "Image": IMAGE, "Entrypoint": self.entry, "HostConfig": host,
            "Cmd": ["--web.listen-address=127.0.0.1:%d" % port, "--storage.path=/var/lib/plimsoll/plimsoll.db"],
            "Healthcheck": {"Test": ["CMD", "/bin/bash", *self.check, str(port)], "Interval": 10 ** 9, "Timeout": 5 * 10 ** 9,
                            "Retries": 1}}, {"name": "plimsoll"})["Id"]
        self.docker.start(made)
        return made, port

    def scrape(self, container, port):
        """The first scrape that shows the neighbour."""
        def ready():
            if not self.docker.inspect(container)["State"]["Running"]:
                raise AssertionError(self.log(container))
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/metrics")
                answer = connection.getresponse()
                scrape = Scrape(answer.read().decode()) if answer.status == 200 else None
                connection.close()
            except OSError:
                return None
            return scrape if scrape and scrape.find("container_memory_usage_bytes", name="neighbour") else None
        return wait_until(ready, 20, lambda: "the neighbour is on /metrics:\n" + self.log(container), 0.2)

    def log(self, container):
        path = self.docker.inspect(container)["LogPath"]
        with open(path, encoding="utf-8") as file:
            return "".join(json.loads(line)["log"] for line in file)[-4000:]

    def test_sees_the_hosts_containers_by_name(self):
        """In a pid namespace of its own, too."""
        container, port = self.start()
        scrape = self.scrape(container, port)
        neighbour = self.docker.inspect("neighbour")
        (labels, _), = scrape.find("container_memory_usage_bytes", name="neighbour")
        self.assertTrue(labels["id"].endswith("/" + neighbour["Id"]), labels["id"])
        self.assertEqual(labels["container_label_com_docker_compose_service"], "web")
        self.assertEqual(scrape.value("container_spec_memory_limit_bytes", name="neighbour"), 48 << 20)
        # Itself, too, by its name.
        self.assertTrue(scrape.find("container_memory_usage_bytes", name="plimsoll"))
        # The host's figures, not those of its own cgroup.
        with open("/proc/meminfo") as file:
            total = int(re.search(r"^MemTotal: +(\d+) kB", file.read(), re.M).group(1)) * 1024
        self.assertEqual(scrape.value("machine_memory_bytes"), total)
        self.assertEqual(scrape.value("plimsoll_parse_errors_total"), 0)
        self.assertNotIn("level=error", self.log(container))
        inside = self.docker.inspect(container)
        self.assertFalse([m for m in inside["Mounts"] if m["RW"] and m["Type"] == "bind"])

    def test_network_of_another_container_is_read(self):
        """What SYS_PTRACE is for. cgroup.procs names processes only to the host's pid namespace: hence --pid=host."""
        container, port = self.start(PidMode="host")
        scrape = self.scrape(container, port)
        self.docker.run("far-end", SLEEP)
        Cable(self.docker.pid("neighbour"), self.docker.pid("far-end")).ping(count=3)
        deadline = time.monotonic() + 20
        while not any(bytes_ > 3000 for _, bytes_ in scrape.find("container_network_receive_bytes_total",
                                                                 name="neighbour", interface="eth0")):
            self.assertLess(time.monotonic(), deadline, "three pings of 1,000 bytes are not on /metrics")
            time.sleep(0.3)
            scrape = self.scrape(container, port)

    def test_the_health_check_follows_readiness(self):
        container, _ = self.start()
        health = lambda: self.docker.inspect(container)["State"]["Health"]  # noqa: E731
        wait_until(lambda: health()["Status"] == "healthy", 30, lambda: "healthy: %r\n%s" % (health(), self.log(container)))
        self.docker.kill(container, "STOP")
        wait_until(lambda: health()["Status"] == "unhealthy", 30, lambda: "unhealthy: %r" % health())
        self.docker.kill(container, "CONT")

    def test_ends_within_dockers_grace(self):
        container, port = self.start()
        self.scrape(container, port)
        self.docker.stop(container, 5)
        self.assertEqual(self.docker.inspect(container)["State"]["ExitCode"], 0)


if __name__ == "__main__":
    unittest.main()
