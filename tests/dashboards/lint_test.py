#!/usr/bin/env python3
"""Every rule of lint.py sees its fault in a dashboard that was broken so, and none in the ones that are shipped."""
import copy
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(ROOT, "dashboards", "source"))
import draw  # noqa: E402
import lint  # noqa: E402
import promql  # noqa: E402
import questions  # noqa: E402
import reading  # noqa: E402

HOST = "dashboards/grafana/host.json"
CONTAINER = "dashboards/grafana/container.json"


def panel(dashboard, kind):
    return next(p for p in dashboard["panels"] if p["type"] == kind)


def set_expression(text, kind="timeseries"):
    def change(dashboard):
        panel(dashboard, kind)["targets"][0]["expr"] = text
    return change


def place_of(dashboard, way):
    """What a way of keys leads to; ":kind" is the first panel of a kind."""
    place = dashboard
    for step in way:
        place = panel(place, step[1:]) if isinstance(step, str) and step.startswith(":") else place[step]
    return place


def set_in(*path):
    """Changes one value: the last word is the value, those before it lead to its place."""
    *way, key, value = path

    def change(dashboard):
        place_of(dashboard, way)[key] = value
    return change


def drop(*path):
    *way, key = path

    def change(dashboard):
        del place_of(dashboard, way)[key]
    return change


def drop_variable(name):
    def change(dashboard):
        dashboard["templating"]["list"] = [v for v in dashboard["templating"]["list"] if v["name"] != name]
    return change


def set_variable(name, key, value):
    def change(dashboard):
        reading.variable(dashboard, name)[key] = value
    return change


def scoped(text):
    return text.replace("{", '{job=~"$job", instance=~"$instance", ').replace(", }", "}")


# (what is done, rule that must see it)
FAULTS = [
    (drop_variable("datasource"), "template-datasource-rule"),
    (set_variable("datasource", "query", "loki"), "template-datasource-rule"),
    (set_variable("datasource", "label", "Source"), "template-datasource-rule"),
    (drop_variable("job"), "template-job-rule"),
    (set_variable("job", "multi", False), "template-job-rule"),
    (set_variable("job", "allValue", ".*"), "template-job-rule"),
    (set_variable("job", "label", "job"), "template-job-rule"),
    (set_variable("job", "datasource", {"type": "prometheus", "uid": "P1"}), "template-job-rule"),
    (drop_variable("instance"), "template-instance-rule"),
    (set_variable("instance", "multi", False), "template-instance-rule"),
    (set_variable("job", "query", {"query": "labels(up, job)"}), "template-label-promql-rule"),
    (set_variable("job", "query", {"query": "label_values(up{, job)"}), "template-label-promql-rule"),
    (set_variable("instance", "refresh", 1), "template-on-time-change-reload-rule"),
    (set_in("editable", True), "uneditable-dashboard"),
    (set_in(":stat", "datasource", {"type": "prometheus", "uid": "P1"}), "panel-datasource-rule"),
    (drop(":stat", "datasource"), "panel-datasource-rule"),
    (set_in(":timeseries", "targets", 0, "datasource", {"type": "prometheus", "uid": "P1"}), "panel-datasource-rule"),
    (set_in(":table", "title", ""), "panel-title-description-rule"),
    (drop(":bargauge", "description"), "panel-title-description-rule"),
    (drop(":timeseries", "fieldConfig", "defaults", "unit"), "panel-units-rule"),
    (set_in(":timeseries", "fieldConfig", "defaults", "unit", "furlongs"), "panel-units-rule"),
    (set_in(":table", "fieldConfig", "overrides", 0, "properties", [{"id": "unit", "value": "x"}]), "panel-units-rule"),
    (set_in(":stat", "targets", []), "panel-no-targets-rule"),
    (set_expression("sum(up"), "target-promql-rule"),
    (set_expression("sum(up{job})"), "target-promql-rule"),
    (set_expression("1 + 1"), "target-promql-rule"),
    (set_expression(scoped("sum(rate(process_cpu_seconds_total{}[5m]))")), "target-rate-interval-rule"),
    (set_expression(scoped("sum(rate(process_cpu_seconds_total{}[$__range]))")), "target-rate-interval-rule"),
    (set_expression(scoped("sum(increase(process_cpu_seconds_total{}[$__range]))")), "target-rate-interval-rule"),
    (set_expression('sum(up{instance=~"$instance"})'), "target-job-rule"),
    (set_expression('sum(up{job="plimsoll", instance=~"$instance"})'), "target-job-rule"),
    (set_expression("sum(up)"), "target-job-rule"),
    (set_expression('sum(up{job=~"$job"})'), "target-instance-rule"),
    (set_expression('sum(up{job=~"$job", instance="$instance"})'), "target-instance-rule"),
    (set_expression(scoped("sum(process_cpu_seconds_total{})")), "target-counter-agg-rule"),
    (set_expression(scoped("sum(max_over_time(process_cpu_seconds_total{}[$__rate_interval]))")), "target-counter-agg-rule"),
    (set_in("id", 7), "identity"),
    (drop("id"), "identity"),
    (set_in("uid", None), "identity"),
    (set_in("panels", 1, "id", 1), "identity"),
    (set_in("schemaVersion", 16), "identity"),
    (set_in("annotations", {"list": [{"name": "Deployments", "datasource": {"uid": "P1"}}]}), "no-foreign-datasource"),
    (set_in("__inputs", []), "no-foreign-datasource"),
    (set_expression(scoped("sum(rate(process_resident_memory_bytes{}[$__rate_interval]))")), "counters-only-in-rates"),
    (set_expression(scoped("plimsoll_container_cpu_percent{}")), "bounded-lines"),
    (set_in(":timeseries", "targets", 0, {"expr": scoped("sum by (name) (plimsoll_container_cpu_percent{})"),
                                          "legendFormat": "{{name}}"}), "bounded-lines"),
    (set_expression(scoped("plimsoll_container_info{}"), "table"), "bounded-lines"),
    (drop(":timeseries", "maxDataPoints"), "bounded-points"),
    (set_in(":timeseries", "maxDataPoints", 1000), "bounded-points"),
    (set_expression(scoped("sum(plimsoll_container_alert_state{})")), "bounded-points"),
    (set_in("panels", 2, "gridPos", {"x": 20, "y": 0, "w": 8, "h": 4}), "layout"),
    (lambda d: d["panels"][2].update(gridPos=d["panels"][1]["gridPos"]), "layout"),
    (drop_variable("container"), "container-variable"),
    (lambda d: d["templating"]["list"].append({"name": "nobody", "type": "custom"}), "container-variable"),
    (set_in("links", []), "links"),
    (set_in("uid", "plimsoll-container"), "links"),
    (lambda d: d["links"].append({"url": "/d/plimsoll-nowhere"}), "links"),
    (lambda d: d["links"].append({"url": "/d/plimsoll-alerts?var-ship=x"}), "links"),
    (set_expression(scoped("sum(plimsoll_container_cpu_percents{})")), "unknown-metric"),
    (set_variable("job", "query", {"query": "label_values(plimsoll_builds, job)"}), "unknown-metric"),
]


class LintTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.good = lint.load(ROOT)

    def found(self, change=None, path=HOST):
        dashboards = copy.deepcopy(self.good)
        if change:
            change(dashboards[path])
        return list(lint.breaches(dashboards, ROOT))

    def test_the_shipped_dashboards_have_no_fault(self):
        self.assertEqual(len(self.good), 4)
        self.assertEqual(self.found(), [])

    def test_every_fault_is_seen_by_its_rule(self):
        for number, (change, rule) in enumerate(FAULTS):
            with self.subTest(number=number, rule=rule):
                self.assertIn(rule, [found for _, found, _ in self.found(change)])

    def test_every_rule_has_a_fault_that_it_sees(self):
        rules = {rule.__name__.replace("_", "-") for rule in lint.RULES} | {"links", "unknown-metric"}
        self.assertEqual(rules - {rule for _, rule in FAULTS}, set())

    def test_a_view_of_one_container_may_show_all_its_lines(self):
        self.assertEqual(self.found(set_expression(scoped("plimsoll_container_cpu_percent{}")), CONTAINER), [])

    def test_an_unknown_metric_in_a_rules_file_is_seen(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(root + "/dashboards/prometheus/rules")
            with open(root + "/dashboards/prometheus/rules/a.yml", "w", encoding="utf-8") as file:
                file.write("groups:\n  - name: a\n    rules:\n      - alert: Odd\n        expr: plimsoll_odd > 1\n")
            self.assertEqual([found[1:] for found in lint.breaches({}, root)], [("unknown-metric", "Odd: plimsoll_odd")])


class ContainerVariableTest(unittest.TestCase):
    def shown(self, **labels):
        """What the list says, and what is asked for when it is chosen."""
        values = {"job": ".+", "instance": ".+"}
        found = questions.of_variables(lint.load(ROOT)[CONTAINER], values)
        pattern, = (pattern for name, _, _, pattern in found if name == "container")
        labels["shown"] = "/".join(labels.get(label, "") for label in ("namespace", "pod", "container", "name"))
        match = pattern.search(questions.shown_series({"job": "plimsoll", "instance": "a:1", "state": "running", **labels}, 1))
        return match.group("text"), match.group("value")

    def test_a_container_of_docker_is_shown_by_its_name(self):
        self.assertEqual(self.shown(id="/docker/1", name="web-1", image="nginx:1"), ("web-1", "web-1"))

    def test_a_container_of_kubernetes_is_shown_by_its_pod(self):
        self.assertEqual(self.shown(id="/kubepods/1", name="cc33", namespace="prod", pod="app-0", container="app"),
                         ("prod/app-0/app/cc33", "cc33"))


class PromqlTest(unittest.TestCase):
    def test_selectors_windows_and_calls(self):
        text = 'topk(5, sum by (a) (rate(x_total{j=~"$job", n!="}"}[$__rate_interval] @ end()))) / on (i) group_left (z) y'
        first, second = promql.selectors(text)
        self.assertEqual((first.metric, first.window, first.calls), ("x_total", "$__rate_interval", ("topk", "sum", "rate")))
        self.assertEqual(first.matchers, [("j", "=~", "$job"), ("n", "!=", "}")])
        self.assertEqual((second.metric, second.calls, second.matchers), ("y", (), []))
        self.assertEqual((first.fixed, second.fixed), (True, False))

    def test_what_is_not_closed_is_unreadable(self):
        for text in ("sum(a", "a)", 'a{b="c"', "a[5m", "a{b}", "{a='b'}", "(a]"):
            with self.subTest(text), self.assertRaises(promql.Unreadable):
                promql.selectors(text)

    def test_filters_become_answers(self):
        self.assertEqual(promql.without_filters("a > 0.9 and b == 1"), "a > bool 0.9 and b == bool 1")
        self.assertEqual(promql.without_filters('a{b=~"1"} / (c > 0)'), 'a{b=~"1"} / (c > bool 0)')
        self.assertEqual(promql.without_filters("a > bool 1"), "a > bool 1")


class DrawnTest(unittest.TestCase):
    """What is committed is what dashboards/source draws."""

    def test_the_files_are_as_drawn(self):
        self.assertEqual(draw.differing(), [], "run dashboards/source/draw.py")

    def test_a_file_that_was_edited_lost_or_added_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in draw.texts().items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            self.assertEqual(draw.differing(folder), [])
            with open(os.path.join(folder, "host.json"), "a", encoding="utf-8") as file:
                file.write("\n")
            os.unlink(os.path.join(folder, "itself.json"))
            with open(os.path.join(folder, "odd.json"), "w", encoding="utf-8") as file:
                file.write("{}")
            self.assertEqual(draw.differing(folder), ["host.json", "itself.json", "odd.json"])


if __name__ == "__main__":
    unittest.main()
