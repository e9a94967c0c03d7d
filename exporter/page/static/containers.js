// The table of all containers. Rows are made once; a tick changes the texts that changed and moves the rows
// whose place did.

import { alertStateOf } from "./badge.js";
import { el, nameOf, setClass, setText } from "./dom.js";
import { lines } from "./lines.js";
import { isAlive, live } from "./live.js";
import { LoadLine } from "./load_line.js";
import { keepInAddress, route } from "./route.js";
import { bytes, percent, rate, shortName, span } from "./units.js";

const PROJECT = "com.docker.compose.project";

export function projectOf(container) {
  return container.labels[PROJECT] ?? container.namespace ?? "";
}

function stateOf(container) {
  const health = container.health === "unhealthy" || container.health === "starting" ? `, ${container.health}` : "";
  if (container.state !== "running" || !container.started_at) return container.state + health;
  return span((Date.now() - Date.parse(container.started_at)) / 1000) + health;
}

const figure = (key) => (row) => row.container.current?.[key] ?? null;
// What an ended container used is no figure of now.
const now = (key) => (row) => (row.running ? figure(key)(row) : null);

const text = (cell, value) => setText(cell, value);

// `value` sorts, null always last; `show` writes a row's cell.
const COLUMNS = [
  { key: "name", label: "Container", value: (row) => row.container.name, first: "ascending", show: showName },
  { key: "state", label: "State", value: (row) => (row.running ? Date.parse(row.container.started_at ?? "") || null : null),
    first: "descending", show: (row, cell) => text(cell, stateOf(row.container)) },
  { key: "cpu", label: "CPU", value: now("cpu_percent"), show: showCpu },
  { key: "memory", label: "Memory", value: now("mem_used"), show: showMemory },
  { key: "net_rx", label: "Net in", value: now("net_rx_bytes_per_second"), show: showRate },
  { key: "net_tx", label: "Net out", value: now("net_tx_bytes_per_second"), show: showRate },
  { key: "block_read", label: "Disk read", value: now("block_read_bytes_per_second"), show: showRate },
  { key: "block_write", label: "Disk write", value: now("block_write_bytes_per_second"), show: showRate },
  { key: "alert", label: "Alerts", value: (row) => row.alert.rank, show: showAlert },
];

function showName(row, cell) {
  if (!row.link) {
    row.link = nameOf("", null);
    row.image = nameOf("", { class: "dim" });
    cell.append(el("a", { href: `#/containers/${row.container.id}` }, row.link), row.image);
  }
  setText(row.link, shortName(row.container.name));
  const project = projectOf(row.container);
  setText(row.image, [project, row.container.image].filter(Boolean).join(" · "));
  if (cell.title !== row.container.name) cell.title = row.container.name;
}

function gauge(row, cell, name) {
  if (!row[name]) {
    row[name] = { bar: new LoadLine(), value: el("span", { class: "value" }), rest: el("span", { class: "dim" }) };
    cell.append(row[name].bar.element, el("span", { class: "reading" }, row[name].value, row[name].rest));
  }
  return row[name];
}

function showCpu(row, cell, column) {
  const parts = gauge(row, cell, "cpuGauge");
  const value = column.value(row);
  const line = row.line?.enabled ? row.line.cpu_threshold : null;
  parts.bar.cpu(value, line, (live.summary?.cpu_count ?? 1) * 100);
  setText(parts.value, percent(value));
  const limit = now("cpu_limit_percent")(row);
  setText(parts.rest, limit === null ? "" : ` / ${percent(limit)}`);
}

function showMemory(row, cell) {
  const parts = gauge(row, cell, "memoryGauge");
  const used = now("mem_used")(row);
  parts.bar.memory(now("mem_percent")(row), row.line?.enabled ? row.line.mem_threshold : null);
  setText(parts.value, bytes(used));
  setText(parts.rest, used === null ? "" : ` / ${bytes(now("mem_limit")(row))}`);
}

function showRate(row, cell, column) {
  const value = column.value(row);
  setText(cell, rate(value));
  setClass(cell, value === 0 ? "number zero" : "number");
}

function showAlert(row, cell) {
  if (!row.alertBadge) {
    row.alertBadge = el("span");
    cell.append(row.alertBadge);
  }
  setText(row.alertBadge, row.alert.text);
  if (cell.title !== row.alert.text) cell.title = row.alert.text;
  setClass(row.alertBadge, row.alert.kind === "none" ? "dim" : `badge badge-${row.alert.kind}`);
}

const words = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function compare(a, b) {
  return typeof a === "string" ? words.compare(a, b) : a - b;
}

export class ContainersView {
  title = "Containers";
  #rows = new Map();
  #drawing = 0;
  #stop = new AbortController();

  constructor(root) {
    const { parameters } = route();
    this.sort = COLUMNS.find((column) => column.key === parameters.get("sort")) ?? COLUMNS[0];
    this.direction = parameters.get("dir") === "desc" ? "descending" : "ascending";
    this.#build(root, parameters);
    const on = { signal: this.#stop.signal };
    for (const name of ["connection", "containers", "figures", "alerts", "summary"]) live.addEventListener(name, () => this.#later(), on);
    lines.addEventListener("line", () => this.#later(), on);
    // Load lines are asked for where they can be seen.
    this.watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const row = this.#rows.get(Number(entry.target.dataset.id));
        if (!row) continue;
        row.visible = entry.isIntersecting;
        if (row.visible) row.line = lines.of(row.container.id);
      }
    }, { rootMargin: "100px" });
    live.serve({ needsEnded: () => this.ended.checked, keeps: () => this.ended.checked });
    this.#draw();
  }

  close() {
    this.#stop.abort();
    live.serve(null);
    this.watcher.disconnect();
    cancelAnimationFrame(this.#drawing);
  }

  #build(root, parameters) {
    this.filter = el("input", { type: "search", id: "filter", placeholder: "Name or image", autocomplete: "off", spellcheck: "false",
      "aria-keyshortcuts": "/", input: () => this.#filterChanged() });
    this.filter.value = parameters.get("q") ?? "";
    this.project = el("select", { id: "project", change: () => this.#filterChanged() }, el("option", { value: "" }, "all"));
    this.wantedProject = parameters.get("project") ?? "";
    this.ended = el("input", { type: "checkbox", id: "ended", change: () => this.#endedChanged() });
    this.ended.checked = parameters.get("ended") === "1";
    this.shown = el("output", { class: "dim shown", for: "filter project ended" });
    this.incomplete = el("p", { class: "message", hidden: true }, "Ended containers are missing here: the history could not be read.");
    // Roles in words: the narrow layout's cards would lose those of a table.
    this.body = el("tbody", { role: "rowgroup" });
    this.heads = COLUMNS.map((column) => {
      const button = el("button", { type: "button", click: () => this.#sortBy(column) }, column.label);
      return el("th", { scope: "col", role: "columnheader", class: `col-${column.key}`, "aria-sort": "none", data: { col: column.key } }, button);
    });
    this.empty = el("p", { class: "empty", hidden: true });
    root.append(
      el("h1", { class: "unseen" }, "Containers"),
      el("form", { class: "filters", role: "search", "aria-label": "Containers", submit: (event) => event.preventDefault() },
        el("label", { for: "filter" }, "Filter"), this.filter,
        el("label", { for: "project" }, "Project"), this.project,
        el("label", { class: "check" }, this.ended, "ended too"), this.shown),
      this.incomplete,
      el("table", { class: "containers", id: "containers", role: "table" },
        el("caption", { class: "unseen" }, "Containers and what they use now. The header's buttons sort."),
        el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, this.heads)), this.body),
      this.empty);
    this.#markSort();
  }

  #endedChanged() {
    live.seekEnded();
    this.#filterChanged();
  }

  #filterChanged() {
    this.wantedProject = this.project.value;
    keepInAddress({ q: this.filter.value, project: this.wantedProject, ended: this.ended.checked ? "1" : null });
    this.#draw();
  }

  #sortBy(column) {
    if (this.sort === column) this.direction = this.direction === "ascending" ? "descending" : "ascending";
    else this.direction = column.first ?? "descending";
    this.sort = column;
    keepInAddress({ sort: column.key, dir: this.direction === "descending" ? "desc" : null });
    this.#markSort();
    this.#draw();
  }

  #markSort() {
    this.heads.forEach((head, i) => head.setAttribute("aria-sort", COLUMNS[i] === this.sort ? this.direction : "none"));
  }

  // One drawing a frame, whatever came in between.
  #later() {
    if (this.#drawing) return;
    this.#drawing = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    this.#drawProjects();
    const alerts = alertsByContainer();
    const chosen = [];
    for (const container of live.containers.values()) {
      const row = this.#rowOf(container);
      row.alert = alertStateOf(container, alerts.get(container.id) ?? []);
      if (this.#wanted(row)) chosen.push(row);
    }
    for (const [id, row] of this.#rows) if (!live.containers.has(id)) this.#forget(id, row);
    this.#order(chosen);
    for (const row of chosen) this.#show(row);
    if (live.snapshotAt) this.body.dataset.at = live.snapshotAt; // the reading that is shown
    const total = [...live.containers.values()].filter((one) => this.ended.checked || isAlive(one)).length;
    setText(this.shown, chosen.length === total ? `${total}` : `${chosen.length} of ${total}`);
    this.incomplete.hidden = live.complete || !this.ended.checked;
    this.empty.hidden = chosen.length > 0;
    setText(this.empty, live.containers.size === 0 && live.connection !== "live" ? "Waiting for figures…"
      : total === 0 ? "No container runs here. One that starts appears by itself." : "No container matches the filter.");
  }

  #rowOf(container) {
    let row = this.#rows.get(container.id);
    if (!row) {
      row = { cells: COLUMNS.map((column) => el("td", { role: "cell", data: { col: column.key, label: column.label } })), line: null };
      row.element = el("tr", { role: "row", data: { id: container.id } }, row.cells);
      this.#rows.set(container.id, row);
      this.watcher?.observe(row.element);
    }
    row.container = container;
    row.running = isAlive(container);
    return row;
  }

  #forget(id, row) {
    this.watcher.unobserve(row.element);
    row.element.remove();
    this.#rows.delete(id);
  }

  #wanted({ container, running, element }) {
    const q = this.filter.value.trim().toLowerCase();
    const wanted = (running || this.ended.checked) && (!this.wantedProject || projectOf(container) === this.wantedProject)
      && (!q || container.name.toLowerCase().includes(q) || (container.image ?? "").toLowerCase().includes(q));
    if (!wanted && element.isConnected) element.remove();
    return wanted;
  }

  #order(rows) {
    const sign = this.direction === "ascending" ? 1 : -1;
    const value = this.sort.value;
    for (const row of rows) row.key = value(row);
    rows.sort((a, b) => {
      if (a.key === null || b.key === null) {
        if (a.key !== b.key) return a.key === null ? 1 : -1;
      } else {
        const order = compare(a.key, b.key);
        if (order !== 0) return sign * order;
      }
      return words.compare(a.container.name, b.container.name) || a.container.id - b.container.id;
    });
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    let place = this.body.firstElementChild;
    for (const row of rows) {
      // Sinking rows are taken out here and put back further down, so that the others need not move.
      while (place && place !== row.element && place.nextElementSibling === row.element) {
        place.remove();
        place = row.element;
      }
      if (row.element === place) place = place.nextElementSibling;
      else this.body.insertBefore(row.element, place);
    }
    // A moved element loses the focus.
    if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  }

  #show(row) {
    if (row.visible) row.line = lines.of(row.container.id);
    row.cells.forEach((cell, i) => COLUMNS[i].show(row, cell, COLUMNS[i]));
    setClass(row.element, (row.running ? "" : "ended") + (row.alert.kind === "bad" ? " alerting" : ""));
  }

  #drawProjects() {
    const projects = [...new Set([...live.containers.values()].map(projectOf).filter(Boolean))].sort(words.compare);
    if (this.wantedProject && !projects.includes(this.wantedProject)) projects.push(this.wantedProject);
    const key = JSON.stringify(projects);
    if (key === this.projects) return;
    this.projects = key;
    this.project.replaceChildren(el("option", { value: "" }, "all"), ...projects.map((name) => el("option", { value: name }, name)));
    this.project.value = this.wantedProject;
  }
}

function alertsByContainer() {
  const groups = new Map();
  for (const alert of live.alerts ?? []) {
    if (!groups.has(alert.container_id)) groups.set(alert.container_id, []);
    groups.get(alert.container_id).push(alert);
  }
  return groups;
}
