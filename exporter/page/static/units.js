// Figures as people read them. What is not known is an en dash, never 0.

export const NONE = "–";
const SPACE = "\u00a0"; // no line break between a number and its unit

const known = (value) => typeof value === "number" && Number.isFinite(value);

// Three digits that count: 0.42, 4.20, 42.0, 420.
function digits(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

export function number(value) {
  return known(value) ? digits(value) : NONE;
}

export function count(value) {
  return known(value) ? String(value) : NONE;
}

export function percent(value) {
  return known(value) ? digits(value) + SPACE + "%" : NONE;
}

export function bytes(value) {
  if (!known(value)) return NONE;
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  if (value < 999.5) return Math.round(value) + SPACE + "B";
  let unit = -1;
  let scaled = value;
  do {
    scaled /= 1024;
    ++unit;
  } while (scaled >= 999.5 && unit < units.length - 1);
  return digits(scaled) + SPACE + units[unit];
}

export function rate(value) {
  return known(value) ? bytes(value) + "/s" : NONE;
}

// The two greatest units: 3 d 4 h.
export function span(seconds) {
  if (!known(seconds)) return NONE;
  const s = Math.max(0, Math.floor(seconds));
  const parts = [[Math.floor(s / 86400), "d"], [Math.floor(s / 3600) % 24, "h"], [Math.floor(s / 60) % 60, "min"],
    [s % 60, "s"]];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return "0" + SPACE + "s";
  return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, unit]) => n + SPACE + unit).join(" ");
}

// An engine's id of 64 digits, where a name would be, by its first twelve.
export function shortName(text) {
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text;
}

const two = (n) => String(n).padStart(2, "0");

// Local time, the day only when it is another one: 14:03:07, 2026-11-22 14:03:07.
export function moment(time) {
  const date = time instanceof Date ? time : new Date(time ?? NaN);
  if (Number.isNaN(date.getTime())) return NONE;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (date.toDateString() === new Date().toDateString()) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

// A value of an alert's metric, in the metric's unit.
export function ofMetric(metric, value) {
  if (!known(value)) return NONE;
  if (metric.endsWith("_bytes_per_second")) return rate(value);
  if (metric.endsWith("_bytes")) return bytes(value);
  if (metric.endsWith("percent") || metric.includes("pressure")) return percent(value);
  return Number.isInteger(value) ? String(value) : digits(value);
}
