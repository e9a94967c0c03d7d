"""What this house asks of a dashboard beyond the public rules. Each yields what is wrong with it."""
import json
import re

import promql
from public_rules import COUNTING
from reading import is_chosen, is_counter, panels, selected, targets, variable, variables, where

# What names one container, host or part of one: lines that are told apart by these are as many as there are of them.
MANY = re.compile(r"\{\{\s*(instance|name|id|pod|device|interface|route|family|runtime_id)\s*\}\}")
# Of figures that have more than one of a container.
SERIES_OF_CONTAINERS = {"plimsoll_container_alert_state": 4, "plimsoll_container_alert_consecutive_breaches": 2}


def identity(dashboard):
    if dashboard.get("id", 0) is not None:
        yield "id is not null"
    if not re.fullmatch(r"plimsoll-[a-z]+", dashboard.get("uid") or ""):
        yield "uid is not plimsoll-…"
    if not dashboard.get("title") or not dashboard.get("description"):
        yield "no title or no description"
    numbers = [panel.get("id") for panel in panels(dashboard)]
    if None in numbers or len(set(numbers)) != len(numbers):
        yield "panels without an id, or two with the same"
    if not 36 <= dashboard.get("schemaVersion", 0) <= 39:
        yield "the schema is not one that Grafana 9 and 10 read"


def no_foreign_datasource(dashboard):
    def walk(value):
        if isinstance(value, dict):
            if "datasource" in value and not is_chosen(value["datasource"]):
                yield "a data source that nobody chose: %s" % json.dumps(value["datasource"])
            for one in value.values():
                yield from walk(one)
        elif isinstance(value, list):
            for one in value:
                yield from walk(one)
    if "__inputs" in dashboard:
        yield "__inputs, which provisioning does not fill"
    yield from walk(dashboard)


def counters_only_in_rates(dashboard):
    for panel, _, selector in selected(dashboard):
        if selector.call in COUNTING and not is_counter(selector.metric) and selector.metric != "container_memory_failcnt":
            yield "%s: %s is no counter" % (where(panel), selector.metric)


def bounded_lines(dashboard):
    """Where all hosts can be chosen, lines and rows of single hosts or containers are only the highest ones."""
    instance = variable(dashboard, "instance") or {}
    if not instance.get("includeAll"):
        return
    for panel, target in targets(dashboard):
        expression, legend = target.get("expr", ""), target.get("legendFormat", "")
        many = MANY.search(legend) or (panel["type"] == "table" and not re.match(r"count by|\s*sum\(", expression))
        if many and not re.search(r"\b(topk|bottomk)\(\$top,", expression):
            yield "%s can have a line or row for every container: %s" % (where(panel), expression)
        if not many and panel["type"] != "table" and not re.match(
                r"(round\()?(sum|count|max|quantile|histogram_quantile|topk)\b", expression):
            yield "%s sums nothing and can have any number of lines: %s" % (where(panel), expression)


def bounded_points(dashboard):
    """A thousand hosts with a hundred containers each stay below the 50 million points that Prometheus allows a query."""
    for panel, target in targets(dashboard):
        if not target.get("range"):
            continue
        most = panel.get("maxDataPoints") or 10000
        everywhere = (variable(dashboard, "instance") or {}).get("includeAll")
        try:
            found = promql.selectors(target.get("expr", "")) if everywhere else []
        except promql.Unreadable:
            continue
        series = [SERIES_OF_CONTAINERS.get(s.metric, 1) * 100000 for s in found
                  if re.match(r"(plimsoll_)?container_", s.metric) and ("id", "=", "/") not in s.matchers and not s.fixed]
        if most > 400 or most * sum(series) > 25000000:
            yield "%s can have too many points (maxDataPoints %d)" % (where(panel), most)


def layout(dashboard):
    taken = {}
    for panel in dashboard.get("panels", []):
        place = panel.get("gridPos", {})
        x, y, w, h = (place.get(key, -1) for key in "xywh")
        if x < 0 or y < 0 or w < 1 or h < 1 or x + w > 24:
            yield where(panel) + " lies outside the grid"
            continue
        for cell in ((column, row) for column in range(x, x + w) for row in range(y, y + h)):
            if cell in taken:
                yield "%s lies over %s" % (where(panel), taken[cell])
                break
            taken[cell] = where(panel)


def container_variable(dashboard):
    asks = any(s.metric.startswith("plimsoll_container_") for _, _, s in selected(dashboard))
    if asks and variable(dashboard, "container") is None:
        yield "figures of containers, but no variable container"
    used = json.dumps(dashboard.get("panels", []))
    for entry in variables(dashboard):
        if not re.search(r"\$\{?%s\b" % re.escape(entry.get("name", "")), used):
            yield "the variable %s is used nowhere" % entry.get("name")


RULES = [identity, no_foreign_datasource, counters_only_in_rates, bounded_lines, bounded_points, layout, container_variable]
