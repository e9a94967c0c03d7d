#!/usr/bin/env python3
"""Draws panels of dashboards/grafana/ as one SVG, from a running Prometheus that scrapes Plimsoll.

    docs/plot.py http://127.0.0.1:9090 --container shop-web --minutes 30 > docs/dashboard.svg

The queries are those of the panels, taken from their JSON. Standard library alone.
"""
import argparse
import json
import math
import os
import re
import sys
import time
import urllib.parse
import urllib.request
from xml.sax.saxutils import escape

GRAFANA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "dashboards", "grafana")
# Dashboard and title of each panel, two a row.
PANELS = [("host.json", "Processor of the top containers"), ("host.json", "Memory of the top containers"),
          ("container.json", "CPU"), ("container.json", "Memory")]
TOP = 5
WIDTH, HEIGHT, GAP, HEAD = 560, 270, 14, 44  # of a panel, between panels, above the first
LEFT, RIGHT, ABOVE, BELOW = 66, 16, 40, 58   # between a panel's edge and its plot
LEGEND_LINE = 18
SAMPLES = 240
COLOURS = ["#2f7ed8", "#e8743b", "#19a979", "#c2487f", "#8d6fd1", "#b08a00", "#13a4b4"]
LOAD_LINE = "#d64545"
STYLE = """
  .page { fill: #f4f5f7 } .panel { fill: #ffffff; stroke: #d9dce1 } .grid { stroke: #e6e8ec } .axis { fill: #6a7280 }
  .title { fill: #1d232b; font-weight: 600 } .legend { fill: #3a424d } text { font: 12px system-ui, sans-serif }
  .head { font-size: 17px } path { fill: none; stroke-width: 1.6; stroke-linejoin: round }
  .limit { stroke-dasharray: 5 4 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #111217 } .panel { fill: #181b1f; stroke: #2c3038 } .grid { stroke: #2a2e35 } .axis { fill: #9aa2ad }
    .title { fill: #e6e8eb } .legend { fill: #c4cad2 }
  }"""


class Fault(Exception):
    """What the caller must be told in one line."""


def panel(dashboard, title):
    """(unit, [(legend, expression)]) of a panel."""
    with open(os.path.join(GRAFANA, dashboard), encoding="utf-8") as file:
        found = [p for p in json.load(file)["panels"] if p["title"] == title and p["type"] == "timeseries"]
    if len(found) != 1:
        raise Fault("%s has %d panels called %r" % (dashboard, len(found), title))
    return found[0]["fieldConfig"]["defaults"]["unit"], [(t["legendFormat"], t["expr"]) for t in found[0]["targets"]]


def filled(expression, dashboard, job, container):
    """The expression as Grafana would send it, for every instance of the job."""
    # On the dashboard of hosts `container` filters, on the one of a container it names.
    values = {"job": job, "instance": ".+", "top": str(TOP), "__rate_interval": "1m",
              "container": container if dashboard == "container.json" else ".+"}
    return re.sub(r"\$(\w+)", lambda variable: values[variable.group(1)], expression)


def ask(prometheus, expression, start, end, step):
    """[(labels, {time: value})]"""
    query = urllib.parse.urlencode({"query": expression, "start": start, "end": end, "step": step})
    try:
        with urllib.request.urlopen("%s/api/v1/query_range?%s" % (prometheus.rstrip("/"), query), timeout=30) as answer:
            result = json.load(answer)["data"]["result"]
    except (OSError, ValueError, KeyError) as error:
        raise Fault("%s does not answer %s: %s" % (prometheus, expression, error)) from None
    return [(series["metric"], {float(t): float(v) for t, v in series["values"]}) for series in result]


def legend(form, labels):
    """Grafana's {{label}} filled in. The instance is left out: the picture is of one host."""
    text = re.sub(r"{{\s*(\w+)\s*}}", lambda m: "" if m.group(1) == "instance" else labels.get(m.group(1), ""), form)
    return " ".join(text.split())


def label(value, unit):
    """A value at an axis or in a legend."""
    if unit == "bytes":
        power = min(int(math.log(value, 1024)), 4) if value >= 1 else 0
        return "%.3g %s" % (value / 1024 ** power, ("B", "KiB", "MiB", "GiB", "TiB")[power])
    return "%.3g" % value + {"percent": " %"}.get(unit, "")


def ticks(highest, unit):
    """Even marks from 0 to at least the highest value, four to seven of them."""
    highest = highest or 1
    base = 1024.0 ** int(math.log(highest, 1024)) if unit == "bytes" and highest >= 1 else 1.0
    rough = highest / base / 4
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= rough) * base
    return [step * i for i in range(math.ceil(highest / step) + 1)]


def line(values, start, end, step, top, box):
    """The path of one series; a hole where samples are missing."""
    x, y, width, height = box
    words, before = [], None
    for moment in sorted(values):
        word = "L" if before is not None and moment - before < 1.5 * step else "M"
        words.append("%s%.1f %.1f" % (word, x + width * (moment - start) / (end - start),
                                      y + height * (1 - values[moment] / top)))
        before = moment
    return " ".join(words)


def text(x, y, words, kind, anchor="start"):
    return '<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>' % (x, y, kind, anchor, escape(words))


def draw_panel(title, unit, series, colours, span, at, height_of_all):
    """One panel: title, grid, lines, and a legend with each line's last value."""
    left, top_edge = at
    start, end, step = span
    box = (left + LEFT, top_edge + ABOVE, WIDTH - LEFT - RIGHT, HEIGHT - ABOVE - BELOW)
    x, y, width, height = box
    out = ['<rect x="%d" y="%d" width="%d" height="%d" rx="4" class="panel"/>' % (left, top_edge, WIDTH, height_of_all),
           text(left + 14, top_edge + 24, title, "title")]
    marks = ticks(max((v for _, values in series for v in values.values()), default=0), unit)
    for mark in marks:
        level = y + height * (1 - mark / marks[-1])
        out.append('<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" class="grid"/>' % (x, x + width, level, level))
        out.append(text(x - 8, level + 4, label(mark, unit), "axis", "end"))
    for i in range(5):
        moment = start + (end - start) * i / 4
        out.append(text(x + width * i / 4, y + height + 18, time.strftime("%H:%M", time.gmtime(moment)), "axis",
                        ("start", "middle", "middle", "middle", "end")[i]))
    for i, (name, values) in enumerate(series):
        colour = colours[name]
        across, down = x + (i % 2) * width / 2, y + height + 40 + (i // 2) * LEGEND_LINE
        for path in (line(values, start, end, step, marks[-1], box), "M%.1f %.1f h14" % (across, down - 4)):
            out.append('<path stroke="%s"%s d="%s"/>' % (colour, ' class="limit"' if name == "limit" else "", path))
        out.append(text(across + 20, down, "%s  %s" % (name, label(values[max(values)], unit)), "legend"))
    return out


def draw(prometheus, job, container, start, end):
    """The SVG's text. Fault when a panel would be empty."""
    step = (end - start) / SAMPLES
    drawn = []
    for dashboard, title in PANELS:
        unit, targets = panel(dashboard, title)
        series = []
        for form, expression in targets:
            series += [(legend(form, labels), values) for labels, values in
                       ask(prometheus, filled(expression, dashboard, job, container), start, end, step)]
        if not series:
            raise Fault("nothing to draw for %r: is job %r scraped, and is there a container %r?" % (title, job, container))
        series.sort(key=lambda one: -max(one[1].values()))
        drawn.append((title if dashboard == "host.json" else "%s of %s" % (title, container), unit, series))
    # What is called alike in two panels has one colour.
    names = sorted({name for _, _, series in drawn for name, _ in series} - {"limit"})
    colours = {"limit": LOAD_LINE, **{name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}}
    out, down = [], HEAD
    for i in range(0, len(drawn), 2):
        pair = drawn[i:i + 2]
        height = HEIGHT + (max((len(s) + 1) // 2 for _, _, s in pair) - 1) * LEGEND_LINE
        for j, (title, unit, series) in enumerate(pair):
            out += draw_panel(title, unit, series, colours, (start, end, step), (GAP + j * (WIDTH + GAP), down), height)
        down += height + GAP
    size = (2 * WIDTH + 3 * GAP, down)
    head = text(GAP + 2, 29, "Plimsoll, asked by Prometheus, %s UTC" % time.strftime("%Y-%m-%d", time.gmtime(end)), "title head")
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d">' % (*size, *size),
                      "<style>%s\n</style>" % STYLE, '<rect width="%d" height="%d" class="page"/>' % size, head, *out, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description="Panels of dashboards/grafana/ as one SVG on standard output.")
    parser.add_argument("prometheus", help="for example http://127.0.0.1:9090")
    parser.add_argument("--job", default="plimsoll")
    parser.add_argument("--container", required=True, help="whose CPU and memory are drawn")
    parser.add_argument("--minutes", type=float, default=30)
    given = parser.parse_args()
    end = time.time()
    try:
        sys.stdout.write(draw(given.prometheus, given.job, given.container, end - given.minutes * 60, end))
    except Fault as fault:
        sys.exit("plot.py: %s" % fault)


if __name__ == "__main__":
    main()
