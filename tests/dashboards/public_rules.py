"""Rules that have the names, and the meaning, of those in https://github.com/grafana/dashboard-linter.

Each yields what is wrong with a dashboard.
"""
import re

import promql
from reading import is_chosen, is_counter, panels, querying, selected, targets, variable, variable_query, variables, where

# Of Grafana's units those that are in use here.
UNITS = {"none", "short", "percent", "percentunit", "bytes", "Bps", "pps", "iops", "s", "dtdurations", "ops", "reqps", "wps",
         "string", "bool"}
COUNTING = ("rate", "irate", "increase")


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


def target_counter_agg_rule(dashboard):
    for panel, _, selector in selected(dashboard):
        if is_counter(selector.metric) and (selector.call not in COUNTING or selector.window is None):
            yield "%s: the counter %s stands in no rate or increase" % (where(panel), selector.metric)


RULES = [template_datasource_rule, template_job_rule, template_instance_rule, template_label_promql_rule,
         template_on_time_change_reload_rule, uneditable_dashboard, panel_datasource_rule, panel_title_description_rule,
         panel_units_rule, panel_no_targets_rule, target_promql_rule, target_rate_interval_rule, target_job_rule,
         target_instance_rule, target_counter_agg_rule]
