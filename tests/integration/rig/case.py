"""The test case all integration tests derive from."""
import os
import signal
import time
import unittest

from .program import Missing

PREFIX = "pl%d-" % os.getpid()  # containers of this run; others on the machine are not looked at


class NotHere(Exception):
    """With CI=true a missing real part is a failure."""


class IntegrationCase(unittest.TestCase):
    maxDiff = 4000
    time_limit = 120  # seconds for one test; engines included

    def run(self, result=None):
        """Turns Missing into a skip, or a failure with CI=true, and bounds every test's time."""
        def out_of_time(*_):
            raise TimeoutError("%s ran longer than %d s" % (self.id(), self.time_limit))
        previous = signal.signal(signal.SIGALRM, out_of_time)
        signal.alarm(self.time_limit)
        self.rigs = []
        bad = len(result.failures) + len(result.errors) if result else 0
        try:
            done = super().run(result)
            if result and len(result.failures) + len(result.errors) > bad:
                for rig in self.rigs:
                    if getattr(rig, "last_log", ""):
                        print("--- log of %s in %s\n%s" % (type(rig).__name__, self.id(), rig.last_log[-6000:]))
            return done
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, previous)

    @classmethod
    def share(cls, factory):
        """A rig for all tests of a class; skips them where it is not to be had."""
        try:
            rig = factory()
            value = rig.__enter__()
        except Missing as reason:
            missing(reason)
        cls.addClassCleanup(rig.__exit__, None, None, None)
        return value

    def enter(self, context):
        """Enters a rig that ends with this test; skips where it is not to be had."""
        try:
            value = context.__enter__()
        except Missing as reason:
            missing(reason)
        self.rigs.append(context)
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def make(self, factory, *arguments, **settings):
        try:
            return self.enter(factory(*arguments, **settings))
        except Missing as reason:
            missing(reason)


def only(*names):
    """For a class that inherits tests and runs these of them; the others ask what was asked already."""
    def choose(cls):
        inherited = unittest.defaultTestLoader.getTestCaseNames(cls)
        unknown = set(names) - set(inherited)
        if unknown:
            raise AttributeError("%s has no %s" % (cls.__name__, ", ".join(sorted(unknown))))
        for name in set(inherited) - set(names):
            setattr(cls, name, None)
        return cls
    return choose


def missing(reason):
    if os.environ.get("CI") == "true":
        raise NotHere("with CI=true every real part must be there: %s" % reason)
    raise unittest.SkipTest(str(reason))


def steady(read, seconds=10, what="it to be quiet"):
    """(before, value, after) of a reading between two equal ones: read() gives (reference, value)."""
    deadline = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        before, value, after = read()
        if before == after:
            return before, value
        if began > deadline:
            raise AssertionError("waited in vain for " + what)
