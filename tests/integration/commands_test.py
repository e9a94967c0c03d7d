"""plimsoll top, doctor and compare as a person runs them: a real program on a real terminal, and before a server that
answers what the tests say. cAdvisor's side is a text here; cadvisor_test.py has the real one."""
import base64
import http.server
import json
import os
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.request

from rig import kernel
from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.plimsoll import Plimsoll, binary, collector_config
from rig.program import wait_until
from rig.terminal import Terminal

TAKEN, GIVEN_BACK = b"\x1b[?1049h", b"\x1b[?25h\x1b[?1049l"
SUMMARY = {"cpu_percent": 12.5, "mem_used": 1 << 30, "mem_limit": 4 << 30, "cpu_count": 2, "container_count": 2}


def container(number, name, cpu, memory, pressure):
    return {"id": number, "name": name, "state": "running", "health": None, "alert_state": "normal",
            "current": {"cpu_percent": cpu, "cpu_limit_percent": None, "mem_used": memory, "mem_limit": 1 << 30,
                        "mem_percent": 10, "cpu_pressure_percent": 0, "mem_pressure_percent": None,
                        "io_pressure_percent": pressure,
                        "net_rx_bytes_per_second": 1, "net_tx_bytes_per_second": None,
                        "block_read_bytes_per_second": 0, "block_write_bytes_per_second": 0}}


class Server:
    """Answers the API as a Plimsoll with two containers, "alpha" busy, "beta" large and waiting for a disk."""

    def __init__(self, user=None):
        self.answers = {
            "/api/v1/containers": {"total": 2, "running": 2, "complete": True, "incomplete_reason": None,
                                   "containers": [container(1, "alpha", 90.0, 1 << 20, 2.5),
                                                  container(2, "beta", 5.0, 100 << 20, 60.25)]},
            "/api/v1/resources/summary": SUMMARY,
            "/api/v1/alerts": {"alerts": [{"rule": "Hot", "state": "firing", "count": None, "of": None,
                                           "container_id": 1}]}}
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                wanted = user and "Basic " + base64.b64encode(user.encode()).decode()
                status, body = 200, json.dumps(server.answers.get(self.path.split("?")[0])).encode()
                if wanted and self.headers.get("Authorization") != wanted:
                    status, body = 401, b"no"
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.http.server_address[1]

    def __enter__(self):
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


def call(*arguments, env=None):
    return subprocess.run([binary(), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True, timeout=60, env=dict(os.environ, **(env or {})))


class TopTest(IntegrationCase):
    def start(self, *options):
        self.server = self.make(Server)
        top = self.make(Terminal, [binary(), "top", "--url", self.server.url, "--interval=500ms", *options])
        top.wait_for(b"beta")
        return top

    def assert_restored(self, top):
        self.assertIn(TAKEN, top.shown)
        self.assertTrue(top.shown.endswith(GIVEN_BACK), top.shown[-200:])
        self.assertEqual(top.settings(), top.before)

    def names_after(self, top, at):
        """In the order of the screen that is drawn next, which ends where the one after it begins."""
        begin = top.wait_for(b"\x1b[H", after=at)
        screen = top.shown[begin:top.wait_for(b"\x1b[H", after=begin)]
        return sorted((name for name in (b"alpha", b"beta") if name in screen), key=screen.find)

    def test_keys_sort_filter_and_leave(self):
        top = self.start()
        self.assertIn(b"host cpu 12.5% of 2 cores", top.shown)
        self.assertIn(b"Hot", top.shown)
        self.assertNotEqual(top.settings(), top.before)
        self.assertEqual(self.names_after(top, len(top.shown)), [b"alpha", b"beta"])
        for key, order, names in ((b"p", b"by pressure", [b"beta", b"alpha"]), (b"c", b"by cpu", [b"alpha", b"beta"]),
                                  (b"m", b"by memory", [b"beta", b"alpha"])):
            top.press(key)
            at = top.wait_for(order, after=len(top.shown))
            self.assertEqual(self.names_after(top, at), names)
        top.press(b"/alp\n")
        at = top.wait_for(b"filter: alp", after=at)
        self.assertEqual(self.names_after(top, at), [b"alpha"])
        top.press(b"q")
        self.assertEqual(top.wait_for_end(), 0)
        self.assert_restored(top)

    def test_a_signal_gives_the_terminal_back(self):
        for number, code in ((signal.SIGINT, 0), (signal.SIGTERM, 128 + 15), (signal.SIGHUP, 128 + 1)):
            with self.subTest(number.name):
                top = self.start()
                top.process.send_signal(number)
                self.assertEqual(top.wait_for_end(), code)
                self.assert_restored(top)

    def test_control_c_of_the_keyboard_leaves(self):
        top = self.start()
        top.press(b"\x03")
        self.assertEqual(top.wait_for_end(), 0)
        self.assert_restored(top)

    def test_a_smaller_window_is_drawn_smaller(self):
        top = self.start()
        top.wait_for(b"DISK READ")
        self.assertIn(b"io 60.2%", top.shown)
        at = len(top.shown)
        top.resize(10, 60)

        def whole_screens():
            top.read()
            return top.shown[at:].split(b"\x1b[H")[1:-1]
        wait_until(lambda: any(b"NAME" in screen and b"DISK READ" not in screen for screen in whole_screens()), 20,
                   "a screen without the columns that do not fit")

    def test_a_stop_gives_the_terminal_back_until_it_goes_on(self):
        top = self.start()
        top.press(b"\x1a")
        wait_until(lambda: open("/proc/%d/stat" % top.process.pid).read().rsplit(")", 1)[1].split()[0] == "T", 10,
                   "it to stand still")
        top.read()
        self.assert_restored(top)
        at = len(top.shown)
        top.process.send_signal(signal.SIGCONT)
        top.wait_for(b"alpha", after=top.wait_for(TAKEN, after=at))

    def test_a_server_that_is_gone_leaves_old_figures(self):
        top = self.start()
        self.server.answers["/api/v1/containers"] = "something else"
        at = top.wait_for(b"old figures", after=len(top.shown))
        self.assertIn(b"alpha", top.shown[at:top.wait_for(b"\x1b[H", after=at)])

    def test_without_a_terminal_it_is_a_plain_table(self):
        server = self.make(Server)
        done = call("top", "--url", server.url, "--sort=memory")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.split("\n")
        self.assertTrue(lines[0].startswith("host cpu 12.5%"))
        self.assertEqual(lines[1].split(), "NAME CPU / LIMIT MEMORY / LIMIT MEM PRESSURE NET IN NET OUT DISK READ "
                                           "DISK WRITE STATE ALERTS".split())
        self.assertEqual([line.split()[0] for line in lines[2:4]], ["beta", "alpha"])
        self.assertRegex(lines[2], r"^beta   +5\.0% / - .* io 60\.2% ")
        self.assertNotIn("\x1b", done.stdout)

    def test_a_password_comes_from_file_or_environment(self):
        server = self.make(Server, "anna:s3cret")
        done = call("top", "--url", server.url)
        self.assertEqual(done.returncode, 1)
        self.assertIn("a user and a password are needed", done.stderr)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("s3cret\n")
            file.flush()
            self.assertEqual(call("top", "--url", server.url, "--user=anna", "--password-file", file.name).returncode, 0)
        env = {"PLIMSOLL_USER": "anna", "PLIMSOLL_PASSWORD": "s3cret"}
        self.assertEqual(call("top", "--url", server.url, env=env).returncode, 0)
        self.assertEqual(call("top", "--url", server.url, env=dict(env, PLIMSOLL_PASSWORD="x")).returncode, 1)

    def test_nobody_there_is_one_clear_line(self):
        done = call("top", "--url", "http://127.0.0.1:1")
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1))
        self.assertIn("http://127.0.0.1:1", done.stderr)


class RealServerTest(IntegrationCase):
    def test_a_real_container_is_in_the_table_and_its_engine_found(self):
        engine = self.make(lambda: DockerEngine("/%sdocker" % PREFIX))
        web = engine.run(PREFIX + "web", ["sh", "-c", "while :; do :; done"], Memory=64 << 20, NanoCpus=300_000_000)
        plimsoll = self.make(Plimsoll, collector_config(["docker"], docker=engine))
        url = "http://127.0.0.1:%d" % plimsoll.port
        tells = kernel.Cgroup(engine.pid(web)).pressure_total("cpu") is not None

        def measured():
            for line in call("top", "--url", url, "--sort=pressure").stdout.split("\n"):
                words = line.split()
                if not words or words[0] != PREFIX + "web" or words[1] == "-":
                    continue
                # It runs three tenths of the time at most, and wants to always.
                if not tells or words[8] == "cpu" and float(words[9].rstrip("%")) > 50:
                    return words
        words = wait_until(measured, 20, "the container with its processor use and pressure")
        self.assertGreater(float(words[1].rstrip("%")), 1)
        self.assertEqual(words[2:4], ["/", "30.0%"])
        self.assertEqual(words[5:7], ["/", "64.0MiB"])
        self.assertEqual(words[8], "cpu" if tells else "-")

        done = call("doctor", "--format=json", env={"DOCKER_HOST": "unix://" + engine.socket})
        said = [one["said"] for one in json.loads(done.stdout)["findings"] if one["subject"] == "docker socket"]
        self.assertEqual(len(said), 1, done.stdout)
        self.assertRegex(said[0], r"Docker \S+ answers, API 1\.\d+")

    def test_commands_understand_the_program(self):
        plimsoll = self.make(Plimsoll, collector_config(["cgroup"]))
        url = "http://127.0.0.1:%d" % plimsoll.port
        done = call("top", "--url", url + "/")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("host cpu", done.stdout)

        done = call("compare", url, "--url", url)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("/metrics: that is a Plimsoll, not a cAdvisor", done.stderr)

        # The same figures as those of somebody else.
        with tempfile.NamedTemporaryFile("w") as theirs:
            text = urllib.request.urlopen(url + "/metrics", timeout=20).read().decode()
            theirs.write("".join(line for line in text.splitlines(True) if "plimsoll_" not in line.split("{")[0]))
            theirs.flush()
            done = call("compare", theirs.name, "--url", url, "--wait=2s", "--format=json")
        self.assertIn("until our second reading", done.stderr)
        difference = json.loads(done.stdout)
        self.assertGreater(len(difference["families"]), 30)
        self.assertEqual([one["family"] for one in difference["families"] if one["kind"] != "shared"], [])
        self.assertGreater(sum(one["compared"] for one in difference["families"]), 30)

        done = call("doctor", "--web.listen-address=127.0.0.1:%d" % plimsoll.port, "--format=json")
        findings = {one["subject"]: one for one in json.loads(done.stdout)["findings"]}
        self.assertIn("serves there already", findings["address"]["said"])
        self.assertIn("cgroup", findings)


class CompareTest(IntegrationCase):
    def compare(self, theirs, ours, *options):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("theirs", theirs), ("ours", ours)):
                with open(folder + "/" + name, "w") as file:
                    file.write(text)
            return call("compare", folder + "/theirs", "--url", folder + "/ours", *options)

    def test_equal_files_are_exit_0(self):
        text = '# TYPE container_last_seen gauge\ncontainer_last_seen{id="/"} 1795411857 1795411857229\n'
        done = self.compare(text, text)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("would see no difference", done.stdout)

    def test_differences_are_exit_1_and_the_tolerance_counts(self):
        theirs, ours = 'container_x{id="/"} 100\n', 'container_x{id="/"} 120\n'
        done = self.compare(theirs, ours)
        self.assertEqual(done.returncode, 1)
        self.assertIn('100 there, 120 here: {id="/"}', done.stdout)
        self.assertEqual(self.compare(theirs, ours, "--tolerance=20").returncode, 0)

    def test_another_exporter_is_exit_1(self):
        done = self.compare("go_threads 7\n", 'container_x{id="/"} 1\n')
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("theirs shows no container_* families: is this a cAdvisor?", done.stderr)

    def test_a_file_that_is_none_is_named_with_its_line(self):
        done = self.compare("container_x 1\n<html>\n", "container_x 1\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, "theirs: line 2: ")


class CheckConfigTest(IntegrationCase):
    def test_the_file_may_be_given_as_everywhere(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("collector: {interval: 9m}\n")
            file.flush()
            for argument in (file.name, "--config.file=" + file.name):
                done = call("check-config", argument)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(file.name + ":1:23: ", done.stderr)
        done = call("check-config")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("FILE is required", done.stderr)


class DoctorTest(IntegrationCase):
    def test_an_empty_folder_for_a_host_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            done = call("doctor", "--path.procfs=" + folder, "--path.sysfs=" + folder, "--path.rootfs=" + folder,
                        "--storage.path=" + folder + "/x.db")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"(?m)^FAIL +cgroup +")
        self.assertRegex(done.stdout, r"\d+ OK, \d+ WARN, [1-9]\d* FAIL\n$")


if __name__ == "__main__":
    unittest.main()
