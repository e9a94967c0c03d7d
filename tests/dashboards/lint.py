#!/usr/bin/env python3
"""Holds dashboards/grafana to the public rules of Grafana's dashboard-linter and to our own. lint.py [ROOT]; exit 1 if
one is broken.
"""
import glob
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import house_rules  # noqa: E402
import promql  # noqa: E402
import public_rules  # noqa: E402
from reading import selected, targets, variable, variable_query, variables  # noqa: E402

RULES = public_rules.RULES + house_rules.RULES
OF_PROMETHEUS = ("up", "scrape_duration_seconds", "scrape_samples_scraped")


def links(dashboards):
    """uids are there once; the top of each leads to all others, and no link leads nowhere."""
    uids = [dashboard.get("uid") for dashboard in dashboards.values()]
    for path, dashboard in dashboards.items():
        if uids.count(dashboard.get("uid")) > 1:
            yield path, "links", "another dashboard has this uid"
        for uid in re.findall(r'"url": "/d/([^"?/]*)', json.dumps(dashboard)):
            if uid not in uids:
                yield path, "links", "a link to a dashboard that is not there: " + uid
        top = {m.group(1) for m in (re.match(r"/d/([^?/]+)", link.get("url", "")) for link in dashboard.get("links", [])) if m}
        for uid in set(uids) - top - {dashboard.get("uid")}:
            yield path, "links", "no link to " + str(uid)
        for name in set(re.findall(r"var-(\w+)=|\$\{(\w+):queryparam\}", json.dumps(dashboard))):
            if not any(variable(other, part) for part in name if part for other in dashboards.values()):
                yield path, "links", "a link hands over a variable that no dashboard has: " + "".join(name)


def known_metrics(root):
    """Every name that the sources of the exposition speak of, and those of recording rules."""
    known = set(OF_PROMETHEUS)
    for path in glob.glob(os.path.join(root, "exporter/exposition/*.cc")):
        with open(path, encoding="utf-8") as file:
            names = re.findall(r'"((?:plimsoll|container|machine|process)_[a-z0-9_]+)"', file.read())
        known.update(names)
        known.update(name + part for name in names if name.endswith("_seconds") for part in ("_bucket", "_sum", "_count"))
    for path in glob.glob(os.path.join(root, "dashboards/prometheus/rules/*.yml")):
        with open(path, encoding="utf-8") as file:
            known.update(re.findall(r"- record: (\S+)", file.read()))
    return known


def rule_expressions(text):
    """[(name, expression)] of a rules file as they are written here: one line, or a folded block."""
    found = re.findall(r"- (?:alert|record): (\S+)\n\s+expr: (?:>-\n((?:\s{10,}.*\n)+)|(.*)\n)", text)
    return [(name, " ".join((block or line).split())) for name, block, line in found]


def unknown_metrics(root, dashboards):
    known = known_metrics(root)
    for path, dashboard in dashboards.items():
        asked = {selector.metric for _, _, selector in selected(dashboard)}
        for entry in variables(dashboard, "query"):
            asked.update(re.findall(r"plimsoll_\w+", variable_query(entry)))
        for metric in sorted(asked - known):
            yield path, "unknown-metric", metric + " is no metric of Plimsoll"
    for path in sorted(glob.glob(os.path.join(root, "dashboards/prometheus/rules/*.yml"))):
        with open(path, encoding="utf-8") as file:
            for name, expression in rule_expressions(file.read()):
                for selector in promql.selectors(expression):
                    if selector.metric not in known:
                        yield os.path.relpath(path, root), "unknown-metric", "%s: %s" % (name, selector.metric)


def load(root):
    """{path: dashboard} of dashboards/grafana."""
    found = {}
    for path in sorted(glob.glob(os.path.join(root, "dashboards/grafana/*.json"))):
        with open(path, encoding="utf-8") as file:
            found[os.path.relpath(path, root)] = json.load(file)
    return found


def breaches(dashboards, root=None):
    """(path, rule, message) of everything that is wrong; with a root names of metrics are looked up, too."""
    for path, dashboard in dashboards.items():
        for rule in RULES:
            for message in rule(dashboard):
                yield path, rule.__name__.replace("_", "-"), message
    yield from links(dashboards)
    if root:
        yield from unknown_metrics(root, dashboards)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", ".."))
    dashboards = load(root)
    found = list(breaches(dashboards, root))
    for path, rule, message in found:
        print("%s: %s: %s" % (path, rule, message))
    count = sum(1 for dashboard in dashboards.values() for _ in targets(dashboard))
    print("dashboards: %d, with %d targets, %d breaches" % (len(dashboards), count, len(found)))
    return 1 if found or not dashboards else 0


if __name__ == "__main__":
    sys.exit(main())
