// What the page must do, a scenario each; tests/integration/browser_test.py brings the containers and says when.
import assert from "node:assert/strict";
import { main, say, shoot, sleep, until } from "./browser.mjs";
import { assertSays, parse } from "./figures.mjs";

const CELLS = {
  cpu: "cpu_percent", memory: "mem_used", net_rx: "net_rx_bytes_per_second", net_tx: "net_tx_bytes_per_second",
  block_read: "block_read_bytes_per_second", block_write: "block_write_bytes_per_second",
};

// [{id, name, cells: {cpu: "1.2 %", ...}}] of the table, in its order.
const table = (page) => page.evaluate(() => [...document.querySelectorAll("#containers tbody tr")].map((row) => ({
  id: Number(row.dataset.id),
  name: row.querySelector('[data-col="name"] a').textContent,
  cells: Object.fromEntries([...row.cells].map((cell) => [cell.dataset.col, (cell.querySelector(".value") ?? cell).textContent])),
})));

// The time of the reading that the table shows.
const readingOf = (page) => page.getAttribute("#containers tbody", "data-at");

const rowNamed = async (page, name) => (await table(page)).find((row) => row.name === name);

async function tableWith(page, count) {
  await until(async () => (await table(page)).length >= count, async () => `${count} rows; there are ${(await table(page)).length}`, 30);
}

async function values(browser, ...names) {
  const page = await browser.open();
  await tableWith(page, names.length);
  const fresh = async () => Object.fromEntries((await browser.api("containers")).containers.map((one) => [one.name, one]));
  let compared = 0;
  // The page and two answers around it are of one reading, or it is tried again.
  await until(async () => {
    const before = await fresh();
    const firstAt = await readingOf(page);
    const [rows, at] = [await table(page), await readingOf(page)];
    const after = await fresh();
    const same = names.every((name) => before[name]?.current?.timestamp === after[name]?.current?.timestamp);
    if (!same || at !== before[names[0]].current.timestamp || at !== firstAt) return false;
    for (const name of names) {
      const row = rows.find((one) => one.name === name);
      assert.ok(row, `${name} is not shown`);
      for (const [column, key] of Object.entries(CELLS)) assertSays(row.cells[column], before[name].current[key], `${name} ${column}`);
    }
    return ++compared >= 3;
  }, "page and API of one reading, three times", 30);
}

async function sortAndFilter(browser, prefix, project) {
  const page = await browser.open();
  await tableWith(page, 3);
  const head = (column) => page.locator(`th[data-col="${column}"]`);
  for (const column of Object.keys(CELLS)) {
    await head(column).getByRole("button").click();
    assert.equal(await head(column).getAttribute("aria-sort"), "descending");
    for (const direction of ["descending", "ascending"]) {
      if (direction === "ascending") await page.keyboard.press("Enter"); // the button has the focus
      assert.equal(await head(column).getAttribute("aria-sort"), direction);
      const read = (await table(page)).map((row) => parse(row.cells[column]));
      const numbers = read.filter((one) => one !== null).map((one) => one.value);
      const sorted = [...numbers].sort((a, b) => (direction === "ascending" ? a - b : b - a));
      // Figures that read alike may differ in what is not shown, not in what is.
      assert.deepEqual(numbers, sorted, `${column} ${direction}`);
      assert.ok(read.slice(numbers.length).every((one) => one === null), "what is not known comes last");
    }
  }
  await head("name").getByRole("button").click();
  const names = (await table(page)).map((row) => row.name);
  assert.deepEqual(names, [...names].sort(new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" }).compare));

  await page.keyboard.press("/");
  await page.keyboard.type(prefix + "web");
  assert.deepEqual((await table(page)).map((row) => row.name), [prefix + "web"]);
  assert.ok(page.url().includes("q="), "the filter stands in the address");
  await page.reload();
  await tableWith(page, 1);
  assert.deepEqual((await table(page)).map((row) => row.name), [prefix + "web"], "a reload keeps the filter");
  await page.fill("#filter", "");
  await page.selectOption("#project", project);
  assert.deepEqual((await table(page)).map((row) => row.name).sort(), [prefix + "db", prefix + "web"]);
}

async function alert(browser, name) {
  const page = await browser.open();
  await page.evaluate(() => { window.notReloaded = true; });
  await until(async () => (await page.textContent("#connection")) === "live", "live");
  say("READY");
  await until(async () => (await rowNamed(page, name))?.cells.alert.includes("CPU"),
    async () => `the alert in the table, which has ${JSON.stringify(await rowNamed(page, name))}; the API has ${JSON.stringify(
      (await browser.api("containers")).containers.find((one) => one.name === name))}`, 40);
  await until(async () => (await page.textContent("#announcer")).includes(name), "the alert is announced");
  await until(async () => (await page.textContent("#firing")) === "1", "the count in the head");
  await page.click("nav a[data-view=alerts]");
  await until(async () => (await page.locator("#active tbody tr").count()) === 1, "the alert in its view");
  assert.ok((await page.textContent("#active")).includes("firing"));
  const container = (await browser.api("containers")).containers.find((one) => one.name === name);
  await page.goto(`${browser.base}/#/containers/${container.id}`);
  await until(async () => (await page.textContent("#view")).includes("firing"), "the alert at its container");
  await page.goto(`${browser.base}/#/`);
  say("FIRED");
  await until(async () => (await rowNamed(page, name))?.cells.alert === "normal", "the recovery", 40);
  await until(async () => !(await page.isVisible("#firing")), "no count");
  assert.equal(await page.evaluate(() => window.notReloaded), true);
}

const painted = (page) => page.evaluate(() => [...document.querySelectorAll(".canvas")].map((box) => [...box.querySelectorAll("canvas")].some((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value !== 0);
})));

async function container(browser, name) {
  const one = (await browser.api("containers")).containers.find((candidate) => candidate.name === name);
  const page = await browser.open(`#/containers/${one.id}`);
  await until(async () => (await painted(page)).filter(Boolean).length === 4, async () => `four charts: ${await page.textContent("#view")}`, 30);
  assert.equal(await page.textContent("h1"), name);
  await until(async () => {
    const said = await page.textContent('[data-figure="memory"]');
    const pressures = (await page.textContent('[data-figure="pressure"]')).split(" / ");
    const api = await browser.api(`containers/${one.id}/resources/current`);
    try {
      assertSays(said, api.mem_used, "memory");
      ["cpu", "mem", "io"].forEach((of, i) => assertSays(pressures[i], api[`${of}_pressure_percent`], `${of} pressure`));
      return true;
    } catch {
      return false;
    }
  }, "the memory and the pressure that the API tells");
  for (const range of ["6h", "24h", "7d", "30d", "90d", "1y", "1h"]) {
    const answer = page.waitForResponse((response) => response.url().includes(`history?range=${range}`));
    await page.locator(`input[name=range][value="${range}"]`).check();
    assert.equal((await answer).status(), 200);
    await until(async () => page.url().includes(`range=${range}`), `${range} in the address`);
  }
  // Zooming reads that time; a double click goes back.
  await until(async () => (await painted(page)).filter(Boolean).length === 4, "four charts");
  const box = await page.locator(".canvas").first().boundingBox();
  const y = box.y + box.height / 2;
  const zoomed = page.waitForResponse((response) => /history\?from=/.test(response.url()));
  await page.mouse.move(box.x + box.width * 0.5, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, y, { steps: 8 });
  await page.mouse.up();
  assert.equal((await zoomed).status(), 200);
  await page.mouse.dblclick(box.x + box.width * 0.5, y);
  await until(async () => page.url().includes("range=1h"), "the range before");
}

async function changes(browser, name) {
  const one = (await browser.api("containers")).containers.find((candidate) => candidate.name === name);
  const page = await browser.open(`#/containers/${one.id}`);
  await page.waitForSelector("#memory-line");
  await until(async () => page.isEnabled("#memory-line"), "a form that can be used");
  await page.fill("#memory-line", "77");
  await page.getByRole("button", { name: "Save" }).click();
  const overrides = async () => (await browser.api(`containers/${one.id}/resources/alerts`)).overrides;
  await until(async () => (await overrides()).mem_threshold === 77, "the line in the API");
  assert.deepEqual(await overrides(), { cpu_threshold: null, mem_threshold: 77, enabled: null }, "what was not changed is not set");
  await page.getByRole("button", { name: "Clear" }).click();
  await until(async () => (await overrides()).mem_threshold === null, "the end of the line in the API");
  await until(async () => (await page.inputValue("#memory-line")) === "", "the end of the line on the page");

  await page.goto(`${browser.base}/#/alerts`);
  await page.getByText("New silence").click();
  await page.fill("#silence-matchers", `name=~"${name}"\nalertname!=Nothing`);
  await page.fill("#silence-comment", '<b onmouseover="alert(1)">quiet</b>');
  await page.locator("#silence-form button[type=submit]").click();
  await until(async () => (await page.textContent("#view")).includes('<b onmouseover="alert(1)">quiet</b>'), "the silence in its table");
  const made = (await browser.api("silences")).silences[0];
  assert.deepEqual(made.matchers, [{ name: "name", value: name, is_regex: true, is_equal: true },
    { name: "alertname", value: "Nothing", is_regex: false, is_equal: false }]);
  await page.getByRole("button", { name: `End silence ${made.id}` }).click();
  await until(async () => (await browser.api("silences")).silences.every((silence) => silence.id !== made.id || silence.state === "expired"), "the end of the silence");
}

async function readOnly(browser, name) {
  const one = (await browser.api("containers")).containers.find((candidate) => candidate.name === name);
  const page = await browser.open(`#/containers/${one.id}`);
  await until(async () => (await page.textContent("#view")).includes("--web.enable-admin-api"), "why it is read only");
  assert.equal(await page.isDisabled("#cpu-line"), true);
  await page.goto(`${browser.base}/#/alerts`);
  await page.getByText("New silence").click();
  await until(async () => (await page.textContent("#view")).includes("--web.enable-admin-api"), "why there are no silences");
}

async function reconnect(browser) {
  browser.allowed = (complaint) => /net::ERR_|status of 503/.test(complaint); // it dies in the middle of anything
  const page = await browser.open();
  await until(async () => (await page.textContent("#connection")) === "live", "live");
  say("READY");
  await until(async () => (await page.textContent("#connection")).startsWith("connection lost"), "the loss is told", 30);
  say("LOST");
  await until(async () => (await page.textContent("#connection")) === "live", "live again", 40);
  const before = await page.getAttribute("#connection", "title");
  await until(async () => (await page.getAttribute("#connection", "title")) !== before, "new figures");
}

async function refused(browser) {
  browser.allowed = (complaint) => /status of 503/.test(complaint);
  const places = [];
  for (let answer; (answer = await fetch(`${browser.base}/api/v1/containers/events`)).ok;) places.push(answer);
  const page = await browser.open();
  await until(() => page.evaluate(() => document.getElementById("connection").className === "connection connection-asking"), "the mark of who asks");
  const before = await readingOf(page);
  await until(async () => (await readingOf(page)) > before, "newer figures without a stream");
  assert.equal(await page.isVisible("#banner"), false);
  for (const place of places) await place.body.cancel();
  await until(async () => (await page.textContent("#connection")) === "live", "a place of its own");
}

async function ended(browser, name) {
  browser.allowed = (complaint) => /status of 404.*4000000000/.test(complaint);
  const page = await browser.open();
  const listings = [];
  page.on("request", (request) => /\/containers\?/.test(request.url()) && listings.push(request.url()));
  await page.reload();
  await tableWith(page, 3);
  await sleep(2500);
  assert.equal(await rowNamed(page, name), undefined);
  assert.ok(listings.length > 0 && listings.every((url) => url.includes("state=running")), `those that live are asked for: ${listings}`);
  await page.check("#ended");
  await until(async () => (await rowNamed(page, name))?.cells.state === "exited", "the one that ended");
  const said = async () => (await page.textContent("h1")) === name && (await page.textContent(".facts")).includes("last seen");
  await page.getByRole("link", { name }).click();
  await until(said, "its view");
  await page.reload();
  await until(said, "its view without the table before");
  assert.equal(await page.getByText("Plimsoll knows no container").isVisible(), false);
  await page.goto(`${browser.base}/#/containers/4000000000`);
  await until(() => page.getByText("Plimsoll knows no container").isVisible(), "there is no such container", 45);
}

// What somebody has written stays, wherever he stands now.
async function written(browser, name) {
  const one = (await browser.api("containers")).containers.find((candidate) => candidate.name === name);
  const page = await browser.open(`#/containers/${one.id}`);
  await until(async () => (await painted(page)).filter(Boolean).length === 4, "four charts", 30);
  const readAgain = async (what, ask = () => {}) => {
    await page.locator("h1").click(); // away from the fields
    await Promise.all([page.waitForResponse((response) => response.url().includes(what)), ask()]);
    await sleep(500);
  };
  await page.fill('[aria-label="From"]', "2026-01-02T03:04:05");
  await readAgain("history?range=1h");
  assert.equal(await page.inputValue('[aria-label="From"]'), "2026-01-02T03:04:05", "the time is not shown yet");
  await page.locator('input[name=range][value="6h"]').check();
  await until(async () => (await page.inputValue('[aria-label="From"]')) !== "2026-01-02T03:04:05", "the time of the range that was chosen instead");

  const reconnect = () => page.evaluate(async () => {
    const { live } = await import(new URL("live.js", document.querySelector("script[type=module]").src).href);
    live.refreshStatus();
  });
  await page.fill("#memory-line", "55");
  await readAgain("resources/alerts", reconnect);
  assert.equal(await page.inputValue("#memory-line"), "55", "the line is not saved yet");
  await page.fill("#memory-line", "");
  await page.evaluate(() => { document.getElementById("memory-line").isOld = true; });
  await readAgain("resources/alerts", reconnect);
  assert.ok(await page.evaluate(() => !document.getElementById("memory-line").isOld), "where nothing is written the form is made anew");
}

// Many alerts, made up: who stands in their tables, or reads older ones, keeps his place.
async function places(browser, name) {
  const one = (await browser.api("containers")).containers.find((candidate) => candidate.name === name);
  const page = await browser.open("#/status");
  const time = new Date().toISOString();
  const common = { severity: "page", container_id: one.id, container_name: name, metric: "cpu_percent", op: ">=", threshold: 1, since: time,
    fired_at: time, silenced_by: null, receivers: [], labels: {} };
  const past = (number) => ({ ...common, number, id: `${number}`, alert_id: `${number}`, kind: "fired", reason: null, rule: `Rule-${number}`,
    value: 2, timestamp: time, lasted_ms: 0 });
  const alerts = [];
  let newest = 120;
  const fire = (value) => alerts.push({ ...common, id: `a${alerts.length}`, rule: "Busy", state: "firing", count: null, of: null, current_value: value, last_alerted_at: time });
  await page.route("**/api/v1/alerts", (route) => route.fulfill({ json: { alerts } }));
  await page.route("**/api/v1/alerts/history?*", (route) => {
    const before = Number(new URL(route.request().url()).searchParams.get("before") ?? newest + 1);
    const transitions = Array.from({ length: Math.min(50, before - 1) }, (_, i) => past(before - 1 - i));
    route.fulfill({ json: { transitions, next_before: before > 51 ? before - 50 : null } });
  });
  const tell = (kind, detail) => page.evaluate(async ([name, what]) => {
    const { live } = await import(new URL("live.js", document.querySelector("script[type=module]").src).href);
    if (name === "alerts") live.refreshAlerts();
    else live.dispatchEvent(new CustomEvent("news", { detail: what }));
  }, [kind, detail]);
  const again = async (what, ...told) => {
    await Promise.all([page.waitForResponse((response) => response.url().includes(what)), tell(...told)]);
    await sleep(500);
  };
  const rules = () => page.evaluate(() => [...document.querySelectorAll(".history tbody tr")].map((row) => row.cells[2].textContent));
  const stands = (where) => page.evaluate((place) => document.activeElement.matches(`${place} a`), where);

  await page.goto(`${browser.base}/#/alerts`);
  await until(async () => (await rules()).length === 50, "a page of past alerts");
  await page.getByRole("button", { name: "Older" }).click();
  await until(async () => (await rules()).length === 100, "two pages");
  newest = 121;
  fire(2);
  await again("alerts/history", "alerts");
  assert.deepEqual([(await rules())[0], (await rules()).at(-1)], ["Rule-121", "Rule-21"], "older ones stay when one more comes");
  await page.getByRole("button", { name: "Older" }).click();
  await until(async () => (await rules()).at(-1) === "Rule-1", "the rest of them");
  assert.equal((await rules()).length, 121);
  await page.locator(".history a").nth(2).focus();
  newest = 122;
  fire(2);
  await again("alerts/history", "alerts");
  assert.ok(await stands(".history"), "the table is left alone under the keyboard");
  await page.locator("#past-title").click();
  await again("v1/alerts", "alerts");
  assert.equal((await rules())[0], "Rule-122", "and has what it missed afterwards");

  await page.goto(`${browser.base}/#/containers/${one.id}`);
  await until(async () => (await rules()).length === 50 && (await page.locator("#active tbody tr").count()) === 2, "both tables at the container");
  await page.locator("#active a").first().focus();
  alerts[0].current_value = 3;
  await again("v1/alerts", "alerts");
  assert.ok(await stands("#active"), "a figure that changes takes nobody's place");
  await page.locator(".history a").first().focus();
  newest = 123;
  await again("alerts/history", "news", { kind: "rule", event: alerts[0] });
  assert.ok(await stands(".history"), "nor does one more past alert");
}

async function crowd(browser, count, hostile) {
  const page = await browser.open("#/?sort=cpu&dir=desc");
  await tableWith(page, Number(count));
  for (const name of JSON.parse(hostile)) assert.ok(await rowNamed(page, name), `${name} stands there as text`);
  assert.equal(await page.evaluate(() => document.querySelectorAll("#containers img, #containers script, #containers b").length), 0);
  const measured = await page.evaluate(async () => {
    const long = [];
    new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
    const gaps = [];
    const ticks = new Set();
    const end = performance.now() + 12000;
    let before = performance.now();
    while (performance.now() < end) {
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      gaps.push(now - before);
      before = now;
      ticks.add(document.getElementById("connection").title);
    }
    gaps.sort((a, b) => a - b);
    return { longest: Math.max(0, ...long), tasks: long.length, ticks: ticks.size, frames: gaps.length, worst: gaps.at(-1), median: gaps[gaps.length >> 1], p99: gaps[Math.floor(gaps.length * 0.99)] };
  });
  say(`MEASURED ${JSON.stringify(measured)}`);
  assert.ok(measured.ticks >= 4, `updates arrive: ${measured.ticks} in 12 s`);
  await page.fill("#filter", "bench-49");
  assert.ok((await table(page)).every((row) => row.name.includes("bench-49")));
}

async function screenshots(browser, name) {
  const one = (await browser.api("containers")).containers.find((candidate) => candidate.name === name);
  const views = [["table", ""], ["container", `#/containers/${one.id}`], ["alerts", "#/alerts"], ["top", "#/top?period=live"], ["status", "#/status"]];
  const sizes = [["light", {}], ["dark", { dark: true }], ["360", { width: 360, height: 740 }], ["360-dark", { width: 360, height: 740, dark: true }]];
  for (const [size, options] of sizes) {
    for (const [view, hash] of views) {
      const page = await browser.open(hash, options);
      await until(async () => (await page.textContent("#connection")) === "live", "live");
      if (view === "table") await tableWith(page, 3);
      if (view === "container") await until(async () => (await painted(page)).filter(Boolean).length === 4, "four charts", 30);
      await sleep(1500);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(over, 0, `${view} at ${size} is ${over} px too wide`);
      // Whatever can be used has a name for those who hear the page.
      const nameless = await page.evaluate(() => [...document.querySelectorAll("a[href], button, input, select, textarea")]
        .filter((one) => one.checkVisibility() && !(one.textContent.trim() || one.getAttribute("aria-label") || one.labels?.length)).map((one) => one.outerHTML));
      assert.deepEqual(nameless, []);
      await shoot(page, `${view}-${size}`, { fullPage: true });
      await page.context().close();
    }
  }
}

await main({ values, sortAndFilter, alert, container, changes, readOnly, reconnect, refused, ended, written, places, crowd, screenshots });
