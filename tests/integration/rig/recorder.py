"""An HTTP server that notes what it is sent and answers as it is told."""
import http.server
import json
import threading
import time


class Notification:
    """One request: when it came whole, its path, headers and body, and what it was answered."""

    def __init__(self, path, headers, raw, status):
        self.at = time.time()
        self.path, self.headers, self.raw, self.status = path, headers, raw, status
        self.body = json.loads(raw) if raw else None

    @property
    def key(self):
        return self.headers.get("Idempotency-Key")


class Recorder:
    """`answer`(request so far, path) gives a status, or (status, headers); None: hang until it ends; a negative one
    closes the connection half way."""

    def __init__(self, answer=None):
        self.answer = answer or (lambda before, path: 200)
        self.lock = threading.Condition()
        self.all = []
        self.ending = threading.Event()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                recorder.note(self, raw)

            do_PUT = do_GET = do_POST

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # a client that was killed
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = "http://127.0.0.1:%d" % self.port

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()

    def note(self, handler, raw):
        with self.lock:
            told = self.answer(len(self.all), handler.path)
            status, headers = told if isinstance(told, tuple) else (told, {})
            self.all.append(Notification(handler.path, handler.headers, raw, status))
            self.lock.notify_all()
        if status is None:
            self.ending.wait()
            return
        if status < 0:
            handler.wfile.write(b"HTT")
            handler.close_connection = True
            return
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def wait_for(self, count, seconds, what="notifications"):
        with self.lock:
            if not self.lock.wait_for(lambda: len(self.all) >= count, seconds):
                raise AssertionError("%d of %d %s within %g s: %s" % (
                    len(self.all), count, what, seconds, [one.body for one in self.all]))
            return list(self.all)

    def taken(self):
        """Those that were answered with 200."""
        with self.lock:
            return [one for one in self.all if one.status == 200]
