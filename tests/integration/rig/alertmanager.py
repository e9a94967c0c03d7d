"""Alertmanager itself."""
import http.client
import json
import signal

from .plimsoll import free_port
from .program import Program, remove_tree, require, temporary_directory, wait_until

CONFIGURATION = """route:
  receiver: recorder
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
receivers:
- name: recorder
  webhook_configs: [{{url: '{url}'}}]
"""


class Alertmanager:
    """Tells `url` by its own webhook of all it hears."""

    def __init__(self, url):
        program = require("prometheus-alertmanager")
        self.root = temporary_directory("alertmanager")
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        with open(self.root + "/alertmanager.yml", "w") as file:
            file.write(CONFIGURATION.format(url=url))
        self.program = Program([program, "--config.file=" + self.root + "/alertmanager.yml",
                                "--storage.path=" + self.root + "/data", "--cluster.listen-address=",
                                "--web.listen-address=127.0.0.1:%d" % self.port], self.root + "/log")

    def __enter__(self):
        self.program.start()
        try:
            wait_until(self._ready, 30, lambda: "alertmanager is ready:\n" + self.program.log_text(3000))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.program.stop(signal.SIGTERM)
        remove_tree(self.root)

    def _ready(self):
        self.program.check_running()
        try:
            return self._get("/-/ready")[0] == 200
        except OSError:
            return False

    def _get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def alerts(self):
        """Those that it shows as firing."""
        return json.loads(self._get("/api/v2/alerts?active=true")[1])

    def complaints(self):
        return [line for line in self.program.log_text().splitlines() if "level=warn" in line or "level=error" in line]
