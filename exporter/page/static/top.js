// Who used the most of something over some time.

import { ask } from "./api.js";
import { el, isInUse, nameOf, redraw, setText, simpleTable } from "./dom.js";
import { live } from "./live.js";
import { LoadLine } from "./load_line.js";
import { keepInAddress, route } from "./route.js";
import { bytes, percent, rate } from "./units.js";

const METRICS = { cpu: ["CPU", percent], memory: ["Memory", bytes], net_rx: ["Network in", rate], net_tx: ["Network out", rate],
  block_read: ["Disk read", rate], block_write: ["Disk write", rate] };
const PERIODS = { live: "now", "1h": "1 hour", "6h": "6 hours", "24h": "1 day", "7d": "7 days", "30d": "30 days", "90d": "90 days" };
const LIMITS = ["5", "10", "20", "50", "100"];
const AGAIN_MS = 30000;

function choice(id, label, options, chosen, change) {
  const select = el("select", { id, change }, Object.entries(options).map(([value, text]) => el("option", { value }, text)));
  select.value = chosen in options ? chosen : Object.keys(options)[0];
  return [select, el("label", { for: id }, label)];
}

export class TopView {
  title = "Top consumers";
  #stop = new AbortController();
  #turn = 0;
  #readAt = 0;

  constructor(root) {
    const { parameters } = route();
    const changed = () => {
      keepInAddress({ metric: this.metric.value, period: this.period.value, limit: this.limit.value });
      this.#read();
    };
    const names = Object.fromEntries(Object.entries(METRICS).map(([key, [text]]) => [key, text]));
    const [metric, metricLabel] = choice("metric", "Most", names, parameters.get("metric") ?? "cpu", changed);
    const [period, periodLabel] = choice("period", "over", PERIODS, parameters.get("period") ?? "1h", changed);
    const [limit, limitLabel] = choice("limit", "Show", Object.fromEntries(LIMITS.map((n) => [n, n])), parameters.get("limit") ?? "10", changed);
    Object.assign(this, { metric, period, limit });
    this.message = el("p", { class: "message", role: "status", hidden: true });
    this.table = el("div");
    root.append(el("h1", { class: "unseen" }, "Top consumers"),
      el("form", { class: "filters", submit: (event) => event.preventDefault() }, metricLabel, metric, periodLabel, period, limitLabel, limit),
      this.message, this.table);
    live.addEventListener("figures", () => {
      if (this.period.value === "live" || performance.now() - this.#readAt > AGAIN_MS) this.#read();
    }, { signal: this.#stop.signal });
    this.#read();
  }

  close() {
    this.#stop.abort();
  }

  async #read() {
    const turn = ++this.#turn;
    this.#readAt = performance.now();
    try {
      const top = await ask(`resources/top?metric=${this.metric.value}&period=${this.period.value}&limit=${this.limit.value}`);
      if (turn === this.#turn) this.#show(top);
      this.message.hidden = true;
    } catch (fault) {
      this.message.hidden = false;
      setText(this.message, fault.message);
    }
  }

  #show({ metric, period, consumers }) {
    if (isInUse(this.table)) return; // rows would leave under the keyboard
    const [name, format] = METRICS[metric];
    if (consumers.length === 0) {
      this.table.replaceChildren(el("p", { class: "empty" }, "Nothing was recorded in this time."));
      return;
    }
    const most = consumers[0].value;
    const shares = metric === "cpu" || metric === "memory";
    const headers = [["", "number"], "Container", "", [period === "live" ? name : `${name}, mean`, "number"]];
    if (shares) headers.push(["Of its limit", "number"]);
    redraw(this.table, simpleTable(`Top consumers: ${name}`, headers, consumers.map((one) => {
      const bar = new LoadLine();
      bar.share(most > 0 ? one.value / most : 0);
      const cells = [String(one.rank), el("a", { href: `#/containers/${one.container_id}` }, nameOf(one.container_name)), bar.element, el("b", null, format(one.value))];
      if (shares) cells.push(percent(one.percent));
      return cells;
    }), { class: "simple ranking" }));
  }
}
