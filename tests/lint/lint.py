#!/usr/bin/env python3
"""The house rules that no compiler holds. lint.py [ROOT [BUILD_DIR]] prints one line per breach; exit 1 if any.

With BUILD_DIR the rules about what is built ask the build itself.
"""
import os
import re
import shutil
import subprocess
import sys

FORMAT_MAJOR = 14  # clang-format's output differs between majors; Debian 12 has this one

# Which library brings which headers. A room may use only those of its plimsoll_room line.
LIBRARY_HEADERS = {
    "yaml-cpp/": "yaml-cpp",
    "nlohmann/": "nlohmann_json",
    "civetweb": "civetweb",
    "CivetServer": "civetweb",
    "prometheus/": "prometheus-cpp",
    "isa-l/": "isal",
    "zlib.h": "ZLIB",
    "CLI/": "CLI11",
    "crypt.h": "crypt",
}

# Text that others wrote or that is wrong on purpose.
FOREIGN = ("tests/fixtures/", "tests/golden/", "tests/config/", "tests/fuzz/corpus/", "LICENSE")


class Tree:
    """The repository's own text files, without what git ignores."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self._texts = {}
        self.paths = sorted(path for path in self._list() if os.path.isfile(os.path.join(self.root, path)))

    def _list(self):
        if os.path.exists(os.path.join(self.root, ".git")) and shutil.which("git"):
            command = ["git", "-c", "safe.directory=*", "-C", self.root, "ls-files", "-z", "-c", "-o", "--exclude-standard"]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
            if done.returncode == 0:
                return {os.fsdecode(path) for path in done.stdout.split(b"\0") if path}
        found = set()
        for folder, folders, files in os.walk(self.root):
            relative = os.path.relpath(folder, self.root)
            if relative == ".":
                folders[:] = [name for name in folders if name not in (".git", "build", "data", ".cache")]
            folders[:] = [name for name in folders if name != "__pycache__"]
            found.update(os.path.normpath(os.path.join(relative, name)) for name in files)
        return found

    def text(self, path):
        """The file's text; None when it is binary or not there."""
        if path not in self._texts:
            try:
                with open(os.path.join(self.root, path), "rb") as file:
                    data = file.read()
                self._texts[path] = None if b"\0" in data else data.decode("utf-8")
            except (OSError, UnicodeDecodeError):
                self._texts[path] = None
        return self._texts[path]

    def lines(self, path):
        return enumerate((self.text(path) or "").split("\n"), 1)

    def own(self, *endings):
        """Paths of files that people write here."""
        return [p for p in self.paths if not p.startswith(FOREIGN) and (not endings or p.endswith(endings))]


def whitespace(tree):
    """No trailing blanks, no carriage returns, no tabs in C++, a line feed at the end."""
    for path in tree.own():
        text = tree.text(path)
        if text is None:
            continue
        for number, line in tree.lines(path):
            if line != line.rstrip():
                yield path, number, "trailing whitespace"
            if "\t" in line and path.endswith((".h", ".cc", ".py", ".cmake")):
                yield path, number, "a tab"
        if text and not text.endswith("\n"):
            yield path, text.count("\n") + 1, "no line feed at the end of the file"


def unfinished(tree):
    """Nothing is left for later or lost in a merge."""
    words = re.compile(r"\b(%s)\b" % "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)))
    conflict = re.compile(r"^(<{7}|>{7}|\|{7}) |^={7}$")
    disabled = re.compile(r"\bTEST\w*\([^)]*\b" + "DIS" + "ABLED_")
    for path in tree.own():
        for number, line in tree.lines(path):
            if words.search(line):
                yield path, number, "work that is left for later: " + words.search(line).group()
            if disabled.search(line):
                yield path, number, "a test that is switched off"
    for path in tree.paths:
        for number, line in tree.lines(path):
            if conflict.search(line) and not path.endswith(".md"):
                yield path, number, "a conflict marker"


def places(tree):
    """Nothing that is true of one machine only."""
    machine = re.compile(r"(?<![\w./$})-])/(wo" + r"rk|fa" + r"rm)/")
    for path in tree.paths:
        for number, line in tree.lines(path):
            if machine.search(line):
                yield path, number, "a path of one machine: " + machine.search(line).group()


class Rooms:
    """The rooms of CMakeLists.txt: {name: (folder, names of what it uses, these and private libraries)}."""

    def __init__(self, tree):
        cmake = tree.text("CMakeLists.txt") or ""
        self.found = {}
        for name, folder, rest in re.findall(r"plimsoll_room\(\s*([\w-]+)\s+(\S+)\s*([^)]*)\)", cmake):
            parts = {"USES": [], "PRIVATE": [], "SOURCES": []}
            current = None
            for word in rest.split():
                if word in parts:
                    current = word
                elif current:
                    parts[current].append(word)
            self.found[name] = (folder, parts["USES"], parts["USES"] + parts["PRIVATE"])

    def reach(self, name):
        """The rooms that `name` sees, without itself."""
        seen, ahead = set(), [name]
        while ahead:
            for used in self.found[ahead.pop()][1]:
                if used in self.found and used not in seen:
                    seen.add(used)
                    ahead.append(used)
        return seen

    def arrows(self, name):
        """The folders of the rooms that `name` uses and that no other room it uses brings with it."""
        seen = self.reach(name)
        return {os.path.basename(self.found[used][0])
                for used in seen if not any(used in self.reach(other) for other in seen)}


def drawn(tree):
    """README's "How it is built" shows every room, and behind a "←" the arrows of CMakeLists.txt."""
    rooms_found = Rooms(tree)
    lines = {}
    for number, line in tree.lines("README.md"):
        shown = re.match(r"    (\S+)/  +[^←]*(?:← (.*))?$", line)
        if shown:
            lines[shown.group(1)] = (number, set((shown.group(2) or "").split(", ")) - {""})
    for name, (folder, _, _) in rooms_found.found.items():
        if folder not in lines:
            yield "README.md", 1, "room %s/ is not drawn" % folder
            continue
        number, arrows = lines[folder]
        wanted = rooms_found.arrows(name)
        if arrows != wanted:
            yield "README.md", number, "the build's arrows are: " + ", ".join(sorted(wanted))


def rooms(tree):
    """#includes follow the arrows of CMakeLists.txt."""
    rooms_found = Rooms(tree)
    folders = {folder: name for name, (folder, _, _) in rooms_found.found.items()}
    for name, (folder, _, libraries) in rooms_found.found.items():
        allowed = rooms_found.reach(name) | {name}
        for path in tree.own(".h", ".cc"):
            if os.path.dirname(path) != folder:
                continue
            for number, line in tree.lines(path):
                include = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
                if not include:
                    continue
                room = folders.get(os.path.dirname(include.group(1)))
                if room and room not in allowed:
                    yield path, number, "room %s may not use room %s" % (name, room)
                for header, library in LIBRARY_HEADERS.items():
                    if include.group(1).startswith(header) and not any(library in used for used in libraries):
                        yield path, number, "room %s may not use %s" % (name, library)
    for path in tree.own(".h", ".cc"):
        folder = os.path.dirname(path)
        if folder not in folders and any(folder.startswith(room + "/") for room in folders) and "tls_shim" not in folder:
            yield path, 1, "a folder inside a room: a room is one folder"


def built(tree, build_directory=None):
    """No test and no fuzz target is forgotten by the build."""
    cmake = tree.text("CMakeLists.txt") or ""
    programs = set(re.findall(r"plimsoll_test\(\s*\S+\s+(\S+)", cmake))
    ninja = None
    if build_directory:
        try:
            with open(os.path.join(build_directory, "build.ninja"), encoding="utf-8") as file:
                ninja = file.read()
        except OSError as error:
            yield "CMakeLists.txt", 1, "the build cannot be read: %s" % error
    for path in tree.own(".cc"):
        text = tree.text(path) or ""
        is_test = bool(re.search(r"^TEST(_F|_P)?\(|^TYPED_TEST", text, re.M))
        if is_test and not path.endswith("_test.cc"):
            yield path, 1, "holds tests, but is not named *_test.cc: the build does not see it"
        if path.endswith("_test.cc"):
            folder = re.fullmatch(r"tests/unit/([^/]+)/[^/]+", path)
            if not folder or folder.group(1) not in programs:
                yield path, 1, "no plimsoll_test() of CMakeLists.txt takes this file"
            elif ninja is not None and path not in ninja:
                yield path, 1, "is not in the build; run cmake again"
        is_fuzz = "LLVMFuzzer" + "TestOneInput" in text
        if is_fuzz and not re.fullmatch(r"tests/fuzz/[^/]+_fuzz\.cc", path):
            yield path, 1, "a fuzz target must be tests/fuzz/*_fuzz.cc: the build does not see it"
        if path.endswith("_fuzz.cc") and not is_fuzz:
            yield path, 1, "named *_fuzz.cc, but holds no target"
    for path in tree.own("_test.py"):
        if path.startswith("tests/integration/") and os.path.dirname(path) != "tests/integration":
            yield path, 1, "integration tests lie in tests/integration itself: the build does not see this one"


def headers(tree):
    """Every header guards itself; names say what a thing is."""
    vague = re.compile(r"\b(?:class|struct|enum class) \w*(Manager|Helper|Utils?)\b")
    for path in tree.own(".h", ".cc"):
        if path.endswith(".h") and "#pragma once" not in (tree.text(path) or ""):
            yield path, 1, "no #pragma once"
        if re.search(r"(^|[_/])(manager|helpers?|utils?)([_.]|$)", path):
            yield path, 1, "a vague file name"
        for number, line in tree.lines(path):
            if vague.search(line):
                yield path, number, "a vague name: " + vague.search(line).group(1)


def commands(tree):
    """What README and the scripts say of ./dev is so, and it has all of its parts."""
    entry = tree.text("dev") or ""
    parts = [path for path in tree.paths if path.startswith("tools/dev/")]
    for path in parts:
        if 'source "$root/%s"' % path not in entry:
            yield path, 1, "./dev does not source it"
    known = set(re.findall(r"^cmd_(\w+)\(\)", "\n".join([entry] + [tree.text(path) or "" for path in parts]), re.M))
    for path in tree.own(".md") + [".ci/run"]:
        for number, line in tree.lines(path):
            for command in re.findall(r"\./dev ([a-z]+)", line):
                if command not in known:
                    yield path, number, "there is no ./dev " + command
    shown = set(re.findall(r"^\./dev (\w+)(?: \| (\w+))?", entry, re.M))
    shown = {word for pair in shown for word in pair if word}
    for command in sorted(known - shown - {"help"}):
        yield "dev", 1, "./dev help does not tell of " + command


def formatted(tree):
    """clang-format has nothing to change. Holds only where its version is the one that the house uses."""
    program = shutil.which("clang-format")
    if not program:
        return
    version = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    if not re.search(r"version %d\." % FORMAT_MAJOR, version):
        return
    paths = tree.own(".h", ".cc")
    if not paths:
        return
    done = subprocess.run([program, "--dry-run"] + paths, cwd=tree.root, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    seen = set()
    for path, number in re.findall(r"^([^:\s]+):(\d+):\d+: warning: .*clang-format-violations", done.stdout, re.M):
        if path not in seen:
            seen.add(path)
            yield path, int(number), "not formatted; run ./dev fmt"


def breaches(tree, build_directory=None):
    for rule in (whitespace, unfinished, places, rooms, drawn, headers, commands, formatted):
        yield from rule(tree)
    yield from built(tree, build_directory)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..")
    tree = Tree(root)
    found = sorted(set(breaches(tree, sys.argv[2] if len(sys.argv) > 2 else None)))
    for path, number, message in found:
        print("%s:%d: %s" % (path, number, message))
    print("lint: %d files, %d breaches" % (len(tree.paths), len(found)))
    return 1 if found or not tree.paths else 0


if __name__ == "__main__":
    sys.exit(main())
