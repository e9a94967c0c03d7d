// The mark on the hull: how deep something sits, and the line it should not sink below.

import { el, setClass } from "./dom.js";

// Where the line of a CPU bar stands: cores have no natural end, so a CPU bar is
// drawn against its line and all lines stand one below the other.
const CPU_LINE = 0.8;

export class LoadLine {
  constructor() {
    this.fill = el("span", { class: "load-fill" });
    this.mark = el("span", { class: "load-mark", hidden: true });
    this.element = el("span", { class: "load", "aria-hidden": "true" }, this.fill, this.mark);
    this.drawn = "";
  }

  // Both are parts of the bar's length, or null.
  #draw(share, line, over) {
    const shown = share === null ? 0 : Math.min(1, Math.max(0, share));
    const drawn = `${shown.toFixed(3)} ${line === null ? "" : line.toFixed(3)} ${over} ${share === null}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.fill.style.transform = `scaleX(${shown.toFixed(3)})`;
    this.mark.hidden = line === null;
    if (line !== null) this.mark.style.left = `${(line * 100).toFixed(2)}%`;
    const near = !over && line !== null && shown >= line * 0.9;
    setClass(this.element, "load" + (share === null ? " load-unknown" : over ? " load-over" : near ? " load-near" : ""));
  }

  // percent of the limit; threshold in the same, or null.
  memory(percent, threshold) {
    this.#draw(percent === null ? null : percent / 100, threshold === null ? null : threshold / 100,
      percent !== null && threshold !== null && percent >= threshold);
  }

  // percent of one core. Without a line the bar's length is `all`, in percent of one core.
  cpu(percent, threshold, all) {
    if (threshold === null) this.#draw(percent === null || !all ? null : percent / all, null, false);
    else this.#draw(percent === null ? null : (percent / threshold) * CPU_LINE, CPU_LINE, percent !== null && percent >= threshold);
  }

  // A share without a line.
  share(part) {
    this.#draw(part, null, false);
  }
}
