// One container: what it uses now, charts of any time, its alerts, its load lines, who it is.

import { alertForm } from "./alert_form.js";
import { historyTable, showActive, showPast } from "./alert_tables.js";
import { ask } from "./api.js";
import { badge, stateKind } from "./badge.js";
import { Chart } from "./chart.js";
import { el, nameOf, setText, simpleTable, timeOf } from "./dom.js";
import { RANGES, band, readHistory, rowsOf } from "./history.js";
import { lines } from "./lines.js";
import { ENDED_MS, isAlive, live } from "./live.js";
import { LoadLine } from "./load_line.js";
import { keepInAddress, route } from "./route.js";
import { NONE, bytes, moment, percent, rate, span } from "./units.js";

const PAST = 50; // alerts that a container had
const AGAIN_MS = { raw: 5000, "1m": 30000 }; // how soon a chart that ends now is read again
const SELDOM_MS = 120000;

const toField = (ms) => {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
};

export class ContainerView {
  title = "Container";
  #stop = new AbortController();
  #readAt = 0;
  #reading = 0;
  #settled = false;
  #past = [];
  #isTyped = false; // times wait for "Show"
  #begunAt = performance.now();

  constructor(root, id) {
    this.id = id;
    this.root = root;
    const { parameters } = route();
    const from = Date.parse(parameters.get("from") ?? "");
    const to = Date.parse(parameters.get("to") ?? "");
    const range = RANGES.includes(parameters.get("range")) ? parameters.get("range") : "1h";
    this.span = from < to ? { from, to } : { range };
    this.#build();
    const on = { signal: this.#stop.signal };
    live.addEventListener("figures", () => this.#tick(), on);
    live.addEventListener("containers", () => this.#identify(), on);
    live.addEventListener("alerts", () => this.#showAlerts(), on);
    live.addEventListener("status", () => this.#readSetting(), on);
    live.addEventListener("news", (event) => event.detail.event.container_id === id && this.#readPast(), on);
    lines.addEventListener("line", (event) => event.detail === id && this.#drawNow(), on);
    this.darkness = matchMedia("(prefers-color-scheme: dark)");
    this.darkness.addEventListener("change", () => this.charts.forEach(({ chart }) => chart.recolor()), on);
    lines.of(id);
    live.serve({ needsEnded: () => live.isListed && !this.container && !this.#isSought(), keeps: (container) => container.id === id });
    this.#identify();
    this.#read();
    this.#readPast();
    this.#readSetting();
    this.#showAlerts();
  }

  close() {
    this.#stop.abort();
    live.serve(null);
    for (const { chart } of this.charts) chart.close();
  }

  // Whether it is known that there is none, where there is none.
  #isSought() {
    return live.endedAt > this.#begunAt - ENDED_MS;
  }

  get container() {
    return live.containers.get(this.id) ?? null;
  }

  #build() {
    this.name = nameOf("", null);
    this.facts = el("p", { class: "facts" });
    this.missing = el("p", { class: "message", hidden: true });
    this.charts = this.#makeCharts();
    this.chartMessage = el("p", { class: "message", role: "status", hidden: true });
    this.past = el("div");
    this.active = el("div");
    this.settings = el("div");
    this.identity = el("div");
    this.root.append(
      el("p", { class: "path" }, el("a", { href: "#/" }, "Containers"), " / "),
      el("h1", null, this.name), this.facts, this.missing, this.#makeTiles(),
      el("section", { "aria-labelledby": "history-title" },
        el("div", { class: "bar" }, el("h2", { id: "history-title" }, "History"), this.#makeRanges()),
        this.chartMessage, el("div", { class: "charts" }, this.charts.map(({ chart }) => chart.element))),
      el("section", { "aria-labelledby": "alerts-title" }, el("h2", { id: "alerts-title" }, "Alerts"), this.active, this.past),
      el("div", { class: "pair" },
        el("section", { "aria-labelledby": "lines-title" }, el("h2", { id: "lines-title" }, "Load lines"), this.settings),
        el("section", { "aria-labelledby": "identity-title" }, el("h2", { id: "identity-title" }, "Identity"), this.identity)));
  }

  #makeTiles() {
    const tile = (key, label) => {
      const parts = { value: el("b", { data: { figure: key } }, NONE), rest: el("span", { class: "dim" }), bar: null };
      parts.element = el("div", { class: "tile" }, el("span", { class: "label" }, label), el("span", { class: "reading" }, parts.value, parts.rest));
      if (key === "cpu" || key === "memory") {
        parts.bar = new LoadLine();
        parts.element.append(parts.bar.element);
      }
      return [key, parts];
    };
    this.tiles = Object.fromEntries([tile("cpu", "CPU"), tile("memory", "Memory"), tile("network", "Network in / out"),
      tile("block", "Disk read / write"), tile("pressure", "Waiting for CPU / memory / disk")]);
    return el("div", { class: "tiles", role: "group", "aria-label": "Now" }, Object.values(this.tiles).map((parts) => parts.element));
  }

  #makeCharts() {
    const onZoom = (from, to) => this.#zoomed(from, to);
    const onReset = () => this.#choose(this.before ?? this.span);
    const time = { onZoom, onReset };
    return [
      { chart: new Chart({ title: "CPU", series: [{ label: "CPU", color: "--c1" }], format: percent, least: 1, band: true, ...time }),
        values: (point) => [band(point, "cpu_percent")], hole: [null, null, null] },
      { chart: new Chart({ title: "Memory", series: [{ label: "used", color: "--c1" }, { label: "limit", color: "--c3", dash: true }],
        format: bytes, least: 1 << 20, binary: true, band: true, ...time }),
        values: (point) => [band(point, "mem_used"), band(point, "mem_limit")], hole: [null, null, null] },
      { chart: new Chart({ title: "Network", series: [{ label: "in", color: "--c1" }, { label: "out", color: "--c2" }], format: rate, least: 1024, binary: true, ...time }),
        values: (point) => [point.net_rx_bytes_per_second, point.net_tx_bytes_per_second], hole: null },
      { chart: new Chart({ title: "Disk", series: [{ label: "read", color: "--c1" }, { label: "write", color: "--c2" }], format: rate, least: 1024, binary: true, ...time }),
        values: (point) => [point.block_read_bytes_per_second, point.block_write_bytes_per_second], hole: null },
    ];
  }

  #makeRanges() {
    this.ranges = RANGES.map((range) => {
      const input = el("input", { type: "radio", name: "range", value: range, change: () => this.#choose({ range }) });
      input.checked = this.span.range === range;
      return el("label", null, input, el("span", null, range));
    });
    const input = () => { this.#isTyped = true; };
    this.from = el("input", { type: "datetime-local", step: "1", "aria-label": "From", input });
    this.to = el("input", { type: "datetime-local", step: "1", "aria-label": "To", input });
    this.granularity = el("span", { class: "dim" });
    const show = (event) => {
      event.preventDefault();
      const [from, to] = [new Date(this.from.value).getTime(), new Date(this.to.value).getTime()];
      if (from < to) this.#choose({ from, to });
      else this.#say("Give a time from which, and a later one until which.");
    };
    return el("form", { class: "ranges", submit: show },
      el("fieldset", { class: "segments" }, el("legend", { class: "unseen" }, "Range"), this.ranges),
      this.from, el("span", { "aria-hidden": "true" }, "–"), this.to, el("button", { type: "submit", class: "small" }, "Show"), this.granularity);
  }

  #choose(span) {
    this.span = span;
    this.before = null;
    this.#isTyped = false;
    for (const label of this.ranges) label.firstChild.checked = label.firstChild.value === span.range;
    keepInAddress(span.range ? { range: span.range, from: null, to: null }
      : { range: null, from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() });
    this.#read();
  }

  // Zooming in reads the finest that there is of that time; a double click goes back out.
  #zoomed(from, to) {
    const [low, high] = this.window;
    if (from <= low && to >= high) return; // up and down, not in time
    const before = this.before ?? this.span;
    this.#choose({ from: Math.floor(from), to: Math.ceil(to) });
    this.before = before;
  }

  #say(text) {
    this.chartMessage.hidden = !text;
    setText(this.chartMessage, text);
  }

  async #read() {
    const turn = ++this.#reading;
    this.#readAt = performance.now();
    try {
      const { history, window } = await readHistory(this.id, this.span);
      if (turn !== this.#reading || this.#stop.signal.aborted) return;
      this.granularityOf = history.granularity;
      this.window = window;
      setText(this.granularity, history.granularity === "raw" ? "every reading" : `by ${history.granularity}`);
      if (!this.#isTyped && document.activeElement !== this.from && document.activeElement !== this.to)
        [this.from.value, this.to.value] = window.map(toField);
      await Promise.all(this.charts.map(({ chart, values, hole }) => chart.draw(rowsOf(history, values, hole), window)));
      this.#drawLines();
      this.#say("");
    } catch (fault) {
      if (turn === this.#reading) this.#say(fault.message);
    } finally {
      if (turn === this.#reading) this.#settled = true;
    }
  }

  #drawLines() {
    const setting = lines.known(this.id);
    const limit = this.container?.current?.mem_limit ?? null;
    const memoryLine = setting?.enabled ? setting.mem_threshold : null;
    this.charts[0].chart.setLine(setting?.enabled ? setting.cpu_threshold : null);
    this.charts[1].chart.setLine(memoryLine !== null && limit ? (limit * memoryLine) / 100 : null);
  }

  #tick() {
    this.#drawNow();
    const pause = this.span.range ? AGAIN_MS[this.granularityOf] ?? SELDOM_MS : Infinity;
    if (this.#settled && performance.now() - this.#readAt > pause) this.#read();
  }

  #drawNow() {
    const container = this.container;
    const alive = container && isAlive(container);
    const current = alive ? container.current : null;
    const setting = lines.known(this.id);
    const cpuLine = setting?.enabled ? setting.cpu_threshold : null;
    const memoryLine = setting?.enabled ? setting.mem_threshold : null;
    const { cpu, memory, network, block, pressure } = this.tiles;
    setText(cpu.value, percent(current?.cpu_percent));
    const cpuLimit = current?.cpu_limit_percent ?? null;
    setText(cpu.rest, (cpuLimit === null ? "" : ` / ${percent(cpuLimit)}`) + (cpuLine === null ? "" : ` · line ${percent(cpuLine)}`));
    cpu.bar.cpu(current?.cpu_percent ?? null, cpuLine, (live.summary?.cpu_count ?? 1) * 100);
    setText(memory.value, bytes(current?.mem_used));
    setText(memory.rest, current ? ` / ${bytes(current.mem_limit)} · ${percent(current.mem_percent)}` : "");
    memory.bar.memory(current?.mem_percent ?? null, memoryLine);
    setText(network.value, `${rate(current?.net_rx_bytes_per_second)} / ${rate(current?.net_tx_bytes_per_second)}`);
    setText(network.rest, current ? ` ${bytes(current.net_rx_bytes)} / ${bytes(current.net_tx_bytes)} in all` : "");
    setText(block.value, `${rate(current?.block_read_bytes_per_second)} / ${rate(current?.block_write_bytes_per_second)}`);
    setText(block.rest, current ? ` ${bytes(current.block_read_bytes)} / ${bytes(current.block_write_bytes)} in all` : "");
    setText(pressure.value, ["cpu", "mem", "io"].map((of) => percent(current?.[`${of}_pressure_percent`])).join(" / "));
    this.#drawLines();
  }

  #identify() {
    const container = this.container;
    this.missing.hidden = container !== null || !this.#isSought();
    if (!container) {
      setText(this.name, `Container ${this.id}`);
      setText(this.missing, `Plimsoll knows no container ${this.id}, or no longer: its history is deleted some time after it ended.`);
      return;
    }
    setText(this.name, container.name);
    this.title = container.name;
    this.facts.replaceChildren(
      badge(container.state, container.state === "running" ? "good" : stateKind(container.state)),
      container.health && container.health !== "none" ? badge(container.health, container.health === "healthy" ? "good" : stateKind(container.health)) : "",
      nameOf(container.image ?? "", { class: "dim" }),
      container.started_at && container.state === "running"
        ? el("span", { class: "dim" }, "up ", timeOf(container.started_at, span((Date.now() - Date.parse(container.started_at)) / 1000)))
        : isAlive(container) ? "" : el("span", { class: "dim" }, "last seen ", timeOf(container.last_seen, moment(container.last_seen))));
    const facts = [["Id", String(container.id)], ["Key", container.key], ["Runtime", container.runtime], ["Runtime id", container.runtime_id],
      ["cgroup", container.cgroup], ["Namespace", container.namespace], ["Pod", container.pod], ["Started", container.started_at && moment(container.started_at)]];
    this.identity.replaceChildren(simpleTable("Identity and labels", ["", ""],
      [...facts.filter(([, value]) => value !== null), ...Object.entries(container.labels)]
        .map(([name, value]) => [nameOf(name, { class: "dim" }), el("bdi", { class: "wrap" }, value)]), { class: "simple facts-table" }));
    this.#drawNow();
  }

  #showAlerts() {
    const mine = live.alerts?.filter((alert) => alert.container_id === this.id) ?? null;
    showActive(this.active, mine, live.alertsFault);
    this.#showPast();
  }

  #showPast() {
    showPast(this.past, this.#past, this.pastFault ?? null, (past) => (past.length > 0 ? [el("h3", null, "Past"), historyTable(past)] : []));
  }

  async #readPast() {
    try {
      this.#past = (await ask(`alerts/history?container_id=${this.id}&limit=${PAST}`)).transitions;
      this.pastFault = null;
    } catch (fault) {
      this.pastFault = fault.message;
    }
    this.#showPast();
  }

  async #readSetting() {
    let form = null;
    let message = null;
    try {
      const setting = await ask(`containers/${this.id}/resources/alerts`);
      lines.set(this.id, setting);
      form = alertForm(this.id, setting);
    } catch (fault) {
      message = el("p", { class: "message" }, fault.message);
    }
    // Somebody may have begun to write while it was asked for.
    if (this.settings.contains(document.activeElement) || this.form?.isChanged()) return;
    this.form = form;
    this.settings.replaceChildren(form?.element ?? message);
  }
}
