#!/usr/bin/env python3
"""One table of what the benchmarks printed, by number of containers.

    tests/bench/sheet.py FILE ...   their outputs; what none of them measured is left out
"""
import re
import sys

COUNTS = (10, 100, 1000)
UNITS = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}


def rows(text, *header):
    """The lines of figures below a header with these words, as {word: text} of each."""
    found = []
    names = None
    for line in text.splitlines():
        words = line.split()
        if all(word in words for word in header):
            names = words
        elif names and len(words) == len(names) and re.match(r"\d", words[-1]):
            found.append(dict(zip(names, words)))
        else:
            names = None
    return found


def named_rows(text, *header):
    """As rows(), where the first column has no header and may be of several words: {first: {word: text}}.

    A table that comes twice is the newest."""
    found, names = [], None
    for line in text.splitlines():
        words = line.split()
        if words == list(header):
            names = words
            found.append({})
        elif names and len(words) > len(names):
            found[-1][" ".join(words[:-len(names)])] = dict(zip(names, words[-len(names):]))
        else:
            names = None
    return found


def google(text):
    """{name: CPU microseconds} of Google Benchmark's lines."""
    lines = re.findall(r"^(BM_\S+)\s+[\d.]+ \w+\s+([\d.]+) (\w+)", text, re.M)
    return {name: float(cpu) * UNITS[unit] for name, cpu, unit in lines}


def time_text(microseconds):
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return "%.3g %s" % (microseconds / size, unit)
    return "%.3g µs" % microseconds


def ratio_text(ratio):
    return "%.2f x" % ratio


def by_count(table, key, value, keep=lambda row: True):
    return {int(row[key]): float(row[value]) for row in table if keep(row)}


def lines(text):
    """[(what, {containers: text})] in the order of a frame's way."""
    collector = rows(text, "N", "files", "floor", "plimsoll")
    store = rows(text.replace("bytes each", "bytes_each"), "N", "bytes_each", "plimsoll")
    alerts = rows(text, "containers", "rules", "changing", "floor")
    process = [dict(zip(("N", "start", "cpu", "pss", "dirty"), found)) for found in
               re.findall(r"^plimsoll\s+(\d+)\s+(\d+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)", text, re.M)]
    rendered = google(text)
    questions = dict(zip((100, 1000), named_rows(text, "rows", "median", "p99", "worst")))

    def micro(figures):
        return {count: time_text(figure) for count, figure in figures.items()}

    def of_benchmark(name):
        return micro({count: rendered["%s/%d" % (name, count)] for count in COUNTS if "%s/%d" % (name, count) in rendered})

    def p99(what):
        return micro({count: float(table[what]["p99"]) * 1e3 for count, table in questions.items() if what in table})

    def a_tenth(row):
        return int(row["changing"]) * 10 == int(row["containers"])

    return [
        ("a beat that reads every file", micro(by_count(collector, "N", "plimsoll"))),
        ("  per container", micro({n: us / n for n, us in by_count(collector, "N", "plimsoll").items()})),
        ("  of a loop that only reads them", {n: ratio_text(r) for n, r in by_count(collector, "N", "ratio").items()}),
        ("a body of /metrics", of_benchmark("BM_Render")),
        ("  with gzip", of_benchmark("BM_Body/gzip")),
        ("a tick of history", micro(by_count(store, "N", "plimsoll"))),
        ("  of a row for each container", {n: ratio_text(r) for n, r in by_count(store, "N", "/rows").items()}),
        ("20 rules, a tenth at work", micro(by_count(alerts, "containers", "plimsoll", a_tenth))),
        ("  of a loop that only compares",
         {n: ratio_text(r) for n, r in by_count(alerts, "containers", "ratio", a_tenth).items()}),
        ("history of 24 h, p99", p99("history 24h 5m")),
        ("top consumers of 24 h, p99", p99("top 24h")),
        ("whole process, all asleep, of a core", {n: "%.2f %%" % v for n, v in by_count(process, "N", "cpu").items()}),
        ("  start to first scrape", {n: time_text(v * 1e3) for n, v in by_count(process, "N", "start").items()}),
        ("  PSS", {n: "%.1f MiB" % v for n, v in by_count(process, "N", "pss").items()}),
        ("  private dirty", {n: "%.1f MiB" % v for n, v in by_count(process, "N", "dirty").items()}),
    ]


def sheet(text):
    shown = [(what, figures) for what, figures in lines(text) if figures]
    head = "%-38s" % "containers" + "".join("%12s" % format(count, ",") for count in COUNTS)
    body = ["%-38s" % what + "".join("%12s" % figures.get(count, "-") for count in COUNTS) for what, figures in shown]
    return "\n".join([head] + body)


def main():
    text = ""
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            text += file.read() + "\n"
    print(sheet(text))


if __name__ == "__main__":
    main()
