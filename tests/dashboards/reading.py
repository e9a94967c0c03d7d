"""What is in a dashboard: its panels, targets, variables, and the selectors of what they ask."""
import re

import promql

QUERYING = ("stat", "timeseries", "table", "bargauge", "gauge")
NOT_COUNTERS = ("plimsoll_host_memory_total_bytes",)
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


def is_counter(metric):
    return metric.endswith(("_total", "_bucket", "_sum", "_count")) and metric not in NOT_COUNTERS
