// Tables of alerts, wherever alerts are shown.

import { badge } from "./badge.js";
import { el, nameOf, simpleTable, timeOf } from "./dom.js";
import { NONE, moment, ofMetric, span } from "./units.js";

function containerLink(alert) {
  if (alert.container_id === null) return alert.container_name ?? "host";
  return el("a", { href: `#/containers/${alert.container_id}` }, nameOf(alert.container_name ?? String(alert.container_id)));
}

function at(time) {
  return time === null ? NONE : timeOf(time, moment(time));
}

// Not "0 % >= 5 %": of what is over that would be false.
function valueAndLine(alert, value) {
  const line = [alert.op, ofMetric(alert.metric, alert.threshold)].filter(Boolean).join(" ");
  return el("span", null, el("b", null, ofMetric(alert.metric, value)), el("span", { class: "dim" }, `, line ${line}`));
}

// `silence(alert)` adds a button to every row.
export function activeTable(alerts, silence) {
  const order = ["firing", "recovering", "pending"];
  const sorted = [...alerts].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || (b.since ?? "").localeCompare(a.since ?? ""));
  return simpleTable("Active alerts", ["State", "Rule", "Container", "Severity", ["Value", "number"], "Since", "Silenced", ""],
    sorted.map((alert) => [
      el("span", null, badge(alert.state), alert.count === null ? "" : el("span", { class: "dim" }, ` ${alert.count} of ${alert.of}`)),
      el("span", null, nameOf(alert.rule), el("span", { class: "dim block" }, alert.metric)),
      containerLink(alert), nameOf(alert.severity), valueAndLine(alert, alert.current_value), at(alert.since),
      alert.silenced_by === null ? "" : el("span", { class: "badge badge-warn" }, nameOf(alert.silenced_by)),
      silence ? el("button", { type: "button", class: "small", click: () => silence(alert) }, "Silence…") : "",
    ]), { id: "active", class: "simple cards" });
}

export function historyTable(transitions) {
  return simpleTable("Past alerts", ["When", "What", "Rule", "Container", ["Value", "number"], "Lasted", "Told to"],
    transitions.map((one) => [
      at(one.timestamp),
      el("span", null, badge(one.kind), one.reason && one.reason !== "recovered" ? el("span", { class: "dim" }, ` ${one.reason}`) : ""),
      nameOf(one.rule), containerLink(one), valueAndLine(one, one.value), one.kind === "fired" ? NONE : span(one.lasted_ms / 1000),
      one.silenced_by !== null ? el("span", { class: "dim" }, nameOf(one.silenced_by)) : one.receivers.length > 0 ? one.receivers.join(", ") : NONE,
    ]), { class: "simple history cards" });
}
