"""An engine whose socket answers badly: names come from disk all the same, and nothing breaks."""
import json
import os
import socket
import threading
import time
import unittest

from rig.case import PREFIX, IntegrationCase
from rig.docker import DockerEngine
from rig.plimsoll import Plimsoll, collector_config
from rig.program import remove_tree, temporary_directory
from rig.witness import Witness


def answer(status, body, content_type="application/json", length=None):
    return ("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nApi-Version: 1.41\r\n\r\n"
            % (status, content_type, len(body) if length is None else length)).encode() + body


OK = "200 OK"
DEEP = b"[" * 200000
FAULTS = {
    "500": lambda path: answer("500 Internal Server Error", b'{"message":"no"}'),
    "empty": lambda path: b"",
    "garbage": lambda path: os.urandom(4096),
    "not json": lambda path: answer(OK, b"<html>no</html>"),
    "wrong shape": lambda path: answer(OK, json.dumps({"Id": [1], "Names": 7, "State": {"Pid": "x"}}).encode()),
    "half a body": lambda path: answer(OK, b'[{"Id":"aaaa', length=5000),
    "half a header": lambda path: b"HTTP/1.1 200 OK\r\nContent-Le",
    "deep nesting": lambda path: answer(OK, DEEP),
    "a huge length": lambda path: answer(OK, b"[]", length=1 << 62),
    "a negative length": lambda path: answer(OK, b"[]", length=-1),
    "bad chunks": lambda path: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nxx",
    "nulls and bad UTF-8": lambda path: answer(OK, b'[{"Id":null,"Names":["/\xff\xfe\x00"],"Labels":{"a":null}}]'),
    "a redirect": lambda path: b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
}


class FakeEngine:
    """Answers every request on a unix socket with `make(path)`; None keeps the client waiting."""

    def __init__(self, path, make):
        self.path, self.make, self.requests, self.open = path, make, 0, []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(64)

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        for connection in self.open:
            connection.close()
        os.unlink(self.path)

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            request = connection.recv(65536)
            self.requests += 1
            reply = self.make(request.split(b" ")[1] if b" " in request else b"")
            if reply is None:
                self.open.append(connection)
                return
            connection.sendall(reply)
        except OSError:
            pass
        connection.close()


def endless(socket_path):
    """A body that does not end, a megabyte at a time."""
    class Endless(FakeEngine):
        def _serve(self, connection):
            self.requests += 1
            try:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
                for _ in range(300):
                    connection.sendall(b'"' + b"x" * (1 << 20) + b'",')
            except OSError:
                pass
            connection.close()
    return Endless(socket_path, None)


class FaultyEngine(IntegrationCase):
    time_limit = 300

    def setUp(self):
        self.witness = self.make(Witness)
        self.engine = self.make(lambda: DockerEngine("/%sdocker" % PREFIX))
        self.engine.run(PREFIX + "ship", ["sleep", "1000000"], labels={"team": "harbour"}, Memory=64 << 20)
        self.directory = temporary_directory("fake")
        self.addCleanup(remove_tree, self.directory)

    def config(self, socket_path):
        config = collector_config(["docker"], docker=self.engine)
        config["collector"]["docker"]["socket"] = socket_path
        return config

    def check(self, plimsoll):
        """It lives, it beats, and it says who the container is."""
        name = PREFIX + "ship"
        scrape = plimsoll.wait_for(lambda s: s.value("container_memory_usage_bytes", name=name) is not None,
                                   "the container's name from disk", 5)
        scrape = plimsoll.next_beat(2)
        (labels, _), = scrape.find("container_memory_usage_bytes", name=name)
        self.assertEqual((labels["image"], labels["container_label_team"]), (self.engine.image, "harbour"))
        self.assertEqual(scrape.value("container_spec_memory_limit_bytes", name=name), 64 << 20)
        for labels, up in scrape.find("plimsoll_runtime_up", runtime="docker"):
            if labels["endpoint"].endswith("fake.sock"):
                self.assertEqual(up, 0)
        self.assertLessEqual(scrape.value("plimsoll_collector_beats_skipped_total"), self.witness.excuses())

    def test_bad_answers(self):
        for fault, make in FAULTS.items():
            with self.subTest(fault):
                path = self.directory + "/fake.sock"
                with FakeEngine(path, make) as fake, Plimsoll(self.config(path)) as plimsoll:
                    self.check(plimsoll)
                    self.assertGreater(fake.requests, 0)

    def test_no_answer_at_all(self):
        path = self.directory + "/fake.sock"
        with FakeEngine(path, lambda _: None), Plimsoll(self.config(path)) as plimsoll:
            self.check(plimsoll)

    def test_an_answer_without_end(self):
        path = self.directory + "/fake.sock"
        with endless(path), Plimsoll(self.config(path)) as plimsoll:
            self.check(plimsoll)
            pss, _ = plimsoll.memory()
            self.assertLess(pss, 100 << 20)

    def test_the_engine_comes_back(self):
        """A socket that failed for a while is asked again and then believed."""
        path = self.directory + "/fake.sock"
        config = self.config(path)
        with Plimsoll(config) as plimsoll:
            with FakeEngine(path, FAULTS["500"]):
                self.check(plimsoll)
            os.symlink(self.engine.socket, path)
            scrape = plimsoll.wait_for(
                lambda s: any(up == 1 for labels, up in s.find("plimsoll_runtime_up", runtime="docker")
                              if labels["endpoint"].endswith("fake.sock")), "the engine is up", 40)
            self.assertEqual(len(scrape.find("container_last_seen", name=PREFIX + "ship")), 1)

    def test_log_is_not_flooded(self):
        """A fault is logged when it begins, not at every try."""
        path = self.directory + "/fake.sock"
        with FakeEngine(path, FAULTS["garbage"]), Plimsoll(self.config(path)) as plimsoll:
            self.check(plimsoll)
            time.sleep(5)
            lines = plimsoll.log().count("\n")
            self.assertLess(lines, 40, plimsoll.log())


if __name__ == "__main__":
    unittest.main()
