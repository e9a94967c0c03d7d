"""The parts of a Grafana dashboard (schema 38, Grafana 9.5 and later), and how they are laid out."""

SCHEMA = 38
COLUMNS = 24  # of Grafana's grid
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SCOPE = 'job=~"$job", instance=~"$instance"'

HOST, CONTAINER, ALERTS, ITSELF = "plimsoll-host", "plimsoll-container", "plimsoll-alerts", "plimsoll-itself"
TITLES = {HOST: "Plimsoll: host and containers", CONTAINER: "Plimsoll: container",
          ALERTS: "Plimsoll: alerts and delivery", ITSELF: "Plimsoll: itself"}

GREEN, YELLOW, RED, BLUE, GREY = "green", "yellow", "red", "blue", "text"


def of(metric, *matchers, at="", window=""):
    """A selector of the chosen hosts: of("up", 'x="y"', window="$__rate_interval")."""
    return "%s{%s}%s%s" % (metric, ", ".join((SCOPE,) + matchers), "[%s]" % window if window else "", at)


def rate(metric, *matchers, at=""):
    return "rate(%s)" % of(metric, *matchers, at=at, window="$__rate_interval")


def increase(metric, *matchers, window="$__rate_interval"):
    return "increase(%s)" % of(metric, *matchers, window=window)


def quantile(share, histogram, by="le"):
    return "histogram_quantile(%s, sum by (%s) (%s))" % (share, by, rate(histogram + "_bucket"))


def top_over_time(expression, on):
    """The lines of those that are highest at the end of what is shown, and no others: as many as $top, at any range.

    `expression` is a function of the text that stands behind each selector.
    """
    return "%s and on (%s) topk($top, %s)" % (expression(""), on, expression(" @ end()"))


# --- variables ----------------------------------------------------------------

def datasource_variable():
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0,
            "includeAll": False, "multi": False, "options": [], "current": {}, "refresh": 1, "regex": "",
            "skipUrlSync": False, "description": "The Prometheus that scrapes Plimsoll"}


def query_variable(name, label, query, description, everything=True, multi=True, regex=""):
    variable = {"name": name, "label": label, "type": "query", "datasource": DATASOURCE, "definition": query,
                "query": {"query": query, "refId": "Variable-" + name}, "refresh": 2, "regex": regex, "sort": 5,
                "hide": 0, "includeAll": everything, "multi": multi, "options": [], "current": {},
                "skipUrlSync": False, "description": description}
    if multi:
        variable["allValue"] = ".+"
    if everything:
        variable["current"] = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return variable


def job_variable():
    return query_variable("job", "Job", "label_values(plimsoll_build_info, job)", "Scrape jobs that see a Plimsoll")


def instance_variable(everything=True):
    return query_variable("instance", "Instance", 'label_values(plimsoll_build_info{job=~"$job"}, instance)',
                          "Hosts, as Prometheus calls them", everything)


def pattern_variable():
    """A text box, because a list of the containers of a thousand hosts helps nobody."""
    return {"name": "container", "label": "Container", "type": "textbox", "query": ".*", "hide": 0,
            "current": {"selected": True, "text": ".*", "value": ".*"},
            "options": [{"selected": True, "text": ".*", "value": ".*"}], "skipUrlSync": False,
            "description": "Regular expression for container names"}


def container_variable():
    """Shown as namespace/pod/container/name where there is Kubernetes, else as the name alone."""
    query = ('query_result(label_join(plimsoll_container_info{job=~"$job", instance=~"$instance"}, "shown", "/", '
             '"namespace", "pod", "container", "name"))')
    return query_variable("container", "Container", query, "The container that is looked at", everything=False,
                          multi=False, regex='/[,{]name="(?<value>[^"]+)".*,shown="\\/*(?<text>[^"]+)"/')


def top_variable():
    sizes = ["5", "10", "20", "50"]
    return {"name": "top", "label": "Top", "type": "custom", "query": ",".join(sizes), "hide": 0, "includeAll": False,
            "multi": False, "current": {"selected": True, "text": "10", "value": "10"},
            "options": [{"selected": size == "10", "text": size, "value": size} for size in sizes],
            "skipUrlSync": False, "description": "How many lines and rows are shown of the highest"}


# --- links --------------------------------------------------------------------

def link_to(uid, variables):
    """In the bar at the top; takes these variables and the time along."""
    carried = "&".join("${%s:queryparam}" % name for name in variables)
    return {"title": TITLES[uid], "type": "link", "url": "/d/%s?%s" % (uid, carried), "icon": "dashboard",
            "tooltip": "", "tags": [], "asDropdown": False, "includeVars": False, "keepTime": True,
            "targetBlank": False}


def links_from(uid):
    """One to each of the other dashboards. The container's cannot show all instances, so it is not told any."""
    return [link_to(other, ["datasource", "job"] + (["instance"] if other != CONTAINER else []))
            for other in TITLES if other != uid]


def row_link(uid, title, **variables):
    """From a cell of a table; the values are names of the row's columns."""
    told = "".join("&var-%s=${__data.fields.%s}" % pair for pair in variables.items())
    return {"title": title, "url": "/d/%s?${datasource:queryparam}%s&${__url_time_range}" % (uid, told),
            "targetBlank": False}


CONTAINER_LINK = row_link(CONTAINER, "Look at this container", job="job", instance="instance", container="name")
HOST_LINK = row_link(HOST, "Look at this host", job="job", instance="instance")


# --- panels -------------------------------------------------------------------

def query(expression, legend="", instant=False, table=False):
    target = {"datasource": DATASOURCE, "editorMode": "code", "expr": expression, "instant": instant or table,
              "range": not (instant or table), "legendFormat": legend or "__auto",
              "format": "table" if table else "time_series"}
    return target


def steps(*pairs):
    """Threshold colours: steps(GREEN, (80, YELLOW), (90, RED))."""
    return {"mode": "absolute", "steps": [{"color": pairs[0], "value": None}] +
            [{"color": color, "value": value} for value, color in pairs[1:]]}


LOAD = steps(GREEN, (80, YELLOW), (90, RED))
ANY_IS_BAD = steps(GREEN, (1, RED))
PLAIN = steps(BLUE)


def value_text(texts):
    """{"0": ("down", RED)} as a value mapping."""
    return [{"type": "value", "options": {value: {"text": text, "color": color, "index": index}
                                          for index, (value, (text, color)) in enumerate(texts.items())}}]


def override(field, **properties):
    """Dots in property names are written as two underscores."""
    return {"matcher": {"id": "byName", "options": field},
            "properties": [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()]}


def override_like(pattern, **properties):
    made = override("", **properties)
    made["matcher"] = {"id": "byRegexp", "options": "/%s/" % pattern}
    return made


def _panel(kind, title, description, unit, targets, thresholds, options, custom=None, overrides=(), mappings=(),
           **defaults):
    for target, name in zip(targets, "ABCDEFGHIJ"):
        target["refId"] = name
    field = {"color": {"mode": "thresholds"}, "mappings": list(mappings), "thresholds": thresholds, "unit": unit}
    if custom is not None:
        field["custom"] = custom
    field.update(defaults)
    return {"type": kind, "title": title, "description": description, "datasource": DATASOURCE,
            "fieldConfig": {"defaults": field, "overrides": list(overrides)}, "options": options,
            "targets": list(targets)}


def stat(title, description, unit, target, thresholds=PLAIN, spark=False, text_mode="auto", calc="lastNotNull",
         **defaults):
    panel = _panel("stat", title, description, unit, [target], thresholds, {
        "colorMode": "value", "graphMode": "area" if spark else "none", "justifyMode": "auto", "orientation": "auto",
        "reduceOptions": {"calcs": [calc], "fields": "", "values": False}, "textMode": text_mode}, **defaults)
    panel["maxDataPoints"] = 100
    return panel


BAR_STEP = "2m"


def lines(title, description, unit, targets, overrides=(), stacked=False, bars=False, points=400, few=True,
          thresholds=PLAIN, **defaults):
    """A chart over time. few=False: the legend is a table that scrolls.

    `points` at most, however wide it is: Prometheus refuses queries of 50 million points, and a thousand hosts with a
    hundred containers each have 100,000 series a figure.
    """
    custom = {"axisPlacement": "auto", "drawStyle": "bars" if bars else "line", "fillOpacity": 40 if bars or stacked else 8,
              "lineWidth": 0 if bars else 1, "showPoints": "never", "spanNulls": False,
              "stacking": {"group": "A", "mode": "normal" if stacked else "none"}}
    options = {"legend": {"calcs": ["lastNotNull", "max"], "displayMode": "list" if few else "table",
                          "placement": "bottom", "showLegend": True},
               "tooltip": {"mode": "multi", "sort": "desc"}}
    if few:
        options["legend"]["calcs"] = []
    panel = _panel("timeseries", title, description, unit, targets, thresholds, options, custom, overrides, **defaults)
    panel["fieldConfig"]["defaults"]["color"] = {"mode": "palette-classic"}
    panel["fieldConfig"]["defaults"].setdefault("min", 0)
    panel["maxDataPoints"] = points
    if bars:
        # $__rate_interval is never less than four scrapes: with finer steps one event would stand in several bars.
        panel["interval"] = BAR_STEP
    return panel


def mirrored(*panel_arguments, below, **settings):
    """A chart in which the lines whose legend matches `below` go down."""
    overrides = [override_like(below, custom__transform="negative-Y")] + list(settings.pop("overrides", []))
    panel = lines(*panel_arguments, overrides=overrides, **settings)
    del panel["fieldConfig"]["defaults"]["min"]
    return panel


DASHED = {"custom__lineStyle": {"fill": "dash", "dash": [8, 6]}, "custom__fillOpacity": 0, "custom__lineWidth": 2,
          "color": {"mode": "fixed", "fixedColor": RED}}


def gauges(title, description, unit, target, thresholds=LOAD, **defaults):
    """Horizontal bars, one a series."""
    return _panel("bargauge", title, description, unit, [target], thresholds, {
        "displayMode": "gradient", "minVizHeight": 10, "minVizWidth": 0, "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "showUnfilled": True,
        "valueMode": "color"}, **defaults)


HIDDEN = ("Time", "__name__", "id", "job")
ORDER = ("instance", "name", "image", "namespace", "pod", "container")


def table(title, description, unit, targets, columns, sort, hidden=(), links=None, thresholds=PLAIN):
    """Rows of instant queries, merged where their labels agree.

    `columns`: {field: properties of override()}; the value of query A is the field "Value #A", or "Value" where it is
    the only one. Fields in `hidden` stay there for the links.
    """
    overrides = [override(field, **properties) for field, properties in columns.items()]
    overrides += [override(field, custom__hidden=True) for field in HIDDEN + tuple(hidden)]
    for field, link in (links or {}).items():
        overrides.append(override(field, links=[link]))
    overrides.append(override("instance", displayName="host"))
    panel = _panel("table", title, description, unit, targets, thresholds, {
        "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "countRows": False},
        "showHeader": True, "sortBy": [{"displayName": sort, "desc": True}]},
        {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True, "inspect": False}, overrides)
    order = {name: index for index, name in enumerate(ORDER + tuple(columns))}
    panel["transformations"] = [{"id": "merge", "options": {}}, {"id": "organize", "options": {
        "excludeByName": {}, "indexByName": order, "renameByName": {}}}]
    return panel


BAR = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
TEXT_IN_COLOR = {"type": "color-text"}


# --- the whole ----------------------------------------------------------------

def dashboard(uid, description, variables, sections, since="now-1h"):
    """`sections`: [(title, [(width, height, panel), ...])]; panels flow from left to right."""
    panels, y = [], 0
    for title, contents in sections:
        panels.append({"type": "row", "title": title, "collapsed": False, "panels": [],
                       "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y}})
        y, x, tallest = y + 1, 0, 0
        for width, height, panel in contents:
            if x + width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            panels.append(dict(panel, gridPos={"h": height, "w": width, "x": x, "y": y}))
            x, tallest = x + width, max(tallest, height)
        y += tallest
    for number, panel in enumerate(panels, 1):
        panel["id"] = number
    return {"id": None, "uid": uid, "title": TITLES[uid], "description": description, "tags": ["plimsoll"],
            "schemaVersion": SCHEMA, "version": 1, "editable": False, "graphTooltip": 1, "fiscalYearStartMonth": 0,
            "liveNow": False, "style": "dark", "timezone": "browser", "weekStart": "", "refresh": "30s",
            "time": {"from": since, "to": "now"}, "timepicker": {}, "annotations": {"list": []},
            "links": links_from(uid), "templating": {"list": variables}, "panels": panels}
