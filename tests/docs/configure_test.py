"""A fresh tree configures without the tests' packages: how `./dev run`, `./dev package` and the Dockerfile begin on a bare
machine. Where those packages are installed, as they are here, nobody would see that one is needed."""
import subprocess
import tempfile
import unittest

import program_help


class Configure(unittest.TestCase):
    def test_needs_no_package_of_the_tests(self):
        with tempfile.TemporaryDirectory() as build:
            done = subprocess.run(["cmake", "-S", program_help.ROOT, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                                   "-DPLIMSOLL_TESTS=OFF", *("-DCMAKE_DISABLE_FIND_PACKAGE_%s=ON" % name
                                                             for name in ("GTest", "benchmark", "Python3"))],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    program_help.main()
