#!/usr/bin/env python3
"""Every rule of lint.py finds its breach, and nothing in a tree that keeps the rules."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lint  # noqa: E402

GOOD = {
    "CMakeLists.txt": "plimsoll_room(model model SOURCES a.cc)\n"
                      "plimsoll_room(config config USES model SOURCES a.cc PRIVATE yaml-cpp)\n"
                      "plimsoll_test(config_test config USES config)\n",
    "model/a.h": "#pragma once\n",
    "config/a.cc": '#include <yaml-cpp/yaml.h>\n\n#include "model/a.h"\n',
    "tests/unit/config/a_test.cc": "TEST(A, B) {}\n",
    "tests/fuzz/a_fuzz.cc": "int LLVMFuzzer" + "TestOneInput();\n",
    "dev": "cmd_build() {\n  cat <<HELP\n./dev build  builds\nHELP\n}\n",
    "README.md": "Run `./dev build`.\n\n    model/   words\n    config/  YAML  ← model\n",
}


class LintTest(unittest.TestCase):
    def found(self, extra=None, ninja=None):
        """The messages for the good tree with `extra` files over it."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**GOOD, **(extra or {})}.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8", newline="") as file:
                    file.write(text)
            build = None
            if ninja is not None:
                build = os.path.join(root, "build")
                os.makedirs(build)
                with open(os.path.join(build, "build.ninja"), "w", encoding="utf-8") as file:
                    file.write(ninja)
            return ["%s:%d: %s" % breach for breach in sorted(set(lint.breaches(lint.Tree(root), build)))]

    def test_a_good_tree_has_no_breach(self):
        self.assertEqual(self.found(), [])

    def test_whitespace(self):
        self.assertEqual(self.found({"model/b.h": "#pragma once\n\nint a; \n"})[-1], "model/b.h:3: trailing whitespace")
        self.assertIn("b.md:1: trailing whitespace", self.found({"b.md": "a\r\n"}))
        self.assertIn("b.md:1: no line feed at the end of the file", self.found({"b.md": "a"}))

    def test_the_picture_of_the_rooms(self):
        readme = GOOD["README.md"]
        self.assertEqual(self.found({"README.md": readme.replace("  ← model", "")}),
                         ["README.md:4: the build's arrows are: model"])
        self.assertEqual(self.found({"README.md": readme.replace("words", "words  ← config")}),
                         ["README.md:3: the build's arrows are: "])
        self.assertEqual(self.found({"README.md": readme.replace("    model/   words\n", "")}),
                         ["README.md:1: room model/ is not drawn"])
        third = GOOD["CMakeLists.txt"] + "plimsoll_room(api api USES config model SOURCES a.cc)\n"
        self.assertEqual(self.found({"CMakeLists.txt": third, "README.md": readme + "    api/     JSON  ← config\n"}), [])

    def test_unfinished_work(self):
        for word in ("TO" + "DO", "FIX" + "ME", "X" * 3):
            self.assertEqual(self.found({"b.py": "# %s: later\n" % word}), ["b.py:1: work that is left for later: " + word])
        self.assertEqual(self.found({"b.py": 'path = "/tmp/a-XXXXXX"\n'}), [])

    def test_conflict_markers(self):
        self.assertEqual(self.found({"b.py": "<" * 7 + " HEAD\n"}), ["b.py:1: a conflict marker"])

    def test_switched_off_tests(self):
        text = "TEST(A, DIS" + "ABLED_B) {}\n"
        self.assertEqual(self.found({"tests/unit/config/a_test.cc": text}),
                         ["tests/unit/config/a_test.cc:1: a test that is switched off"])

    def test_paths_of_one_machine(self):
        self.assertEqual(len(self.found({"b.py": 'open("/wo' + 'rk/main/x")\n'})), 1)
        self.assertEqual(self.found({"b.py": "upper=/var/lib/overlay/wo" + "rk/x\n"}), [])

    def test_wrong_arrows(self):
        self.assertEqual(self.found({"model/b.cc": '#include "config/a.h"\n'}),
                         ["model/b.cc:1: room model may not use room config"])
        self.assertEqual(self.found({"model/b.cc": "#include <yaml-cpp/yaml.h>\n"}),
                         ["model/b.cc:1: room model may not use yaml-cpp"])

    def test_forgotten_tests(self):
        for path in ("tests/unit/model/b_test.cc", "tests/unit/b_test.cc", "tests/unit/config/deep/b_test.cc"):
            self.assertEqual(self.found({path: "TEST(A, B) {}\n"}),
                             [path + ":1: no plimsoll_test() of CMakeLists.txt takes this file"])
        self.assertEqual(len(self.found({"tests/unit/config/b.cc": "TEST_F(A, B) {}\n"})), 1)
        self.assertEqual(len(self.found({"tests/fuzz/b.cc": GOOD["tests/fuzz/a_fuzz.cc"]})), 1)
        self.assertEqual(len(self.found({"tests/fuzz/b_fuzz.cc": "int main();\n"})), 1)
        self.assertEqual(len(self.found({"tests/integration/deep/b_test.py": "pass\n"})), 1)

    def test_tests_that_the_build_does_not_have(self):
        self.assertEqual(self.found(ninja="build x: y tests/unit/config/a_test.cc"), [])
        self.assertEqual(self.found(ninja="build x: y"),
                         ["tests/unit/config/a_test.cc:1: is not in the build; run cmake again"])

    def test_headers_and_names(self):
        self.assertEqual(self.found({"model/b.h": "int a;\n"}), ["model/b.h:1: no #pragma once"])
        self.assertEqual(self.found({"model/string_utils.cc": "int a;\n"}), ["model/string_utils.cc:1: a vague file name"])
        self.assertEqual(self.found({"model/b.cc": "class SocketManager;\n"}), ["model/b.cc:1: a vague name: Manager"])

    def test_commands(self):
        self.assertEqual(self.found({"README.md": GOOD["README.md"].replace("build", "deploy")}),
                         ["README.md:1: there is no ./dev deploy"])
        self.assertEqual(self.found({"dev": GOOD["dev"] + "cmd_hidden() {\n}\n"}),
                         ["dev:1: ./dev help does not tell of hidden"])
        part, sourced = "tools/dev/part.sh", 'source "$root/tools/dev/part.sh"\n' + GOOD["dev"]
        self.assertEqual(self.found({"dev": sourced, part: "cmd_hidden() {\n}\n"}),
                         ["dev:1: ./dev help does not tell of hidden"])
        self.assertEqual(self.found({part: "say() {\n}\n"}), [part + ":1: ./dev does not source it"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
