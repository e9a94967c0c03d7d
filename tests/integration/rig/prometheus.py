"""Prometheus itself, and promtool."""
import json
import os
import subprocess
import time
import urllib.parse

from .program import require
from .web_program import WebProgram

CONFIGURATION = """global: {{scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}}
rule_files: {rules}
scrape_configs:
- job_name: plimsoll
  static_configs: [{{targets: ['127.0.0.1:{target}']}}]
"""


class Prometheus(WebProgram):
    """Scrapes one target every second.

    `blocks`: a folder of data it begins with, and takes over. `rules`: paths of rules files.
    """

    name = "prometheus"

    def __init__(self, target, blocks=None, rules=()):
        self.target_port, self.blocks, self.rule_files = target, blocks, list(rules)
        super().__init__()

    def prepare(self):
        if self.blocks:
            os.rename(self.blocks, self.root + "/data")
        with open(self.root + "/prometheus.yml", "w") as file:
            file.write(CONFIGURATION.format(target=self.target_port, rules=json.dumps(self.rule_files)))
        return ["--config.file=" + self.root + "/prometheus.yml", "--storage.tsdb.path=" + self.root + "/data",
                "--log.level=info", "--web.enable-admin-api"]

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


def check_metrics(text):
    """What `promtool check metrics` says of a body, line by line."""
    done = subprocess.run([require("promtool"), "check", "metrics"], input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=30)
    return [line for line in done.stdout.decode().splitlines() if line.strip()]
