"""README's first alert, word by word but for the ports: what listens there prints what the program there tells it."""
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

import program_help

SECONDS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class FirstAlert(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(program_help.ROOT, "README.md"), encoding="utf-8") as file:
            text = file.read().partition("\n### First alert\n")[2].partition("\n### ")[0]
        self.port = free_port()
        self.receiver, self.config = (re.search(r"```%s\n(.*?)```" % kind, text, re.S).group(1).replace("9000", self.port)
                                      for kind in ("sh", "yaml"))
        (self.command,) = re.findall(r"^    plimsoll (--config.*)$", text, re.M)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def start(self, argv, **streams):
        process = subprocess.Popen(argv, cwd=self.folder.name, stdin=subprocess.DEVNULL, text=True, start_new_session=True,
                                   **streams)

        def end():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
            if process.stdout:
                process.stdout.close()
        self.addCleanup(end)
        return process

    def test_arrives(self):
        with open(self.folder.name + "/first-alert.yaml", "w", encoding="utf-8") as file:
            file.write(self.config)
        receiver = self.start(["sh", "-c", self.receiver], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        log = open(self.folder.name + "/log", "w+", encoding="utf-8")
        self.addCleanup(log.close)
        self.start([program_help.binary(), *shlex.split(self.command), "--web.listen-address=127.0.0.1:" + free_port()],
                   stdout=log, stderr=log)
        # A message that comes before anybody listens is sent again.
        told = []
        reader = threading.Thread(target=lambda: told.append(receiver.stdout.readline()), daemon=True)
        reader.start()
        reader.join(SECONDS)
        log.seek(0)
        self.assertTrue(told and told[0], "no alert within %d s:\n%s" % (SECONDS, log.read()))
        message = json.loads(told[0])
        self.assertEqual((message["status"], message["alerts"][0]["labels"]["alertname"]), ("firing", "FirstAlert"))


if __name__ == "__main__":
    program_help.main()
