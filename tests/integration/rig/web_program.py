"""A program of others that serves HTTP on a free port of 127.0.0.1, in a folder of its own."""
import http.client
import signal

from .plimsoll import free_port
from .program import Program, remove_tree, require, temporary_directory, wait_until


class WebProgram:
    """Subclasses set `name`, lay out self.root in prepare(), and give further arguments there."""

    name = None

    def __init__(self):
        program = require(self.name)
        self.root = temporary_directory(self.name)
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.program = Program([program, "--web.listen-address=127.0.0.1:%d" % self.port, *self.prepare()],
                               self.root + "/log")

    def prepare(self):
        raise NotImplementedError

    def __enter__(self):
        self.program.start()
        try:
            wait_until(self._ready, 30, lambda: "%s is ready:\n%s" % (self.name, self.program.log_text(3000)))
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

    def complaints(self):
        """Lines of its log above info."""
        return [line for line in self.program.log_text().splitlines()
                if "level=warn" in line or "level=error" in line]
