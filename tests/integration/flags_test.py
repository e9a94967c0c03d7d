"""Flags that cannot be meant so end the program with a clear line, 2 for wrong usage and 1 for a host that is not as they
say, before anything is written."""
import os
import subprocess
import unittest

from rig.plimsoll import binary, free_port
from rig.program import remove_tree, temporary_directory


class FlagsTest(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_directory("flags")
        self.addCleanup(remove_tree, self.folder)

    def refused(self, *options):
        done = subprocess.run([binary(), *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20,
                              cwd=self.folder)
        return done.returncode, done.stdout.decode()

    def test_wrong_usage(self):
        for option, word in (("--collector.interval=9m", "between 1s and 5m"),
                             ("--web.listen-address=localhost", "no port"),
                             ("--web.listen-address=127.0.0.1:1,127.0.0.1:2", "repeat --web.listen-address"),
                             ("--web.telemetry-path=metrics", "begin with /"),
                             ("--web.telemetry-path=/-/healthy", "/-/"),
                             ("--web.telemetry-path=/api/v1/status", "/api/"),
                             ("--web.telemetry-path=/a?b", "without blanks")):
            with self.subTest(option):
                code, said = self.refused(option)
                self.assertEqual(code, 2, said)
                self.assertIn(word, said)
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_flag_without_its_value(self):
        """It took the next flag for it: a storage of the name --config.file=x."""
        for options in (["--storage.path=", "--config.file=x"], ["--storage.path", "", "--config.file=x"],
                        ["--config.file=x", "--storage.path="], ["export", "--storage.path=", "--from=1h"],
                        ["backtest", "--storage.path=", "--since=1h"], ["doctor", "--storage.path=", "--format=json"]):
            with self.subTest(options):
                code, said = self.refused(*options)
                self.assertEqual(code, 2, said)
                self.assertIn("plimsoll: --storage.path: is empty\n", said)
        for command, flag in (("rules", "--config"), ("top", "--password-file"), ("compare", "--wait"),
                              ("check-config", "--config.file")):
            with self.subTest(command):
                code, said = self.refused(command, flag + "=", "--once")
                self.assertEqual(code, 2, said)
                self.assertIn("plimsoll: %s: is empty\n" % flag, said)
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_host_that_is_not_there(self):
        """It would be one without processes or containers, ready and healthy."""
        address = "--web.listen-address=127.0.0.1:%d" % free_port()
        for option in ("--path.procfs", "--path.sysfs", "--path.rootfs"):
            with self.subTest(option):
                code, said = self.refused(address, "--storage.path=:memory:", option + "=/nonexistent")
                self.assertEqual(code, 1, said)
                self.assertIn("/nonexistent", said)

    def test_an_address_given_twice(self):
        address = "--web.listen-address=127.0.0.1:%d" % free_port()
        code, said = self.refused(address, address, "--storage.path=:memory:")
        self.assertEqual(code, 1, said)
        self.assertIn("given twice", said)


if __name__ == "__main__":
    unittest.main()
