// A container's recorded figures as rows for charts.

import { ask } from "./api.js";

export const RANGES = ["1h", "6h", "24h", "7d", "30d", "90d", "1y"];
const RANGE_MS = { "1h": 36e5, "6h": 216e5, "24h": 864e5, "7d": 6048e5, "30d": 2592e6, "90d": 7776e6, "1y": 31536e6 };

// span: {range} or {from, to} in ms. The answer and the window of time that it is about.
export async function readHistory(id, span) {
  const query = span.range ? `range=${span.range}` : `from=${new Date(span.from).toISOString()}&to=${new Date(span.to).toISOString()}`;
  const history = await ask(`containers/${id}/resources/history?${query}`);
  const to = span.to ?? Date.now();
  return { history, window: [span.from ?? to - RANGE_MS[span.range], to] };
}

// Where nothing was read for longer than usual the line is broken.
function gapOf(history) {
  if (history.step_seconds) return history.step_seconds * 2500;
  const steps = history.points.slice(1).map((point, i) => Date.parse(point.timestamp) - Date.parse(history.points[i].timestamp));
  steps.sort((a, b) => a - b);
  return steps.length > 0 ? Math.max(steps[steps.length >> 1] * 3.5, 3000) : Infinity;
}

// [Date, ...values] for every point; values of a broken line are `hole`.
export function rowsOf(history, values, hole) {
  const gap = gapOf(history);
  const rows = [];
  let before = null;
  for (const point of history.points) {
    const at = Date.parse(point.timestamp);
    const row = values(point);
    if (before !== null && at - before > gap) rows.push([new Date(before + 1), ...row.map(() => hole)]);
    rows.push([new Date(at), ...row]);
    before = at;
  }
  return rows;
}

// [least, mean, greatest] of a figure in a point; of a single reading all are the same.
export function band(point, key) {
  const mean = point[key];
  return mean === null ? [null, null, null] : [point[key + "_min"] ?? mean, mean, point[key + "_max"] ?? mean];
}
