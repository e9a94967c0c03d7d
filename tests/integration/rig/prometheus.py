"""Prometheus itself, and promtool."""
import http.client
import json
import os
import signal
import subprocess
import time
import urllib.parse

from .plimsoll import free_port
from .program import Program, remove_tree, require, temporary_directory, wait_until

CONFIGURATION = """global: {{scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}}
rule_files: {rules}
scrape_configs:
- job_name: plimsoll
  static_configs: [{{targets: ['127.0.0.1:{target}']}}]
"""


class Prometheus:
    """Scrapes one target every second.

    `blocks`: a folder of data it begins with, and takes over. `rules`: paths of rules files.
    """

    def __init__(self, target, blocks=None, rules=()):
        program = require("prometheus")
        self.root = temporary_directory("prom")
        if blocks:
            os.rename(blocks, self.root + "/data")
        self.port = free_port()
        with open(self.root + "/prometheus.yml", "w") as file:
            file.write(CONFIGURATION.format(target=target, rules=json.dumps(list(rules))))
        self.program = Program([program, "--config.file=" + self.root + "/prometheus.yml",
                                "--storage.tsdb.path=" + self.root + "/data", "--log.level=info",
                                "--web.enable-admin-api",
                                "--web.listen-address=127.0.0.1:%d" % self.port], self.root + "/log")

    def __enter__(self):
        self.program.start()
        try:
            wait_until(self._ready, 30, lambda: "prometheus is ready:\n" + self.program.log_text(3000))
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

    def _get(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def query(self, expression):
        """[(labels, value)] of an instant query."""
        status, body = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        answer = json.loads(body)
        if status != 200 or answer["status"] != "success":
            raise AssertionError("%s: %s" % (expression, body.decode()))
        if answer["data"]["resultType"] == "scalar":
            return [({}, float(answer["data"]["result"][1]))]
        return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]

    def query_range(self, expression, seconds, step):
        """[(labels, values)] over the last so many seconds."""
        end = time.time()
        status, body = self._get("/api/v1/query_range?" + urllib.parse.urlencode(
            {"query": expression, "start": end - seconds, "end": end, "step": step}))
        answer = json.loads(body)
        if status != 200 or answer["status"] != "success":
            raise AssertionError("%s: %s" % (expression, body.decode()))
        return [(series["metric"], [float(value) for _, value in series["values"]]) for series in answer["data"]["result"]]

    def rules(self):
        """Every rule it knows, as its API tells."""
        answer = json.loads(self._get("/api/v1/rules")[1])
        return [rule for group in answer["data"]["groups"] for rule in group["rules"]]

    def snapshot(self):
        """A folder of blocks with all it has; gone when this ends."""
        status, body = self._get("/api/v1/admin/tsdb/snapshot", "POST")
        if status != 200:
            raise AssertionError(body.decode())
        return self.root + "/data/snapshots/" + json.loads(body)["data"]["name"]

    def target(self):
        return json.loads(self._get("/api/v1/targets")[1])["data"]["activeTargets"][0]

    def complaints(self):
        """Lines of its log above info."""
        return [line for line in self.program.log_text().splitlines()
                if "level=warn" in line or "level=error" in line]


def check_metrics(text):
    """What `promtool check metrics` says of a body, line by line."""
    done = subprocess.run([require("promtool"), "check", "metrics"], input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=30)
    return [line for line in done.stdout.decode().splitlines() if line.strip()]
