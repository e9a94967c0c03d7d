// Reads figures off the page as a person does, and compares them with the API's as exactly as they are written.
import assert from "node:assert/strict";

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4, "%": 1 };

// "12.3 MiB/s" to {value, error}: what it says, and half of its last digit. "–" to null.
export function parse(text) {
  if (text.trim() === "–") return null;
  const found = /^\s*(\d+)(?:\.(\d+))?\s(B|KiB|MiB|GiB|TiB|%)(\/s)?\s*$/.exec(text);
  assert.ok(found, `no figure: ${JSON.stringify(text)}`);
  const unit = UNITS[found[3]];
  return { value: Number(found[1] + "." + (found[2] ?? "0")) * unit, error: 0.5 * 10 ** -(found[2]?.length ?? 0) * unit * 1.0001 };
}

export function assertSays(text, expected, what) {
  const said = parse(text);
  if (expected === null) return assert.equal(said, null, `${what}: ${text}, but it is not known`);
  assert.notEqual(said, null, `${what}: it is ${expected}`);
  assert.ok(Math.abs(said.value - expected) <= said.error, `${what}: the page says ${text}, the API ${expected}`);
  // Three digits at least, or it would say little.
  assert.ok(said.error <= Math.max(0.51, Math.abs(expected) * 0.006), `${what}: ${text} is too coarse for ${expected}`);
}
