#!/usr/bin/env python3
"""Asks every path that the served openapi.yaml describes, rightly and wrongly, and holds the answers to it.

openapi_walk.py PORT ID... walks a server on 127.0.0.1 that knows containers of these ids; exit 1 and a line for each
fault. json_api_test.py does the same to the program itself.
"""
import gzip
import http.client
import json
import sys
import time

import yaml_subset
from json_schema import Schemas

UNKNOWN_ID = 4294967295
METHODS = ("GET", "PUT", "POST", "DELETE")
LISTEN_SECONDS = 3


class Answer:
    def __init__(self, raw, body):
        self.status, self.headers = raw.status, raw.headers
        if raw.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.body = body
        self.type = (raw.headers.get("Content-Type") or "").split(";")[0]


class Walk:
    def __init__(self, port, ids):
        self.port, self.ids = port, [str(one) for one in ids]
        self.faults, self.seen, self.events = [], {}, set()
        self.silence = None  # the id of one that the walk made
        self.document = yaml_subset.load(self.ask("GET", "/api/v1/openapi.yaml").body.decode())
        self.schemas = Schemas(self.document)

    def ask(self, method, target, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, target, body, dict({"Accept-Encoding": "gzip"}, **(headers or {})))
            sock = connection.sock  # the connection lets go of it when the answer has no length
            raw = connection.getresponse()
            streams = (raw.headers.get("Content-Type") or "").startswith("text/event-stream")
            return Answer(raw, self.listen(raw, sock, LISTEN_SECONDS) if streams else raw.read())
        finally:
            connection.close()

    @staticmethod
    def listen(raw, sock, seconds):
        """What a stream says within so many seconds."""
        heard, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            sock.settimeout(max(0.05, end - time.monotonic()))
            try:
                piece = raw.read1(65536)
            except OSError:
                break
            if not piece:
                break
            heard += piece
        return heard

    def fault(self, where, what):
        self.faults.append("%s: %s" % (where, what))

    def check(self, where, operation, answer, expected=None):
        """The answer's status is described (and expected), its type and body are as described."""
        self.seen.setdefault(where.split("?")[0], set()).add(answer.status)
        if expected is not None and answer.status not in expected:
            self.fault(where, "%d where %s was expected: %.200s" % (answer.status, expected, answer.body))
        described = operation["responses"].get(str(answer.status))
        if described is None:
            return self.fault(where, "%d is not described: %.200s" % (answer.status, answer.body))
        (kind, content), = self.schemas.resolve(described)["content"].items()
        if answer.type != kind:
            return self.fault(where, "%s instead of %s" % (answer.type, kind))
        if kind == "application/json":
            for fault in self.schemas.faults(content["schema"], json.loads(answer.body)):
                self.fault(where, fault)
        elif kind == "text/event-stream":
            self.check_events(where, operation["x-events"], answer.body.decode())
        return None

    def check_events(self, where, described, text):
        for block in text.split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "event" not in fields:
                continue
            self.events.add(fields["event"])
            if fields["event"] not in described:
                self.fault(where, "event %s is not described" % fields["event"])
                continue
            if "id" not in fields and fields["event"] != "dropped":
                self.fault(where, "event %s has no id" % fields["event"])
            for fault in self.schemas.faults(described[fields["event"]], json.loads(fields["data"])):
                self.fault("%s %s" % (where, fields["event"]), fault)

    def parameters(self, item, operation):
        found = [self.schemas.resolve(one) for one in item.get("parameters", []) + operation.get("parameters", [])]
        return [one for one in found if one["in"] == "query"]

    def good_queries(self, parameters):
        yield ""
        for parameter in parameters:
            schema = parameter["schema"]
            values = schema.get("enum") or []
            if parameter["name"] == "container_id":
                values = self.ids[:1]
            elif schema["type"] == "integer":
                values = [schema["minimum"], schema["maximum"]]
            for value in values:
                yield "?%s=%s" % (parameter["name"], value)
        names = {parameter["name"] for parameter in parameters}
        if {"from", "to", "step"} <= names:
            now = int(time.time())
            yield "?from=%d" % (now - 600)
            yield "?from=%d&to=%d&step=30s" % (now - 600, now)
            yield "?from=%s&step=1m" % time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 7200))

    @staticmethod
    def bad_queries(parameters):
        for parameter in parameters:
            schema = parameter["schema"]
            if "enum" in schema or schema["type"] == "integer" or parameter["name"] in ("from", "to", "step"):
                yield "?%s=wrong" % parameter["name"]
                yield "?%s=%%zz" % parameter["name"]
            if schema["type"] == "integer":
                yield "?%s=%d" % (parameter["name"], schema["minimum"] - 1)
                yield "?%s=%d" % (parameter["name"], schema["maximum"] + 1)

    def walk(self):
        for path, item in self.document["paths"].items():
            ids = [self.silence or "1"] if "/silences/" in path else self.ids
            targets = [path.replace("{id}", one) for one in ids] if "{id}" in path else [path]
            self.wrong_methods(targets[0], item)
            if "post" in item:
                self.walk_post(targets[0], item["post"])
            if "delete" in item:
                self.walk_delete(targets[0], item)
                continue
            for target in targets:
                self.walk_get(target, item)
            if "put" in item:
                self.walk_put(targets[0], item["put"])
            if "{id}" in path:
                answer = self.ask("GET", path.replace("{id}", str(UNKNOWN_ID)))
                self.check("GET %s unknown" % path, item["get"], answer, [404])
        for path in self.document["paths"]:
            statuses = [seen for where, seen in self.seen.items() if where.startswith("GET " + path.split("{")[0])]
            if not any(200 in seen for seen in statuses) and (self.silence or "/silences/" not in path):
                self.fault("GET " + path, "never answered with 200")
        return self.faults

    def walk_get(self, target, item):
        operation = item["get"]
        foreign = self.ask("GET", target, headers={"Host": "evil.example"})
        self.check("GET %s foreign host" % target, operation, foreign, [403])
        parameters = self.parameters(item, operation)
        for query in self.good_queries(parameters):
            where = "GET " + target + query
            answer = self.ask("GET", target + query)
            self.check(where, operation, answer, [200])
            head = self.ask("HEAD", target + query)
            if (head.status, head.type, head.body) != (answer.status, answer.type, b""):
                self.fault(where, "HEAD answers otherwise: %d %s" % (head.status, head.type))
        for query in self.bad_queries(parameters):
            self.check("GET " + target + query, operation, self.ask("GET", target + query), [400])

    def walk_bodies(self, method, target, operation, good, wrong, status):
        """Sends a body that the description allows, then those that it does not. Returns the answer to the first;
        where that is 403, changes are off, and nothing more was sent."""
        sent = {"Content-Type": "application/json"}
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        where = "%s %s" % (method, target)
        if self.schemas.faults(schema, good):
            self.fault(where, "the walk's own body is not as described")
        first = self.ask(method, target, json.dumps(good), sent)
        self.check(where, operation, first, [status, 403])
        for body in wrong if first.status != 403 else ():
            if not self.schemas.faults(schema, body):
                self.fault(where, "the description allows %r" % body)
            self.check("%s %r" % (where, body), operation, self.ask(method, target, json.dumps(body), sent), [400])
        return first

    def walk_put(self, target, operation):
        sent = {"Content-Type": "application/json"}
        good = {"cpu_threshold": 6400, "mem_threshold": 75.5, "enabled": True}
        wrong = ({"cpu_threshold": 0}, {"cpu_threshold": 100001}, {"mem_threshold": 101}, {"enabled": "no"}, {"x": 1}, [])
        first = self.walk_bodies("PUT", target, operation, good, wrong, 200)
        if first.status == 403:
            return
        for name, value in good.items():
            if json.loads(first.body)["overrides"].get(name) != value:
                self.fault("PUT " + target, "%s was not set" % name)
        cleared = self.ask("PUT", target, json.dumps({"cpu_threshold": None}), sent)
        self.check("PUT %s null" % target, operation, cleared, [200])
        if json.loads(cleared.body)["overrides"] != dict(good, cpu_threshold=None):
            self.fault("PUT " + target, "null did not clear that field alone")
        self.check("PUT %s form" % target, operation, self.ask("PUT", target, "enabled=true"), [415])
        foreign = dict(sent, Origin="http://evil.example")
        self.check("PUT %s foreign" % target, operation, self.ask("PUT", target, "{}", foreign), [403])
        self.check("PUT %s large" % target, operation, self.ask("PUT", target, " " * ((1 << 20) + 1), sent), [413])

    def walk_post(self, target, operation):
        """Makes a silence; its id is in self.silence where that is allowed."""
        sent = {"Content-Type": "application/json"}
        matcher = {"name": "alertname", "value": "Walk.*", "is_regex": True}
        good = {"matchers": [matcher], "ends_at": "2099-01-01T00:00:00Z", "comment": "a walk"}
        wrong = ({}, {"matchers": []}, dict(good, ends_at=5), dict(good, x=1), dict(good, matchers=[{"name": "a"}]))
        first = self.walk_bodies("POST", target, operation, good, wrong, 201)
        if first.status == 403:
            return
        self.silence = str(json.loads(first.body)["id"])
        past = dict(good, ends_at="2001-01-01T00:00:00Z")
        self.check("POST %s past" % target, operation, self.ask("POST", target, json.dumps(past), sent), [400])
        all_of_them = dict(good, matchers=[dict(matcher, value=".*")])
        self.check("POST %s all" % target, operation, self.ask("POST", target, json.dumps(all_of_them), sent), [400])
        self.check("POST %s form" % target, operation, self.ask("POST", target, "matchers=a"), [415])
        foreign = dict(sent, Origin="http://evil.example")
        self.check("POST %s foreign" % target, operation, self.ask("POST", target, json.dumps(good), foreign), [403])

    def walk_delete(self, target, item):
        """Of what walk_post made: there, gone, and gone for the second time."""
        if not self.silence:
            self.check("DELETE " + target, item["delete"], self.ask("DELETE", target), [403])
            return
        self.check("GET " + target, item["get"], self.ask("GET", target), [200])
        foreign = self.ask("DELETE", target, headers={"Origin": "http://evil.example"})
        self.check("DELETE %s foreign" % target, item["delete"], foreign, [403])
        self.check("DELETE " + target, item["delete"], self.ask("DELETE", target), [200])
        self.check("DELETE %s again" % target, item["delete"], self.ask("DELETE", target), [404])
        self.check("GET %s gone" % target, item["get"], self.ask("GET", target), [404])

    def wrong_methods(self, target, item):
        allowed = [name.upper() for name in item if name != "parameters"]
        for method in METHODS:
            if method in allowed:
                continue
            answer = self.ask(method, target, body="{}" if method != "GET" else None)
            told = set((answer.headers.get("Allow") or "").split(", "))
            if answer.status != 405 or told != set(allowed) | {"HEAD"}:
                self.fault("%s %s" % (method, target), "%d, Allow: %s" % (answer.status, sorted(told)))
            for fault in self.schemas.faults({"$ref": "#/components/schemas/Error"}, json.loads(answer.body)):
                self.fault("%s %s" % (method, target), fault)


def main():
    walk = Walk(int(sys.argv[1]), sys.argv[2:])
    for fault in walk.walk():
        print(fault)
    print("%d questions and paths, %d faults, events: %s" % (len(walk.seen), len(walk.faults), " ".join(sorted(walk.events))))
    return 1 if walk.faults else 0


if __name__ == "__main__":
    sys.exit(main())
