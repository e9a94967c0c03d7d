"""systemd's own tools understand the unit, and judge it as deploy/README.md says."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import program_help

UNIT = os.path.join(program_help.ROOT, "deploy/systemd/plimsoll.service")


def analyze(*arguments):
    done = subprocess.run(["systemd-analyze", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
class Unit(unittest.TestCase):
    def test_every_line_is_understood(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "plimsoll.service")
            with open(UNIT, encoding="utf-8") as source, open(path, "w", encoding="utf-8") as copy:
                # The program need not be installed here.
                copy.write(source.read().replace("/usr/bin/plimsoll ", "/bin/true "))
            code, said = analyze("verify", "--man=no", path)
            self.assertEqual((code, [line for line in said.splitlines() if "plimsoll.service" in line]), (0, []))

    def test_exposure_is_what_the_readme_says(self):
        _, said = analyze("security", "--no-pager", "--offline=true", UNIT)
        level = re.search(r"Overall exposure level for plimsoll.service: ([\d.]+)", said)
        if not level:
            self.skipTest("systemd-analyze judges no files before systemd 250")
        with open(os.path.join(program_help.ROOT, "deploy/README.md"), encoding="utf-8") as file:
            told = re.search(r"`systemd-analyze security`\s+gives ([\d.]+) ", file.read()).group(1)
        # Other versions weigh otherwise, by a little.
        self.assertAlmostEqual(float(level.group(1)), float(told), delta=0.3)


if __name__ == "__main__":
    program_help.main()
