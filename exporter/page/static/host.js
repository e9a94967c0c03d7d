// The strip about the host, the connection's state, and what is said aloud of alerts.

import { el, setClass, setText } from "./dom.js";
import { live } from "./live.js";
import { LoadLine } from "./load_line.js";
import { bytes, count, moment, ofMetric, percent, rate, shortName } from "./units.js";

const CONNECTION = { connecting: "connecting", live: "live", asking: "asking every 5 s", lost: "connection lost, trying again" };
const NOTICE_MS = 12000;
const NOTICES = 4;

export function hostStrip(root) {
  const make = (label, withBar) => {
    const parts = { value: el("b"), rest: el("span", { class: "dim" }), bar: withBar ? new LoadLine() : null };
    root.append(el("div", { class: "host-figure" }, el("span", { class: "label" }, label), parts.value, parts.rest, parts.bar?.element));
    return parts;
  };
  const cpu = make("Host CPU", true);
  const memory = make("Memory", true);
  const disk = make("Disk", true);
  const network = make("Network in / out", false);
  const containers = make("Containers", false);
  const draw = () => {
    const now = live.summary;
    setText(cpu.value, percent(now?.cpu_percent));
    setText(cpu.rest, now?.cpu_count ? ` of ${now.cpu_count} cores` : "");
    cpu.bar.memory(now?.cpu_percent ?? null, null);
    setText(memory.value, bytes(now?.mem_used));
    setText(memory.rest, ` / ${bytes(now?.mem_limit)}`);
    memory.bar.memory(now?.mem_percent ?? null, null);
    setText(disk.value, bytes(now?.disk_used));
    setText(disk.rest, ` / ${bytes(now?.disk_total)}`);
    disk.bar.memory(now?.disk_percent ?? null, null);
    setText(network.value, `${rate(now?.net_rx_bytes_per_second)} / ${rate(now?.net_tx_bytes_per_second)}`);
    setText(containers.value, count(now?.container_count));
  };
  live.addEventListener("summary", draw);
  draw();
}

// The mark in the head; and, once what is shown is not of now, a banner that says so and figures that look it.
export function connectionMark(element, banner) {
  const draw = () => {
    const { connection, isOld, snapshotAt } = live;
    const isAnswered = connection === "live" || connection === "asking";
    setText(element, isOld && isAnswered ? "no new figures" : CONNECTION[connection]);
    setClass(element, `connection connection-${isOld ? "lost" : connection}`);
    if (snapshotAt) element.title = `newest reading ${moment(snapshotAt)}`;
    document.documentElement.dataset.old = String(isOld);
    banner.hidden = !isOld;
    if (!isOld) return;
    const what = isAnswered ? "Plimsoll sends no new figures." : "The connection is lost.";
    setText(banner, snapshotAt ? `${what} What you see is of ${moment(snapshotAt)}.` : `${what} There are no figures yet.`);
  };
  live.addEventListener("connection", draw);
  live.addEventListener("figures", draw);
  draw();
}

export function firingCount(element) {
  live.addEventListener("alerts", () => {
    const isKnown = live.alerts !== null;
    const firing = (live.alerts ?? []).filter((alert) => alert.state !== "pending" && alert.silenced_by === null).length;
    element.hidden = isKnown && firing === 0;
    setText(element, isKnown ? String(firing) : "?");
    element.setAttribute("aria-label", isKnown ? `${firing} firing` : "not known");
    document.documentElement.dataset.firing = String(firing);
  });
}

function sentence({ kind, event: told }) {
  const event = { ...told, container_name: shortName(told.container_name ?? "host") };
  if (kind === "oom") return `${event.container_name}: the kernel killed ${event.count ?? 1} of its processes for want of memory`;
  if (kind === "rule")
    return `${event.rule}: ${event.container_name}, ${event.metric} ${ofMetric(event.metric, event.current_value)}, line ${ofMetric(event.metric, event.threshold)}`;
  const what = (event.alert_type ?? event.recovered_type) === "cpu" ? "CPU" : "memory";
  return kind === "alert" ? `${event.container_name} is over its ${what} line: ${ofMetric(event.metric, event.current_value)}, line ${ofMetric(event.metric, event.threshold)}`
    : `${event.container_name} is below its ${what} line again`;
}

// Shows news for a while, and says it aloud to a screen reader.
export function newsBoard(notices, announcer) {
  live.addEventListener("news", ({ detail }) => {
    const text = sentence(detail);
    announcer.replaceChildren(el("p", null, text));
    const id = detail.event.container_id;
    const close = el("button", { type: "button", class: "close", "aria-label": "Close", click: () => notice.remove() }, "×");
    const notice = el("div", { class: `notice notice-${detail.kind}` }, el("a", { href: id ? `#/containers/${id}` : "#/alerts" }, text), close);
    notices.prepend(notice);
    while (notices.childElementCount > NOTICES) notices.lastElementChild.remove();
    setTimeout(() => notice.remove(), NOTICE_MS);
  });
}
