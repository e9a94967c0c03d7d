// How figures are written; needs node alone.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

// A copy of the page's files, where node takes them for modules.
const load = (name) => import(pathToFileURL(`${process.env.PAGE_STATIC}/${name}`));
globalThis.document = { baseURI: "http://127.0.0.1/" };
const { bytes, count, moment, ofMetric, percent, rate, span } = await load("units.js");
const { rowsOf, band } = await load("history.js");
const { joinPast } = await load("alert_tables.js");
const { matchersOf, parseMatcher } = await load("silence_form.js");

const plain = (text) => text.replaceAll("\u00a0", " ");
const cases = [
  [percent, [[0, "0 %"], [0.004, "0.00 %"], [0.5, "0.50 %"], [9.994, "9.99 %"], [9.995, "10.0 %"], [42, "42.0 %"], [99.95, "100 %"], [640, "640 %"], [null, "–"], [undefined, "–"], [NaN, "–"]]],
  [bytes, [[0, "0 B"], [999, "999 B"], [1000, "0.98 KiB"], [1024, "1.00 KiB"], [1536, "1.50 KiB"], [1023 * 1024, "1.00 MiB"], [64 << 20, "64.0 MiB"], [2 ** 40, "1.00 TiB"], [2 ** 70, "1048576 PiB"], [null, "–"]]],
  [rate, [[0, "0 B/s"], [2048, "2.00 KiB/s"], [null, "–"]]],
  [count, [[0, "0"], [12345, "12345"], [null, "–"]]],
  [span, [[0, "0 s"], [0.7, "0 s"], [59, "59 s"], [60, "1 min"], [3661, "1 h 1 min"], [90000, "1 d 1 h"], [86400, "1 d"], [86460, "1 d"], [-5, "0 s"], [null, "–"]]],
];
for (const [write, pairs] of cases)
  for (const [value, expected] of pairs) assert.equal(plain(write(value)), expected, `${write.name}(${value})`);
assert.equal(moment(null), "–");
assert.equal(moment("no time"), "–");
assert.match(moment(new Date()), /^\d\d:\d\d:\d\d$/);
assert.match(moment("2001-02-03T12:00:00.000Z"), /^2001-02-0[34] \d\d:\d\d:\d\d$/);
assert.equal(plain(ofMetric("memory_used_bytes", 1024)), "1.00 KiB");
assert.equal(plain(ofMetric("block_read_bytes_per_second", 1024)), "1.00 KiB/s");
assert.equal(plain(ofMetric("cpu_percent", 50)), "50.0 %");
assert.equal(plain(ofMetric("memory_pressure", 5)), "5.00 %");
assert.equal(ofMetric("oom_kills", 2), "2");
assert.equal(ofMetric("oom_kills", null), "–");

// A line is broken where readings are missing, and nowhere else.
const at = (second) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
const points = [0, 1, 2, 9, 10].map((second) => ({ timestamp: at(second), cpu_percent: second }));
const rows = rowsOf({ step_seconds: null, points }, (point) => [point.cpu_percent], null);
assert.deepEqual(rows.map((row) => row[1]), [0, 1, 2, null, 9, 10]);
assert.deepEqual(rowsOf({ step_seconds: 60, points }, (point) => [point.cpu_percent], null).length, 5);
assert.deepEqual(band({ cpu_percent: 2, cpu_percent_min: 1, cpu_percent_max: 3 }, "cpu_percent"), [1, 2, 3]);
assert.deepEqual(band({ cpu_percent: 2 }, "cpu_percent"), [2, 2, 2]);
assert.deepEqual(band({ cpu_percent: null }, "cpu_percent"), [null, null, null]);

// What is read anew stands before what was read of older alerts, unless there may be more between them.
const numbered = (...numbers) => numbers.map((number) => ({ number }));
assert.deepEqual(joinPast(numbered(7, 6, 5), numbered(6, 5, 4, 3, 1)), numbered(7, 6, 5, 4, 3, 1));
assert.deepEqual(joinPast(numbered(6, 5), numbered(6, 5, 4)), numbered(6, 5, 4), "nothing new");
assert.equal(joinPast(numbered(9, 8), numbered(6, 5)), null, "7 may be missing");
assert.equal(joinPast([], numbered(6, 5)), null, "all are deleted");

// Matchers as people write them.
const matcher = (name, value, is_regex, is_equal) => ({ name, value, is_regex, is_equal });
assert.deepEqual(parseMatcher("name=web-1"), matcher("name", "web-1", false, true));
assert.deepEqual(parseMatcher(' name =~ "web-.*" '), matcher("name", "web-.*", true, true));
assert.deepEqual(parseMatcher("severity!=page"), matcher("severity", "page", false, false));
assert.deepEqual(parseMatcher('a!~"x\\"y"'), matcher("a", 'x"y', true, false));
assert.deepEqual(parseMatcher("name="), matcher("name", "", false, true));
const named = { rule: "Busy", container_name: "web", labels: { alertname: "Busy", name: "web", severity: "page" } };
assert.deepEqual(matchersOf(named), ['alertname="Busy"', 'name="web"']);
assert.deepEqual(matchersOf({ ...named, labels: {} }), ['alertname="Busy"', 'name="web"'], "of a pending one, too");
assert.deepEqual(matchersOf({ ...named, labels: {}, container_name: null }), ['alertname="Busy"'], "of the host");
assert.throws(() => parseMatcher("web-1"), /no matcher/);
assert.throws(() => parseMatcher('name="a\\"'), /quoted text is broken/);
