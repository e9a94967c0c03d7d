// Words for states, and the small marks that carry them.

import { el } from "./dom.js";
import { NONE } from "./units.js";

const ALERT_WORDS = { normal: "normal", cpu_alert: "CPU", mem_alert: "memory", both_alert: "CPU, memory" };

// Metrics whose alerts are a container's load lines: the state of the lines and the stream tell of them.
const LOAD_LINES = ["cpu_percent", "cpu_of_limit_percent", "memory_percent", "memory_used_bytes"];

export function isLoadLine(metric) {
  return LOAD_LINES.includes(metric);
}

// The alerts of one container: {text, kind, rank}; rank sorts the loudest first.
export function alertStateOf(container, alerts) {
  const others = alerts.filter((alert) => alert.state !== "pending" && !isLoadLine(alert.metric));
  const pending = alerts.some((alert) => alert.state === "pending");
  const words = [];
  if (container.alert_state && container.alert_state !== "normal") words.push(ALERT_WORDS[container.alert_state] ?? container.alert_state);
  words.push(...new Set(others.map((alert) => alert.rule)));
  // A rule of the user's over CPU or memory, which the state of the load lines does not count.
  if (words.length === 0) words.push(...new Set(alerts.filter((alert) => alert.state !== "pending").map((alert) => alert.rule)));
  if (words.length > 0) return { text: words.join(", "), kind: "bad", rank: 2 + words.length };
  if (pending) return { text: "pending", kind: "warn", rank: 1 };
  if (container.alert_state === null) return { text: NONE, kind: "none", rank: null };
  return { text: "normal", kind: "none", rank: 0 };
}

export function stateKind(state) {
  return { firing: "bad", recovering: "warn", pending: "warn", fired: "bad", repeated: "bad", resolved: "good", active: "warn",
    unhealthy: "bad", dead: "bad", restarting: "warn", retrying: "warn", held: "warn", dropped: "bad" }[state] ?? "none";
}

export function badge(text, kind = stateKind(text)) {
  return el("span", { class: `badge badge-${kind}` }, text);
}
