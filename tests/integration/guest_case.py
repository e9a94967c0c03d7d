"""Checks on what a guest recorded."""
import os
import re
import unittest

from rig.case import NotHere, IntegrationCase
from rig.plimsoll import binary
from rig.program import Missing
from rig.vm import Vm

HERE = os.path.dirname(os.path.abspath(__file__))


def word(text, key):
    """The number after `key` in a file like memory.stat."""
    return int(re.search(r"^%s (\d+)$" % key, text, re.M).group(1))


class GuestCase(IntegrationCase):
    """Boots the guest once; every test looks at what it left."""

    script, init, boot_limit = None, "shell", 420

    @classmethod
    def bring(cls, program):
        """(arguments, folders that the guest must see) of the job, for this binary; Missing where they cannot be had."""
        return [], []

    @classmethod
    def setUpClass(cls):
        if cls.script is None:
            raise unittest.SkipTest("a base")
        try:
            program = os.path.realpath(binary())
            arguments, folders = cls.bring(program)
            vm = Vm(os.path.join(HERE, "guest", cls.script), arguments, init=cls.init, memory_mb=2048,
                    environment={"PLIMSOLL_BINARY": program}, visible=[HERE, os.path.dirname(program), *folders])
        except Missing as reason:
            if os.environ.get("CI") == "true":
                raise NotHere("with CI=true every real part must be there: %s" % reason) from None
            raise unittest.SkipTest(str(reason)) from None
        with vm:
            cls.result = vm.run_json(cls.boot_limit)

    def only(self, entry, metric, **labels):
        """The value of the one series of this metric in a record's entry."""
        found = [value for have, value in entry["ours"].get(metric, ()) if labels.items() <= have.items()]
        self.assertEqual(len(found), 1, "%s%r: %d series" % (metric, labels, len(found)))
        return found[0]

    def between(self, entry, metric, read, scale=1.0, **labels):
        """A figure that only grows lies between the kernel's readings before and after."""
        low, high = (read(entry[when]) * scale for when in ("before", "after"))
        value = self.only(entry, metric, **labels)
        self.assertLessEqual(low - 1e-6, value, metric)
        self.assertLessEqual(value, high + 1e-6, metric)
        return value

    def same_when_quiet(self, entry, metric, read):
        """A figure that did not move equals the kernel's; one page of leeway otherwise."""
        low, high = sorted(read(entry[when]) for when in ("before", "after"))
        value = self.only(entry, metric)
        self.assertLessEqual(low - 4096, value, metric)
        self.assertLessEqual(value, high + 4096, metric)
