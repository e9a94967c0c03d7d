"""Who asks meanwhile: scrapers, readers of the API, pages that follow the live events."""
import http.client
import json
import random
import threading
import time


class Client(threading.Thread):
    """Asks again and again until it is told to end. Notes when a visit failed, and why: a visit that met a kill was
    bound to fail, which only who knows the kills can tell."""

    pause = 1.0  # seconds between two visits

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.visits, self.failures, self.ending = 0, [], threading.Event()

    def visit(self):
        raise NotImplementedError

    def wait(self):
        self.ending.wait(self.pause)

    def run(self):
        while not self.ending.is_set():
            began = time.monotonic()
            try:
                self.visit()
                self.visits += 1
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.failures.append((began, time.monotonic(), "%s: %r" % (type(self).__name__, error)))
            self.wait()
        self.close()

    def close(self):
        pass


class Scraper(Client):
    """A scrape a second over a connection that stays."""

    def __init__(self, port, gzip):
        super().__init__(port)
        self.headers = {"Accept-Encoding": "gzip"} if gzip else {}
        self.connection = None

    def visit(self):
        # A connection that was left by a server that died is found broken at its next use; a fresh one may not be.
        kept = self.connection is not None
        try:
            self.scrape()
        except (OSError, http.client.HTTPException):
            self.close()
            if not kept:
                raise
            self.scrape()

    def scrape(self):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.connection.request("GET", "/metrics", headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200 or len(body) < 1000:
            raise ValueError("%d, %d bytes" % (answer.status, len(body)))

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class ApiReader(Client):
    """Asks one route after the other, four a second."""

    pause = 0.25
    routes = ("containers", "resources/summary", "resources/top?metric=cpu&period=live",
              "resources/top?metric=memory&period=1h&limit=20", "containers/1/resources/history?range=1h",
              "containers/50/resources/history?range=24h", "containers/2/resources/current", "alerts",
              "alerts/history?limit=100", "notifications", "silences", "status")

    def visit(self):
        route = self.routes[self.visits % len(self.routes)]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/api/v1/" + route)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise ValueError("%s: %d %s" % (route, answer.status, body[:200]))
            json.loads(body)
        finally:
            connection.close()


class Follower(Client):
    """Follows the live events for a while, then goes; comes back a little later."""

    def __init__(self, port, number):
        super().__init__(port)
        self.random = random.Random(number)
        self.events = 0

    def wait(self):
        self.ending.wait(self.random.uniform(0.2, 5))

    def visit(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        until = time.monotonic() + self.random.uniform(2, 25)
        try:
            connection.request("GET", "/api/v1/containers/events")
            answer = connection.getresponse()
            if answer.status != 200:
                raise ValueError("events: %d %s" % (answer.status, answer.read()[:200]))
            while time.monotonic() < until and not self.ending.is_set():
                line = answer.readline()
                if not line:
                    raise ValueError("the events ended")
                self.events += line.startswith(b"event: ")
        finally:
            connection.close()
