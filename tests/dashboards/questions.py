"""What dashboards and rules ask Prometheus, with Grafana's variables put in as Grafana does it."""
import re

import reading


def put_in(expression, values):
    """`values`: {variable: text}, "__range" and the like included. An unknown variable raises KeyError."""
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda match: values[match.group(1) or match.group(2)], expression)


def of_panels(dashboard, values):
    """[(panel's title, expression, asked at one time only)]."""
    return [(panel["title"], put_in(target["expr"], values), target["instant"])
            for panel, target in reading.targets(dashboard)]


def of_variables(dashboard, values):
    """[(variable, expression, label or None, pattern or None)] of those that ask; the label's values are the answer."""
    found = []
    for entry in reading.variables(dashboard, "query"):
        function, inside = re.fullmatch(r"(\w+)\((.+)\)", reading.variable_query(entry)).groups()
        label = None
        if function == "label_values":
            inside, label = re.fullmatch(r"(.+), *(\w+)", inside).groups()
        pattern = entry["regex"] and re.compile(re.sub(r"\(\?<(\w)", r"(?P<\1", entry["regex"].strip("/")))
        found.append((entry["name"], put_in(inside, values), label, pattern))
    return found


def shown_series(labels, value):
    """A series as query_result() hands it to a variable's pattern."""
    inside = ",".join('%s="%s"' % pair for pair in sorted(labels.items()) if pair[0] != "__name__")
    return "%s{%s} %s 0" % (labels.get("__name__", ""), inside, value)
