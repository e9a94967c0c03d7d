#!/usr/bin/env python3
"""Runs the integration tests: run.py [PATTERN]. Exit 77: every test was skipped (ctest's SKIP_RETURN_CODE).

PATTERN selects test files by name ("docker"), or one test ("docker_test.DockerTest.test_pause").
"""
import glob
import os
import signal
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
SKIPPED = 77


def select(pattern):
    if "." in pattern and not pattern.endswith(".py"):
        return unittest.defaultTestLoader.loadTestsFromName(pattern)
    names = [os.path.basename(path)[:-3] for path in sorted(glob.glob(HERE + "/*_test.py"))]
    chosen = [name for name in names if pattern.removesuffix(".py") in name]
    if not chosen:
        sys.exit("no test file matches %r; there are: %s" % (pattern, " ".join(names)))
    return unittest.defaultTestLoader.loadTestsFromNames(chosen)


def end_in_order(*_):
    """So that the rigs end what they started."""
    raise SystemExit(143)


def main():
    signal.signal(signal.SIGTERM, end_in_order)
    suite = select(sys.argv[1] if len(sys.argv) > 1 else "")
    result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
    for test, reason in result.skipped:
        print("SKIPPED %s: %s" % (test.id(), reason))
    if not result.wasSuccessful():
        return 1
    # A class skipped as a whole counts none of its tests as run.
    skipped_alone = sum(isinstance(test, unittest.TestCase) for test, _ in result.skipped)
    if result.skipped and result.testsRun == skipped_alone:
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
