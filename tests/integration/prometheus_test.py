"""A real Prometheus scrapes both formats; promtool and the queries of common dashboards."""
import http.client
import http.server
import threading
import unittest

from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.plimsoll import OPENMETRICS, TEXT, Plimsoll, collector_config
from rig.program import wait_until
from rig.prometheus import Prometheus, check_metrics
from rig.witness import Witness

# Shapes of the expressions that public dashboards and rules for cAdvisor use.
QUERIES = [
    'sum(rate(container_cpu_usage_seconds_total{image!=""}[5s])) by (name)',
    'sum by (name) (rate(container_cpu_usage_seconds_total{name=~".+",cpu="total"}[5s])) * 100',
    'sum(rate(container_cpu_user_seconds_total{image!=""}[5s])) by (name)',
    'rate(container_cpu_usage_seconds_total{id="/"}[5s])',
    'container_memory_usage_bytes{image!="",name=~".+"}',
    'container_memory_rss{name=~".+"} + container_memory_cache{name=~".+"}',
    'sum(container_memory_working_set_bytes{name!=""}) / scalar(machine_memory_bytes)',
    '(container_memory_usage_bytes{name!=""} / (container_spec_memory_limit_bytes{name!=""} > 0)) * 100',
    'container_spec_cpu_quota{name!=""} / container_spec_cpu_period{name!=""}',
    'rate(container_cpu_cfs_throttled_periods_total{name!=""}[5s]) / rate(container_cpu_cfs_periods_total{name!=""}[5s])',
    'sum(rate(container_fs_writes_bytes_total{id="/"}[5s])) by (device)',
    'sum(container_fs_usage_bytes{id="/"}) / sum(container_fs_limit_bytes{id="/"})',
    'sum(rate(container_network_receive_bytes_total{id="/"}[5s])) by (interface)',
    'count(container_last_seen{image!=""})',
    'count(count by (name) (container_last_seen{name!=""}))',
    'time() - container_start_time_seconds{name!=""}',
    'increase(container_oom_events_total{name!=""}[5s])',
    'sum(container_memory_rss{container_label_com_docker_compose_project="shop"}) by '
    '(container_label_com_docker_compose_service)',
    'container_memory_swap{name!=""}',
    'container_memory_failcnt{name!=""}',
    'container_tasks_state or container_threads{name!=""}',
    'machine_cpu_cores',
    'absent(container_last_seen{name="no-such-ship"})',
    'label_replace(plimsoll_container_info{name!=""}, "short", "$1", "runtime_id", "(.{12}).*")',
    'plimsoll_container_cpu_percent / on(id, name, image) group_left plimsoll_container_cpu_limit_percent',
    'plimsoll_host_cpu_percent',
    'histogram_quantile(0.99, rate(plimsoll_collect_duration_seconds_bucket[5s]))',
]
# What promtool says of names that are cAdvisor's and so stay as they are.
INHERITED = ("container_", "machine_", "go_")


class TextOnly(http.server.ThreadingHTTPServer):
    """Stands between Prometheus and its target and asks for the text format, which 2.42 itself cannot be told to."""

    daemon_threads = True

    def __init__(self, target):
        class Relay(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                connection = http.client.HTTPConnection("127.0.0.1", target, timeout=5)
                try:
                    connection.request("GET", self.path, headers={"Accept": TEXT, "Accept-Encoding": "gzip"})
                    answer = connection.getresponse()
                    body = answer.read()
                finally:
                    connection.close()
                self.send_response(answer.status)
                for header in ("Content-Type", "Content-Encoding"):
                    if answer.headers.get(header):
                        self.send_header(header, answer.headers[header])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        super().__init__(("127.0.0.1", 0), Relay)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class PrometheusTest(IntegrationCase):
    def setUp(self):
        self.witness = self.make(Witness)
        self.engine = self.make(lambda: DockerEngine("/%sdocker" % PREFIX))
        self.engine.run(PREFIX + "web", ["sh", "-c", "while :; do :; done"], Memory=64 << 20, NanoCpus=100000000,
                        labels={"com.docker.compose.project": "shop", "com.docker.compose.service": "web",
                                "odd": 'a "quoted" \\ back\nslash é'})
        self.engine.run(PREFIX + "idle", ["sleep", "1000000"])
        self.plimsoll = self.make(Plimsoll, collector_config(["docker"], docker=self.engine))
        self.plimsoll.wait_for(lambda s: PREFIX + "idle" in s.names(), "the containers")

    def scrape_for_a_while(self, prometheus):
        wait_until(lambda: (prometheus.query("count_over_time(up[1m])") or [({}, 0)])[0][1] >= 7, 30, "seven scrapes")
        # Churn, so that series come and go between scrapes.
        for number in range(3):
            self.engine.wait(self.engine.run("%schurn-%d" % (PREFIX, number), ["sleep", "0.3"]))
        scrapes = prometheus.query("count_over_time(up[1m])")[0][1]
        wait_until(lambda: prometheus.query("count_over_time(up[1m])")[0][1] >= scrapes + 3, 30, "three more")
        self.assertLessEqual(prometheus.query("count_over_time(up[1m]) - sum_over_time(up[1m])")[0][1], self.witness.excuses())
        wait_until(lambda: (prometheus.target()["health"], prometheus.target()["lastError"]) == ("up", ""), 10,
                   lambda: "a target without fault: %s" % prometheus.target())
        self.assertEqual(prometheus.complaints(), [])

    def test_openmetrics_and_dashboards(self):
        prometheus = self.make(Prometheus, self.plimsoll.port)
        self.scrape_for_a_while(prometheus)
        for expression in QUERIES:
            with self.subTest(expression):
                self.assertNotEqual(prometheus.query(expression), [])
        (labels, value), = prometheus.query('container_spec_memory_limit_bytes{name="%sweb"}' % PREFIX)
        self.assertEqual(value, 64 << 20)
        self.assertEqual(labels["container_label_odd"], 'a "quoted" \\ back\nslash é')
        # An ended container's rule fires: frozen, and not forgotten at once.
        ended = 'time() - container_last_seen{name="%schurn-0"} > 2' % PREFIX
        wait_until(lambda: prometheus.query(ended), 15, ended)
        self.assertEqual(len(prometheus.query('container_last_seen{name=~"%schurn-.*"}' % PREFIX)), 3)

    def test_text_format(self):
        relay = self.enter(TextOnly(self.plimsoll.port))
        prometheus = self.make(Prometheus, relay.server_port)
        self.scrape_for_a_while(prometheus)
        self.assertNotEqual(prometheus.query(QUERIES[0]), [])

    def test_content_types(self):
        for accept, kind in ((TEXT, "text/plain; version=0.0.4"), (OPENMETRICS, "application/openmetrics-text; version=1.0.0"),
                             ("*/*", "text/plain; version=0.0.4"), ("", "text/plain; version=0.0.4")):
            status, headers, body = self.plimsoll.get("/metrics", {"Accept": accept} if accept else {})
            self.assertEqual(status, 200)
            self.assertTrue(headers["Content-Type"].startswith(kind), headers["Content-Type"])
            self.assertEqual(body.endswith(b"# EOF\n"), "openmetrics" in kind)
        _, headers, body = self.plimsoll.get("/metrics", {"Accept-Encoding": "gzip"})
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertIn(b"container_last_seen{", body)

    def test_promtool_has_nothing_to_say(self):
        complaints = check_metrics(self.plimsoll.metrics_text())
        own = [line for line in complaints if not line.startswith(INHERITED)]
        self.assertEqual(own, [])

    def test_series_are_counted(self):
        scrape = self.plimsoll.scrape()
        for labels, count in scrape.find("plimsoll_metric_series"):
            if labels["family"].startswith("container_"):
                self.assertEqual(len(scrape.find(labels["family"])), count, labels["family"])


if __name__ == "__main__":
    unittest.main()
