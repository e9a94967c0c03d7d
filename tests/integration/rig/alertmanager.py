"""Alertmanager itself."""
import json

from .web_program import WebProgram

CONFIGURATION = """route:
  receiver: recorder
  group_by: [alertname, instance]
  group_wait: 0s
  group_interval: 1s
receivers:
- name: recorder
  webhook_configs: [{{url: '{url}'}}]
"""


class Alertmanager(WebProgram):
    """Tells `url` by its own webhook of all it hears."""

    name = "prometheus-alertmanager"

    def __init__(self, url):
        self.told = url
        super().__init__()

    def prepare(self):
        with open(self.root + "/alertmanager.yml", "w") as file:
            file.write(CONFIGURATION.format(url=self.told))
        return ["--config.file=" + self.root + "/alertmanager.yml", "--storage.path=" + self.root + "/data",
                "--cluster.listen-address="]

    def alerts(self):
        """Those that it shows as firing."""
        return json.loads(self._get("/api/v2/alerts?active=true")[1])
