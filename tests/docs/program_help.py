"""What the built program says of itself with --help."""
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def _section(heading, text):
    return re.split(r"\n(?:%s|%s):\n" % (heading, heading.upper()), text + "\n%s:\n" % heading)[1]


class Command:
    """flags: {name: default or ""}, choices: {name: [word, ...]}.

    The words are CLI11's: TEXT=default in Debian 12's version, TEXT [default] in 2.4; 2.6 has OPTIONS: and more space.
    """

    def __init__(self, text):
        self.flags, self.choices = {}, {}
        options = _section("Options", text).partition("\n\n")[0]
        for line in options.splitlines():
            names = re.match(r" {2,10}((?:--[\w.-]+(?:, ?(?=--))?)+)(?: (\S+))?(?: \[(\S+)\])?", line)
            if not names:
                continue
            for name in re.split(", ?", names.group(1)):
                value = names.group(2) or ""
                choice = re.match(r"\w+:\{([^}]*)\}", value)
                if choice:
                    self.choices[name] = choice.group(1).split(",")
                default = (names.group(3) or value.partition("=")[2]).strip("[]{}")  # a list: [a]; an empty one: {}
                self.flags[name] = default


def binary():
    """The program under test; ends the test as skipped where none is built."""
    path = os.environ.get("PLIMSOLL_BINARY") or os.path.join(ROOT, "build", "release", "plimsoll")
    if os.access(path, os.X_OK):
        return path
    print("SKIPPED %s: no binary at %s" % (os.path.basename(sys.argv[0]), path))
    sys.exit(1 if os.environ.get("CI") == "true" else SKIPPED)


def _help(*command):
    return subprocess.run([binary(), *command, "--help"], stdout=subprocess.PIPE, check=True, text=True, timeout=20).stdout


def commands():
    """{"": what serves, "export": ..., ...}"""
    text = _help()
    names = re.findall(r"^  ([a-z-]+) ", _section("Subcommands", text), re.M)
    return {"": Command(text), **{name: Command(_help(name)) for name in names}}


def main():
    """unittest's, and a line for each skipped test in the words that ./dev looks for."""
    program = unittest.main(module="__main__", exit=False)
    for test, reason in program.result.skipped:
        print("SKIPPED %s: %s" % (test.id(), reason))
    sys.exit(0 if program.result.wasSuccessful() else 1)
