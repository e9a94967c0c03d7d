// Tables of alerts, wherever alerts are shown.

import { badge } from "./badge.js";
import { el, isInUse, nameOf, redraw, simpleTable, timeOf } from "./dom.js";
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
function activeTable(alerts, silence) {
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

// Shows `alerts` (null: not known, for want of `fault`) in `place`. While somebody stands in a table of the same rows it
// keeps its figures: he would lose his place.
export function showActive(place, alerts, fault, silence) {
  const key = JSON.stringify(alerts ?? fault);
  const rows = JSON.stringify((alerts ?? []).map(({ id, rule, container_id: container, state }) => [id, rule, container, state]));
  if (key === place.shownKey || (isInUse(place) && rows === place.shownRows)) return;
  place.shownKey = key;
  place.shownRows = rows;
  redraw(place, alerts === null ? el("p", { class: "message" }, fault ?? "…")
    : alerts.length === 0 ? el("p", { class: "empty" }, "Nothing is over its line.") : activeTable(alerts, silence));
}

// Shows past alerts by `draw(transitions)`, or why there are none; while somebody stands in the table it waits for the next call.
export function showPast(place, transitions, fault, draw) {
  const key = JSON.stringify(fault ?? transitions);
  if (key === place.shownKey || isInUse(place)) return;
  place.shownKey = key;
  redraw(place, ...(fault === null ? draw(transitions) : [el("p", { class: "message" }, fault)]));
}

// The newest page before what is shown of older ones; null where these may not follow on it.
export function joinPast(fresh, shown) {
  const last = fresh.at(-1)?.number ?? Infinity;
  return shown.some((one) => one.number >= last) ? [...fresh, ...shown.filter((one) => one.number < last)] : null;
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
