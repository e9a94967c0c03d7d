#!/usr/bin/env python3
"""Draws a run's samples as one SVG: plot.py FOLDER [OUT.svg]"""
import csv
import json
import os
import sys
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, TOP, ROW, GAP = 1000, 80, 16, 46, 110, 34
COLOURS = ("#1f5fa8", "#d9822b", "#3a8f5c")
MARKS = {"kill": "#c0392b", "clock": "#8e44ad"}
BANDS = (("full", "drained", "#f5d6a8", "disk full"), ("engine away", "engine back", "#d5d8dc", "engine away"))


def number(row, column):
    return float(row[column]) if row[column] != "" else None


def scaled(column, by):
    def read(row, _):
        value = number(row, column)
        return None if value is None else value / by
    return read


def per_second(row, before):
    """CPU is counted since the row before; of a life's first row since its beginning."""
    same = before is not None and before["life"] == row["life"]
    seconds = number(row, "seconds") - number(before, "seconds") if same else number(row, "age")
    return number(row, "cpu_ms") / seconds if seconds >= 1 else None


ROWS = (
    ("memory, MiB", (("private dirty", scaled("private_dirty_kib", 1024)), ("PSS", scaled("pss_kib", 1024)))),
    ("descriptors", (("all", scaled("descriptors", 1)), ("kernel files", scaled("kernel_files", 1)),
                     ("watches", scaled("watches", 1)))),
    ("CPU, ms a second", (("", per_second),)),
    ("tick lateness, ms", (("mean of 5 s", scaled("late_ms", 1)), ("latest of 5 s", scaled("late_most_ms", 1)))),
    ("outbox depth, messages", (("", scaled("outbox", 1)),)),
    ("store, MiB", (("file", scaled("store_bytes", 1 << 20)), ("write-ahead log", scaled("wal_bytes", 1 << 20)))),
)


def nice(most):
    """The end of an axis: 1, 2 or 5 times a power of ten, not below `most`."""
    if most <= 0:
        return 1
    power = 10 ** (len("%d" % most) - 1) if most >= 1 else 0.1
    for factor in (1, 2, 5, 10):
        if most <= factor * power:
            return factor * power
    return most


def short(value):
    return "%d" % value if value == int(value) else "%.1f" % value


class Drawing:
    def __init__(self, rows, events):
        self.rows, self.events, self.out = rows, events, []
        self.end = max([number(row, "seconds") for row in rows] + [event[0] for event in events] + [60])
        self.height = TOP + len(ROWS) * (ROW + GAP) + 20

    def x(self, seconds):
        return LEFT + (WIDTH - LEFT - RIGHT) * max(0, seconds) / self.end

    def text(self, x, y, words, anchor="start", size=11, colour="#333"):
        self.out.append('<text x="%.1f" y="%.1f" font-size="%d" text-anchor="%s" fill="%s">%s</text>'
                        % (x, y, size, anchor, colour, escape(words)))

    def line(self, x1, y1, x2, y2, colour, width=1.0, dash=""):
        self.out.append('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"%s/>'
                        % (x1, y1, x2, y2, colour, width, ' stroke-dasharray="%s"' % dash if dash else ""))

    def draw(self, title):
        self.out.append('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif">'
                        '<rect width="100%%" height="100%%" fill="#fff"/>' % (WIDTH, self.height))
        self.text(LEFT, 18, title, size=13)
        x = LEFT
        for words, colour in [("killed with -9", MARKS["kill"]), ("clock set", MARKS["clock"]),
                              *((words, colour) for _, _, colour, words in BANDS)]:
            self.out.append('<rect x="%d" y="26" width="10" height="10" fill="%s"/>' % (x, colour))
            self.text(x + 14, 35, words)
            x += 24 + 7 * len(words)
        for at, (name, lines) in enumerate(ROWS):
            self.row(TOP + at * (ROW + GAP) + 20, name, lines)
        minutes = max(1, round(self.end / 60 / 12))
        for minute in range(0, int(self.end / 60) + 1, minutes):
            self.text(self.x(minute * 60), self.height - 8, "%d min" % minute, "middle", 10)
        self.out.append("</svg>")
        return "\n".join(self.out) + "\n"

    def row(self, top, name, lines):
        for begin, end, colour, _ in BANDS:
            since = None
            for seconds, what, _ in self.events + [(self.end, end, "")]:
                if what == begin:
                    since = seconds
                elif what == end and since is not None:
                    self.out.append('<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>' % (
                        self.x(since), top, max(1, self.x(seconds) - self.x(since)), ROW, colour))
                    since = None
        for seconds, what, _ in self.events:
            if what in MARKS:
                dash = "" if what == "kill" else "3 3"
                self.line(self.x(seconds), top, self.x(seconds), top + ROW, MARKS[what], 1, dash)
        series = [(label, self.values(read)) for label, read in lines]
        most = nice(max([value for _, points in series for _, value, _ in points] or [1]))
        for part in (0, 0.5, 1):
            y = top + ROW * (1 - part)
            self.line(LEFT, y, WIDTH - RIGHT, y, "#ddd", 0.5)
            self.text(LEFT - 6, y + 4, short(most * part), "end", 10)
        self.text(LEFT, top - 6, name, size=12)
        x = LEFT + 10 + 7 * len(name)
        for at, (label, points) in enumerate(series):
            if label:
                self.line(x, top - 10, x + 14, top - 10, COLOURS[at], 2)
                self.text(x + 18, top - 6, label, size=10)
                x += 34 + 6 * len(label)
            self.polyline(points, top, most, COLOURS[at])

    def values(self, read):
        """[(seconds, value, life)]"""
        points, before = [], None
        for row in self.rows:
            value = read(row, before)
            if value is not None:
                points.append((number(row, "seconds"), value, row["life"]))
            before = row
        return points

    def polyline(self, points, top, most, colour):
        """Broken where a life ends."""
        for life in dict.fromkeys(point[2] for point in points):
            way = " ".join("%.1f,%.1f" % (self.x(seconds), top + ROW * (1 - value / most))
                           for seconds, value, its in points if its == life)
            self.out.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="1.2"/>' % (way, colour))


def draw(folder, out=None):
    with open(folder + "/samples.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(folder + "/events.json") as file:
        events = json.load(file)
    if not rows:
        raise SystemExit("no samples in " + folder)
    minutes = number(rows[-1], "seconds") / 60
    svg = Drawing(rows, events).draw("%.0f minutes under strain: 100 containers and churn, ticks of 1 s" % minutes)
    out = out or os.path.join(folder, "plot.svg")
    with open(out, "w") as file:
        file.write(svg)
    return out


if __name__ == "__main__":
    print(draw(*sys.argv[1:3]))
