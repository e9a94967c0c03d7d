"""The manual and the completions of three shells know the flags that --help knows: all of them, and no others."""
import os
import re
import shutil
import subprocess
import unittest

import program_help

COMMANDS = program_help.commands()


def text_of(path):
    with open(os.path.join(program_help.ROOT, path), encoding="utf-8") as file:
        return file.read()


class Manual(unittest.TestCase):
    def setUp(self):
        text = text_of("deploy/man/plimsoll.1").replace("\\-", "-")
        head, _, rest = text.partition("\n.SH COMMANDS\n")
        rest = rest.partition("\n.SH ")[0]
        self.sections = {"": head.partition("\n.SH FLAGS\n")[2]}
        for part in rest.split(".SS plimsoll ")[1:]:
            self.sections[re.match(r"[a-z-]+", part).group()] = part.partition("\n")[2]

    def entries(self, command):
        """{flag: its paragraph}"""
        found = {}
        for entry in re.split(r"(?m)^\.TP\n", self.sections[command]):
            title, _, text = entry.partition("\n")
            if title.startswith((".B", ".BI", ".BR")):
                for flag in re.findall(r"--[\w.-]+", title):
                    found[flag] = text
        return found

    def test_has_every_command(self):
        self.assertEqual(set(self.sections), set(COMMANDS))

    def test_has_every_flag_and_default(self):
        for name, command in COMMANDS.items():
            entries = self.entries(name)
            # --help of a command itself is told once, for all.
            self.assertEqual(set(entries) | {"--help"}, set(command.flags), name or "serving")
            for flag, default in command.flags.items():
                if default:
                    self.assertRegex(entries[flag], r"Default %s[.:\n]" % re.escape(default), flag)
            for flag, words in command.choices.items():
                for word in words:
                    self.assertIn(word, entries[flag], flag)

    def test_is_a_manual_page(self):
        """man's own formatter has nothing to say."""
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z"], input=text_of("deploy/man/plimsoll.1"), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


class Completions(unittest.TestCase):
    def bash(self, *words):
        """What bash offers for the last of the words."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _plimsoll; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", program_help.ROOT + "/deploy/completion/plimsoll.bash",
                               "plimsoll", *words], stdout=subprocess.PIPE, text=True, check=True, timeout=20)
        return set(done.stdout.split())

    def test_bash_offers_commands_and_their_flags(self):
        self.assertEqual(self.bash(""), set(COMMANDS) - {""})
        for name, command in COMMANDS.items():
            before = [name] if name else []
            self.assertEqual(self.bash(*before, "-"), set(command.flags), name)
            for flag, words in command.choices.items():
                self.assertEqual(self.bash(*before, flag, ""), set(words), flag)
                self.assertEqual(self.bash(*before, flag, "=", words[0][:1]),
                                 {word for word in words if word[0] == words[0][0]}, flag)

    def test_fish_knows_the_same(self):
        text = text_of("deploy/completion/plimsoll.fish")
        self.assertEqual(set(re.search(r"^set -l commands (.*)$", text, re.M).group(1).split()), set(COMMANDS) - {""})
        self.assertEqual(set(re.findall(r"^complete -c plimsoll -n \$serving -a ([\w-]+)", text, re.M)), set(COMMANDS) - {""})
        for name, command in COMMANDS.items():
            when = "'__fish_seen_subcommand_from %s'" % name if name else "$serving"
            lines = re.findall(r"^complete -c plimsoll -n %s -l (\S+)(.*)$" % re.escape(when), text, re.M)
            self.assertEqual({"--" + flag for flag, _ in lines}, set(command.flags), name)
            for flag, rest in lines:
                if "--" + flag in command.choices:
                    self.assertIn("-a '%s'" % " ".join(command.choices["--" + flag]), rest, flag)

    def test_zsh_knows_the_same(self):
        text = text_of("deploy/completion/plimsoll.zsh")
        self.assertEqual(set(re.findall(r"^    '([a-z-]+):", text, re.M)), set(COMMANDS) - {""})
        head, _, rest = text.partition("case $line[1] in")
        parts = {"": head, **dict(re.findall(r"^        ([\w-]+)\)(.*?);;$", rest, re.M | re.S))}
        self.assertEqual(set(parts), set(COMMANDS))
        for name, command in COMMANDS.items():
            found = re.findall(r"'\*?(--[\w.-]+)=?\[[^']*?\]([^']*)'", parts[name])
            self.assertEqual({flag for flag, _ in found}, set(command.flags), name)
            for flag, rest_of in found:
                if flag in command.choices:
                    self.assertTrue(rest_of.endswith("(%s)" % " ".join(command.choices[flag])), flag)


class Readme(unittest.TestCase):
    def test_table_of_flags_is_that_of_the_program(self):
        table = text_of("README.md").partition("\n## Flags\n")[2].partition("\n## ")[0]
        told = set(re.findall(r"`(--[\w.-]+)`", "\n".join(l.split("|")[1] for l in table.splitlines() if l.startswith("| `"))))
        self.assertEqual(told | {"--help", "--version"}, set(COMMANDS[""].flags))


if __name__ == "__main__":
    program_help.main()
