#!/usr/bin/env python3
"""promtool on the files for Prometheus, on their tests, and on every expression of every dashboard.

Exit 77 where there is no promtool (ctest's SKIP_RETURN_CODE).
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, HERE)
import lint  # noqa: E402
import questions  # noqa: E402

FILES = os.path.join(ROOT, "dashboards", "prometheus")
RULES = os.path.join(FILES, "rules")
TESTS = sorted(glob.glob(HERE + "/*_rules_test.yml"))
VALUES = {"job": ".+", "instance": ".+", "container": ".*", "top": "10", "__rate_interval": "1m", "__range": "1h"}
SKIPPED = 77


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def promtool(*arguments):
    """(exit code, all it said)."""
    done = subprocess.run(["promtool", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.returncode, done.stdout


class PromtoolTest(unittest.TestCase):
    def expect_good(self, *arguments):
        code, words = promtool(*arguments)
        self.assertEqual(code, 0, words)
        return words

    def copy(self):
        """The folder of files for Prometheus and the tests, to be changed."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(FILES, folder + "/dashboards/prometheus")
        os.makedirs(folder + "/tests/dashboards")
        return folder, [shutil.copy(path, folder + "/tests/dashboards") for path in TESTS]

    def test_the_scrape_configuration(self):
        self.expect_good("check", "config", FILES + "/prometheus.yml")

    def test_the_targets_of_the_scrape_configuration_are_found(self):
        folder, _ = self.copy()
        targets = folder + "/dashboards/prometheus/targets/hosts.yml"
        with open(targets, "w", encoding="utf-8") as file:
            file.write("- target: []\n")
        self.assertNotEqual(promtool("check", "config", folder + "/dashboards/prometheus/prometheus.yml")[0], 0)

    def test_the_configuration_for_kubernetes(self):
        """Debian's Prometheus is built without Kubernetes: there only the rest of the file is checked."""
        code, words = promtool("check", "config", FILES + "/kubernetes.yml")
        if "kubernetes_sd_configs not found" not in words:
            self.assertEqual(code, 0, words)
            return
        folder, _ = self.copy()
        path = folder + "/dashboards/prometheus/kubernetes.yml"
        text, count = re.subn(r"    kubernetes_sd_configs:\n(?: {6,}.*\n)+", "    static_configs: [{targets: [a]}]\n", read(path))
        self.assertEqual(count, 1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.expect_good("check", "config", path)

    def test_the_rules(self):
        for path in sorted(glob.glob(RULES + "/*.yml")):
            words = self.expect_good("check", "rules", path)
            self.assertIn("%d rules found" % len(lint.rule_expressions(read(path))), words)

    def test_the_tests_of_the_rules(self):
        self.assertEqual(len(TESTS), 2)
        self.expect_good("test", "rules", *TESTS)

    def test_each_rule_is_needed_by_its_tests(self):
        """A rule that never says anything fails them."""
        folder, tests = self.copy()
        for path in sorted(glob.glob(folder + "/dashboards/prometheus/rules/*.yml")):
            good = read(path)
            for name, _ in lint.rule_expressions(good):
                mute = re.sub(r"(- (?:alert|record): %s\n\s+expr: )(?:>-\n(?:\s{10,}.*\n)+|.*\n)" % re.escape(name),
                              r"\g<1>up < 0\n", good)
                self.assertNotEqual(mute, good)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(mute)
                with self.subTest(name):
                    self.assertNotEqual(promtool("test", "rules", *tests)[0], 0)
            with open(path, "w", encoding="utf-8") as file:
                file.write(good)
        self.assertEqual(promtool("test", "rules", *tests)[0], 0)

    def check_expressions(self, expressions):
        """promtool has no command for expressions, but it reads those of recording rules."""
        rules = [{"record": "asked:%d" % number, "expr": expression} for number, expression in enumerate(expressions)]
        with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
            json.dump({"groups": [{"name": "asked", "rules": rules}]}, file)
            file.flush()
            return promtool("check", "rules", file.name)

    def test_the_expressions_of_panels_and_variables(self):
        for path, dashboard in lint.load(ROOT).items():
            expressions = [expression for _, expression, _ in questions.of_panels(dashboard, VALUES)]
            expressions += [expression for _, expression, _, _ in questions.of_variables(dashboard, VALUES)]
            code, words = self.check_expressions(sorted(set(expressions)))
            self.assertEqual(code, 0, path + ": " + words)
        self.assertNotEqual(self.check_expressions(["sum by (a) (rate(b))"])[0], 0)


if __name__ == "__main__":
    if shutil.which("promtool") is None:
        print("SKIPPED promtool_test: not installed: promtool")
        sys.exit(SKIPPED)
    unittest.main()
