// Charts over time, drawn by dygraphs. Its script is loaded when the first chart is wanted.

import { el, setText } from "./dom.js";
import { NONE, moment } from "./units.js";

let loading = null;

// Resolves to dygraphs' class; rejects when this build has none.
export function charts() {
  loading ??= new Promise((resolve, reject) => {
    const script = el("script", { src: "page/dygraph.js" });
    script.onload = () => {
      const Dygraph = window.Dygraph;
      // Axes and grid alone: the legend sets a style attribute, which the page's policy refuses, and the others are not used.
      Dygraph.PLUGINS = [Dygraph.Plugins.Axes, Dygraph.Plugins.Grid];
      resolve(Dygraph);
    };
    script.onerror = () => reject(new Error("This build of Plimsoll has no charts: libjs-dygraphs was not installed when it was built."));
    document.head.append(script);
  });
  return loading;
}

const NEAR = 4; // times the greatest value
const TICK_BASE = { si: 1000, binary: 1024 };

// Round values that people like on an axis: 1, 2 and 5 times a power of ten, or of 1024 times that.
function roundTicks(low, high, wanted, base) {
  const reach = Math.max(high - low, Number.MIN_VALUE);
  let unit = 1;
  if (base === TICK_BASE.binary) while (unit * 1024 <= high) unit *= 1024;
  const rough = reach / unit / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = unit * power * ([1, 2, 5, 10].find((n) => n * power >= rough) ?? 10);
  const ticks = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-6; value += step) ticks.push(value);
  return ticks;
}

const color = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

// One figure with a chart: `series` is [{label, color (of a CSS variable), fill}], `format` writes a value,
// `least` is what the axis reaches at least, `band` says that points are [least, mean, greatest]. `onZoom(from, to)` gets milliseconds; `onReset()` says that all is
// wanted again.
export class Chart {
  #graph = null;
  #series;

  constructor({ title, series, format, least, binary = false, band = false, onZoom, onReset }) {
    this.format = format;
    this.binary = binary;
    this.least = least;
    this.band = band;
    this.onZoom = onZoom;
    this.onReset = onReset;
    this.title = title;
    this.line = null;
    this.#series = series;
    this.readout = el("span", { class: "readout" });
    this.values = series.map(({ label, color: variable }) => {
      const value = el("b", null, NONE);
      this.readout.append(el("span", { class: `key key${variable}` }, series.length > 1 ? label + " " : "", value));
      return value;
    });
    this.at = el("span", { class: "dim" });
    this.readout.append(this.at);
    this.canvas = el("div", { class: "canvas", role: "img", "aria-label": title });
    this.words = el("p", { class: "dim words" });
    this.element = el("figure", { class: "chart" }, el("figcaption", null, el("h3", null, title), this.readout), this.canvas, this.words);
  }

  // rows: [Date, value or [least, mean, greatest] or null, ...]; window: [from, to] in ms.
  async draw(rows, window) {
    const Dygraph = await charts();
    this.rows = rows;
    this.#describe();
    if (!this.canvas.isConnected) return;
    if (this.#graph) {
      this.#graph.updateOptions({ file: this.#file(), dateWindow: window, valueRange: this.#range() });
      return;
    }
    this.#graph = new Dygraph(this.canvas, this.#file(), this.#options(Dygraph, window));
  }

  // A value that deserves a line across the chart, or null.
  setLine(value) {
    if (this.line === value) return;
    this.line = value;
    this.#graph?.updateOptions({ valueRange: this.#range() });
  }

  // Colors are read anew: light became dark.
  recolor() {
    this.#graph?.updateOptions({ colors: this.#colors(), gridLineColor: color(this.canvas, "--rule"), axisLineColor: color(this.canvas, "--rule") });
  }

  close() {
    this.#graph?.destroy();
    this.#graph = null;
  }

  #file() {
    // dygraphs wants a row at least.
    return this.rows.length > 0 ? this.rows : [[new Date(), ...this.#series.map(() => (this.band ? [null, null, null] : null))]];
  }

  #colors() {
    return this.#series.map((one) => color(this.canvas, one.color));
  }

  #greatest(dashed) {
    let greatest = 0;
    this.#series.forEach((series, i) => {
      if (Boolean(series.dash) !== dashed) return;
      for (const row of this.rows) {
        const value = row[i + 1];
        greatest = Math.max(greatest, (Array.isArray(value) ? value[2] : value) ?? 0);
      }
    });
    return greatest;
  }

  // From 0, with room above; the line, and series drawn dashed, are in sight when they are not far away.
  #range() {
    const greatest = this.#greatest(false);
    const near = [this.line ?? 0, this.#greatest(true)].filter((value) => value < greatest * NEAR);
    return [0, Math.max(greatest, ...near, this.least) * 1.08];
  }

  #options(Dygraph, window) {
    const axis = color(this.canvas, "--rule");
    return {
      labels: ["time", ...this.#series.map((one) => one.label)],
      colors: this.#colors(),
      customBars: this.band,
      fillGraph: !this.band && this.#series.length === 1,
      fillAlpha: 0.18,
      strokeWidth: 1.4,
      dateWindow: window,
      valueRange: this.#range(),
      gridLineColor: axis,
      axisLineColor: axis,
      gridLineWidth: 0.6,
      axisLabelFontSize: 11,
      highlightCircleSize: 3,
      legend: "never",
      animatedZooms: false,
      series: Object.fromEntries(this.#series.filter((one) => one.dash).map((one) => [one.label, { strokePattern: [5, 4], strokeWidth: 1 }])),
      axes: {
        y: {
          axisLabelWidth: 68,
          axisLabelFormatter: (value) => this.format(value),
          ticker: (low, high, pixels) =>
            roundTicks(low, high, Math.max(2, Math.floor(pixels / 36)), this.binary ? TICK_BASE.binary : TICK_BASE.si)
              .map((v) => ({ v, label: this.format(v) })),
        },
        x: { axisLabelWidth: 64, pixelsPerLabel: 80 },
      },
      underlayCallback: (context, area, graph) => this.#drawLine(context, area, graph),
      highlightCallback: (event, x, points, row) => this.#read(row),
      unhighlightCallback: () => this.#read(this.rows.length - 1, true),
      zoomCallback: (from, to) => this.onZoom(from, to),
      interactionModel: this.#interaction(Dygraph.defaultInteractionModel),
    };
  }

  // A finger scrolls the page, not the chart.
  #interaction(usual) {
    const { touchstart, touchmove, touchend, ...model } = usual;
    return { ...model, dblclick: () => this.onReset() };
  }

  #drawLine(context, area, graph) {
    if (this.line === null) return;
    const y = Math.round(graph.toDomYCoord(this.line)) + 0.5;
    if (y < area.y || y > area.y + area.h) return;
    context.save();
    context.strokeStyle = color(this.canvas, "--bad");
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(area.x, y);
    context.lineTo(area.x + area.w, y);
    context.stroke();
    context.restore();
  }

  #read(index, newest = false) {
    const row = this.rows[index];
    this.values.forEach((value, i) => {
      const point = row?.[i + 1] ?? null;
      setText(value, this.format(Array.isArray(point) ? point[1] : point));
    });
    setText(this.at, !row || newest ? "" : moment(row[0]));
  }

  // What the chart shows, for those who cannot see it.
  #describe() {
    this.#read(this.rows.length - 1, true);
    const told = this.#series.map(({ label }, i) => {
      const values = this.rows.map((row) => row[i + 1]).filter((value) => value !== null && (!Array.isArray(value) || value[1] !== null));
      if (values.length === 0) return null;
      const mean = values.reduce((sum, value) => sum + (Array.isArray(value) ? value[1] : value), 0) / values.length;
      const greatest = values.reduce((most, value) => Math.max(most, Array.isArray(value) ? value[2] : value), 0);
      return `${this.#series.length > 1 ? label + ": " : ""}mean ${this.format(mean)}, peak ${this.format(greatest)}`;
    }).filter(Boolean);
    const words = told.length > 0 ? told.join(" · ") : "No readings in this time.";
    setText(this.words, words);
    this.canvas.setAttribute("aria-label", `${this.title}: ${words}`);
  }
}
