#!/usr/bin/env python3
"""The public rules of Grafana's dashboard-linter, and the house's own. lint.py [ROOT]; exit 1 if one is broken.

Rules that end in -rule have their names, and mean what they mean, in https://github.com/grafana/dashboard-linter.
"""
import glob
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import promql  # noqa: E402

QUERYING = ("stat", "timeseries", "table", "bargauge", "gauge")
# Of Grafana's units those that are in use here.
UNITS = {"none", "short", "percent", "percentunit", "bytes", "Bps", "pps", "iops", "s", "dtdurations", "ops", "reqps", "wps",
         "string", "bool"}
COUNTING = ("rate", "irate", "increase")
NOT_COUNTERS = ("_limit_bytes_total", "plimsoll_host_memory_total_bytes")
OF_PROMETHEUS = ("up", "scrape_duration_seconds", "scrape_samples_scraped")
# What names one container, host or part of one: lines that are told apart by these are as many as there are of them.
MANY = re.compile(r"\{\{\s*(instance|name|id|pod|device|interface|route|family|runtime_id)\s*\}\}")
# Of figures that have more than one of a container.
SERIES_OF_CONTAINERS = {"plimsoll_container_alert_state": 4, "plimsoll_container_alert_consecutive_breaches": 2}
DATASOURCE_VARIABLE = re.compile(r"\$datasource|\$\{datasource\}")


def panels(dashboard):
    for panel in dashboard.get("panels", []):
        yield panel
        yield from panel.get("panels", [])


def querying(dashboard):
    return [panel for panel in panels(dashboard) if panel.get("type") in QUERYING]


def targets(dashboard):
    for panel in querying(dashboard):
        for target in panel.get("targets", []):
            yield panel, target


def selected(dashboard):
    """(panel, target, selector) of everything that can be read."""
    for panel, target in targets(dashboard):
        try:
            found = promql.selectors(target.get("expr", ""))
        except promql.Unreadable:
            continue
        for selector in found:
            yield panel, target, selector


def variables(dashboard, kind=None):
    return [v for v in dashboard.get("templating", {}).get("list", []) if kind is None or v.get("type") == kind]


def variable(dashboard, name):
    return next((v for v in variables(dashboard) if v.get("name") == name), None)


def variable_query(entry):
    query = entry.get("query", "")
    return query.get("query", "") if isinstance(query, dict) else query


def is_chosen(datasource):
    return isinstance(datasource, dict) and bool(DATASOURCE_VARIABLE.fullmatch(datasource.get("uid", "")))


def where(panel):
    return 'panel "%s"' % panel.get("title", panel.get("id"))


# --- dashboard-linter's rules ---------------------------------------------------

def template_datasource_rule(dashboard):
    found = variables(dashboard, "datasource")
    if len(found) != 1:
        yield "one variable of the type datasource, not %d" % len(found)
    for entry in found:
        if entry.get("name") != "datasource" or entry.get("label") != "Data source" or entry.get("query") != "prometheus":
            yield 'the data source variable is "datasource", labelled "Data source", and of prometheus'


def _template(dashboard, name):
    entry = variable(dashboard, name)
    if entry is None:
        yield "no variable " + name
        return
    if entry.get("type") != "query" or not is_chosen(entry.get("datasource")):
        yield "%s is a query to the chosen data source" % name
    if entry.get("label") != name.capitalize():
        yield '%s is labelled "%s"' % (name, name.capitalize())
    if entry.get("multi") is not True or entry.get("allValue") != ".+":
        yield '%s is multi and its allValue is ".+"' % name


def template_job_rule(dashboard):
    return _template(dashboard, "job")


def template_instance_rule(dashboard):
    return _template(dashboard, "instance")


def template_label_promql_rule(dashboard):
    for entry in variables(dashboard, "query"):
        call = re.fullmatch(r"(label_names|label_values|metrics|query_result)\((.+)\)", variable_query(entry))
        if not call:
            yield "variable %s asks by no function of the data source" % entry.get("name")
            continue
        try:
            promql.selectors(re.sub(r",\s*\w+$", "", call.group(2)))
        except promql.Unreadable as reason:
            yield "variable %s: %s" % (entry.get("name"), reason)


def template_on_time_change_reload_rule(dashboard):
    for entry in variables(dashboard, "query"):
        if entry.get("refresh") != 2:
            yield "variable %s does not refresh when the time changes" % entry.get("name")


def uneditable_dashboard(dashboard):
    if dashboard.get("editable") is not False:
        yield "the dashboard is editable"


def panel_datasource_rule(dashboard):
    for panel in querying(dashboard):
        if not is_chosen(panel.get("datasource")):
            yield where(panel) + " does not use the chosen data source"
    for panel, target in targets(dashboard):
        if not is_chosen(target.get("datasource")):
            yield where(panel) + " has a target that does not use the chosen data source"


def panel_title_description_rule(dashboard):
    for panel in panels(dashboard):
        if not panel.get("title"):
            yield "panel %s has no title" % panel.get("id")
        if panel.get("type") != "row" and not panel.get("description"):
            yield where(panel) + " has no description"


def panel_units_rule(dashboard):
    for panel in querying(dashboard):
        config = panel.get("fieldConfig", {})
        units = [config.get("defaults", {}).get("unit")]
        units += [p.get("value") for o in config.get("overrides", []) for p in o.get("properties", []) if p.get("id") == "unit"]
        for unit in units:
            if unit not in UNITS:
                yield "%s has no or an unknown unit: %s" % (where(panel), unit)


def panel_no_targets_rule(dashboard):
    for panel in panels(dashboard):
        if panel.get("type") != "row" and not panel.get("targets"):
            yield where(panel) + " asks for nothing"


def target_promql_rule(dashboard):
    for panel, target in targets(dashboard):
        try:
            found = promql.selectors(target.get("expr", ""))
            if not found:
                yield where(panel) + " has a target that selects nothing"
        except promql.Unreadable as reason:
            yield "%s: %s" % (where(panel), reason)


def target_rate_interval_rule(dashboard):
    for panel, _, selector in selected(dashboard):
        if selector.window is None or selector.window == "$__rate_interval":
            continue
        # A sum over the time shown is meant so; it is one number, not a line.
        if not (selector.call == "increase" and selector.window == "$__range" and panel["type"] in ("stat", "table")):
            yield "%s: [%s] behind %s is not [$__rate_interval]" % (where(panel), selector.window, selector.metric)


def _matched(dashboard, name):
    for panel, _, selector in selected(dashboard):
        if (name, "=~", "$" + name) not in selector.matchers:
            yield '%s: %s has no %s=~"$%s"' % (where(panel), selector.metric, name, name)


def target_job_rule(dashboard):
    return _matched(dashboard, "job")


def target_instance_rule(dashboard):
    return _matched(dashboard, "instance")


def is_counter(metric):
    return metric.endswith(("_total", "_bucket", "_sum", "_count")) and metric not in NOT_COUNTERS


def target_counter_agg_rule(dashboard):
    for panel, _, selector in selected(dashboard):
        if is_counter(selector.metric) and (selector.call not in COUNTING or selector.window is None):
            yield "%s: the counter %s stands in no rate or increase" % (where(panel), selector.metric)


# --- the house's own ------------------------------------------------------------

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
                r"(ceil\()?(sum|count|max|quantile|histogram_quantile|topk)\b", expression):
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


RULES = [template_datasource_rule, template_job_rule, template_instance_rule, template_label_promql_rule,
         template_on_time_change_reload_rule, uneditable_dashboard, panel_datasource_rule, panel_title_description_rule,
         panel_units_rule, panel_no_targets_rule, target_promql_rule, target_rate_interval_rule, target_job_rule,
         target_instance_rule, target_counter_agg_rule, identity, no_foreign_datasource, counters_only_in_rates,
         bounded_lines, bounded_points, layout, container_variable]


# --- over all of them -----------------------------------------------------------

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
