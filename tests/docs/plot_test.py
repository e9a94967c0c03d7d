"""docs/plot.py draws what a Prometheus answers, and asks what the dashboards ask."""
import http.server
import json
import os
import subprocess
import sys
import threading
import unittest
import urllib.parse
import xml.etree.ElementTree

import program_help

PLOT = os.path.join(program_help.ROOT, "docs", "plot.py")
SVG = "{http://www.w3.org/2000/svg}"


class Api:
    """A query_range that answers every question with `series` samples of two containers, and remembers the questions."""

    def __init__(self, hole=False, empty=False):
        api = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path, _, query = self.path.partition("?")
                asked = {name: values[0] for name, values in urllib.parse.parse_qs(query).items()}
                api.asked.append(asked["query"])
                start, step = float(asked["start"]), float(asked["step"])
                samples = [[start + i * step, str(i)] for i in range(10) if not (hole and i in (4, 5))]
                result = [] if empty else [{"metric": {"name": name, "instance": "host:9797"}, "values": samples}
                                           for name in ("web", "<db>")]
                body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()
                self.send_response(200 if path == "/api/v1/query_range" else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def plot(self):
        return subprocess.run([sys.executable, PLOT, "http://127.0.0.1:%d" % self.server.server_address[1], "--container=web",
                               "--job=ours"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False)


def drawn(done):
    """(texts, paths of series) of the picture."""
    root = xml.etree.ElementTree.fromstring(done.stdout)
    return [t.text for t in root.iter(SVG + "text")], [p.get("d") for p in root.iter(SVG + "path") if "h14" not in p.get("d")]


class Plot(unittest.TestCase):
    def test_asks_the_dashboards_questions(self):
        with Api() as api:
            done = api.plot()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn('plimsoll_container_cpu_percent{job=~"ours", instance=~".+", name="web"}', api.asked)
        self.assertEqual([q for q in api.asked if "$" in q], [])

    def test_draws_every_series_with_its_last_value(self):
        with Api() as api:
            texts, paths = drawn(api.plot())
        self.assertIn("Processor of the top containers", texts)
        self.assertIn("web  9 %", texts)
        self.assertIn("<db>  9 B", texts)
        self.assertEqual(len(paths), 2 * len(api.asked))
        self.assertEqual({(p.count("M"), p.count("L")) for p in paths}, {(1, 9)})

    def test_a_hole_stays_a_hole(self):
        with Api(hole=True) as api:
            _, paths = drawn(api.plot())
        self.assertEqual({(p.count("M"), p.count("L")) for p in paths}, {(2, 6)})

    def test_nothing_to_draw_is_said(self):
        with Api(empty=True) as api:
            done = api.plot()
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^plot.py: nothing to draw for 'Processor of the top containers'.*\n$")


if __name__ == "__main__":
    program_help.main()
