#!/usr/bin/env python3
"""Reads the plain YAML that openapi.yaml is written in; as a program prints it as JSON.

Block mappings and lists, one-line flow collections, plain and double-quoted scalars, comments on lines of their own.
Anything else (anchors, tags, block text, single quotes, several documents, keys given twice) raises Unreadable, so
nothing is ever read as something it is not.
"""
import json
import re
import sys

KEY = re.compile(r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s"\'#&*!|>%@`\[\]{},:?-][^"#:]*)):(?: +(?P<rest>.*))?$')
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?$")
WORDS = {"null": None, "true": True, "false": False}
# YAML 1.1 readers take these for something else than text.
AMBIGUOUS = re.compile(r"(?i)(~|y|n|yes|no|on|off|null|true|false|[-+]?[0-9_.:]+(e[-+]?[0-9]+)?|0x[0-9a-f]+|[-+]?\.(inf|nan))$")


class Unreadable(Exception):
    pass


def scalar(text):
    if text.startswith('"'):
        try:
            return json.loads(text)
        except ValueError:
            raise Unreadable("bad quoted text: %s" % text) from None
    if text in WORDS:
        return WORDS[text]
    if NUMBER.match(text):
        return float(text) if "." in text else int(text)
    if not text or text[0] in "'&*!|>%@`?-#,]}" or " #" in text or ": " in text or AMBIGUOUS.match(text):
        raise Unreadable("not plain enough: %r" % text)
    return text


class Flow:
    """{a: [b, "c"]} on one line."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def read(self):
        value = self.value()
        self.blanks()
        if self.at != len(self.text):
            raise Unreadable("text after the end: %r" % self.text[self.at:])
        return value

    def blanks(self):
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1

    def take(self, character):
        self.blanks()
        if self.text[self.at:self.at + 1] != character:
            return False
        self.at += 1
        return True

    def token(self, ends):
        self.blanks()
        quoted = re.compile(r'"(?:[^"\\]|\\.)*"').match(self.text, self.at)
        if quoted:
            self.at = quoted.end()
            return quoted.group()
        begin = self.at
        while self.at < len(self.text) and self.text[self.at] not in ends:
            self.at += 1
        return self.text[begin:self.at].strip()

    def value(self):
        if self.take("{"):
            return self.mapping()
        if self.take("["):
            return self.list()
        return scalar(self.token(",]}[{"))

    def goes_on(self, end):
        if self.take(","):
            return True
        if not self.take(end):
            raise Unreadable("%r is missing: %r" % (end, self.text))
        return False

    def list(self):
        items = []
        while not self.take("]"):
            items.append(self.value())
            if not self.goes_on("]"):
                break
        return items

    def mapping(self):
        found = {}
        while not self.take("}"):
            key = scalar(self.token(":,]}[{"))
            if not self.take(":") or not isinstance(key, str) or key in found:
                raise Unreadable("bad or doubled key in %r" % self.text)
            found[key] = self.value()
            if not self.goes_on("}"):
                break
        return found


def inline(text):
    return Flow(text).read() if text[0] in "[{" else scalar(text)


class Block:
    def __init__(self, text):
        self.lines = []
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line or line.startswith(("---", "...")):
                raise Unreadable("line %d: tabs and document marks are not read" % number)
            if line.strip() and not line.lstrip().startswith("#"):
                self.lines.append([len(line) - len(line.lstrip()), line.strip(), number])

    def read(self):
        value = self.value(0)
        if self.lines:
            raise Unreadable("line %d: indented otherwise than what is before it" % self.lines[0][2])
        return value

    def value(self, indent):
        listed = self.lines[0][1].startswith("- ")
        return self.list(indent) if listed else self.mapping(indent)

    def at(self, indent):
        return bool(self.lines) and self.lines[0][0] == indent

    def list(self, indent):
        items = []
        while self.at(indent) and self.lines[0][1].startswith("- "):
            rest = self.lines[0][1][2:].lstrip()
            inner = indent + len(self.lines[0][1]) - len(rest)
            if rest[0] not in "[{" and KEY.match(rest):
                self.lines[0][:2] = [inner, rest]
                items.append(self.mapping(inner))
            else:
                items.append(self.guarded(inline, rest))
                self.lines.pop(0)
        return items

    def mapping(self, indent):
        found = {}
        while self.at(indent) and not self.lines[0][1].startswith("- "):
            number = self.lines[0][2]
            match = KEY.match(self.lines[0][1])
            if not match:
                raise Unreadable("line %d: neither key nor list item" % number)
            quoted = match.group("quoted")
            key = json.loads('"%s"' % quoted) if quoted is not None else self.guarded(scalar, match.group("plain"))
            if key in found or not isinstance(key, str):
                raise Unreadable("line %d: %r is given twice, or is no text" % (number, key))
            if match.group("rest"):
                found[key] = self.guarded(inline, match.group("rest"))
                self.lines.pop(0)
                continue
            self.lines.pop(0)
            if not self.lines or self.lines[0][0] <= indent:
                raise Unreadable("line %d: %r has no value; write null" % (number, key))
            found[key] = self.value(self.lines[0][0])
        return found

    def guarded(self, read, text):
        try:
            return read(text)
        except Unreadable as fault:
            raise Unreadable("line %d: %s" % (self.lines[0][2], fault)) from None


def load(text):
    return Block(text).read()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        json.dump(load(file.read()), sys.stdout, sort_keys=True)
