"""Reads the Prometheus text format strictly: anything odd is an error, so every scrape of every test checks it."""
import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
ESCAPE = re.compile(r'\\(["\\n])')


def _unescape(text):
    return ESCAPE.sub(lambda match: "\n" if match.group(1) == "n" else match.group(1), text)


def _series(line):
    """(name, labels, rest) of a sample line."""
    name = NAME.match(line)
    if not name:
        raise ValueError("no metric name: %r" % line)
    labels, at = {}, name.end()
    if line[at:at + 1] == "{":
        at += 1
        while line[at] != "}":
            label = LABEL.match(line, at)
            if not label:
                raise ValueError("bad label at %d: %r" % (at, line))
            if label.group(1) in labels:
                raise ValueError("label twice: %r" % line)
            labels[label.group(1)] = _unescape(label.group(2))
            at = label.end()
            if line[at] == ",":
                at += 1
        at += 1
    return name.group(), labels, line[at:]


class Scrape:
    """All samples of one body: {(name, frozenset of labels): value}, and the types of the families."""

    def __init__(self, text):
        if text and not text.endswith("\n"):
            raise ValueError("cut off: ...%r" % text[-80:])
        self.text = text
        self.samples, self.types, self.by_name = {}, {}, {}
        for line in text.split("\n")[:-1]:
            if line.startswith("# TYPE "):
                _, _, family, kind = line.split(" ")
                if family in self.types:
                    raise ValueError("family twice: " + family)
                self.types[family] = kind
            elif not line.startswith("#"):
                self._take(line)

    def _take(self, line):
        name, labels, rest = _series(line)
        if not re.fullmatch(r" [^ ]+", rest):
            raise ValueError("not one value: %r" % line)
        key = (name, frozenset(labels.items()))
        if key in self.samples:
            raise ValueError("series twice: %r" % line)
        self.samples[key] = float(rest)
        self.by_name.setdefault(name, []).append((labels, float(rest)))

    def find(self, metric, /, **labels):
        """[(labels, value)] of every series that carries these labels."""
        wanted = labels.items()
        return [(have, value) for have, value in self.by_name.get(metric, ()) if wanted <= have.items()]

    def value(self, metric, /, **labels):
        """The value of the only such series; None when there is none."""
        found = self.find(metric, **labels)
        if len(found) > 1:
            raise AssertionError("%s%r is not one series but %d" % (metric, labels, len(found)))
        return found[0][1] if found else None

    def names(self, metric="container_last_seen"):
        return {labels["name"] for labels, _ in self.by_name.get(metric, ()) if labels.get("name")}

    def families_with(self, **labels):
        """Names of all metrics that have a series with these labels."""
        wanted = labels.items()
        return {name for name, series in self.by_name.items() if any(wanted <= have.items() for have, _ in series)}
