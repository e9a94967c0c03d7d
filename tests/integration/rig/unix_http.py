"""HTTP over a unix socket."""
import http.client
import json
import socket
import urllib.parse


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=30):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class ApiError(RuntimeError):
    def __init__(self, status, message):
        super().__init__("%d: %s" % (status, message))
        self.status = status


class UnixApi:
    """JSON requests to an engine; one connection a request."""

    def __init__(self, path):
        self.path = path
        self.prefix = ""

    def negotiate(self):
        """Speaks the newest version that the server offers."""
        connection = UnixConnection(self.path, timeout=5)
        try:
            connection.request("GET", "/_ping")
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise ApiError(answer.status, "ping")
            self.prefix = "/v" + answer.headers["Api-Version"]
        finally:
            connection.close()
        return True

    def call(self, method, path, body=None, query=None, timeout=60, content_type="application/json"):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        connection = UnixConnection(self.path, timeout=timeout)
        try:
            connection.request(method, self.prefix + path, body=body,
                               headers={"Content-Type": content_type} if body is not None else {})
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise ApiError(answer.status, data.decode(errors="replace")[:500])
        try:
            return json.loads(data)
        except ValueError:
            return data
