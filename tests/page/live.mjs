// What the page knows as events come; run by node alone. The API and its stream are made up here, for a container
// that is listed in the moment of its start, which a real one is seldom.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const asked = [];
const queries = []; // for containers
let list = [];
let ended = [];
let stream = null;
let alertsFail = false;
let containersFail = false;

// Time goes on faster where a test says so.
let ahead = 0;
const realNow = performance.now.bind(performance);
performance.now = () => realNow() + ahead;

globalThis.document = Object.assign(new EventTarget(), { baseURI: "http://plimsoll.test/", hidden: false });
globalThis.addEventListener = () => {};
globalThis.EventSource = class extends EventTarget {
  static CLOSED = 2;
  readyState = 0;
  close() {}
  constructor() {
    super();
    stream = this;
  }
};
globalThis.fetch = async (url) => {
  const what = new URL(url).pathname.replace("/api/v1/", "");
  asked.push(what);
  const query = new URL(url).searchParams;
  if (what === "containers") queries.push(query.get("state") ?? "all");
  const containers = [...list, ...(query.get("state") === "running" ? [] : ended)];
  if ((alertsFail && what === "alerts") || (containersFail && what === "containers")) return { ok: false, status: 503, json: async () => ({ error: { code: "X", message: "not now" } }) };
  return { ok: true, status: 200, json: async () => ({ containers: containers.map((one) => ({ ...one })), complete: true, alerts: [] }) };
};

// A copy of the page's files, where node takes them for modules.
const { isAlive, live } = await import(pathToFileURL(`${process.env.PAGE_STATIC}/live.js`));

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const snapshot = (...ids) => stream.dispatchEvent(new MessageEvent("resource.snapshot", { data: JSON.stringify({
  timestamp: new Date().toISOString(), containers: ids.map((id) => ({ container_id: id, container_name: `c${id}` })),
}) }));
const listings = () => asked.filter((what) => what === "containers").length;

list = [{ id: 1, name: "c1", state: "running", current: {} }];
live.begin();
await sleep(10);
assert.deepEqual([...live.containers.keys()], [1]);
assert.equal(listings(), 1);

snapshot(1);
await sleep(1100);
assert.equal(listings(), 1, "nothing is asked for while nothing changes");

// The second one's cgroup is there, and so are its figures; its engine still says "created".
list.push({ id: 2, name: "c2", state: "created", current: {} });
snapshot(1, 2);
await sleep(1100);
assert.equal(listings(), 2, "a container that is not known is asked for");
assert.equal(isAlive(live.containers.get(2)), false);

list[1].state = "running";
for (let beat = 0; beat < 3; ++beat) {
  snapshot(1, 2);
  await sleep(1000);
}
assert.equal(live.containers.get(2).state, "running", "one with figures is asked for until it runs");
const enough = listings();
snapshot(1, 2);
await sleep(100);
assert.equal(listings(), enough, "and no longer");

// A connection that is open and silent: figures are old after three intervals of ten seconds, and it is made anew later.
assert.equal(live.isOld, false);
const first = stream;
ahead += 31000;
await sleep(1200);
assert.equal(live.isOld, true, "silence is told");
assert.equal(stream, first, "and not taken for a broken connection at once");
snapshot(1, 2);
assert.equal(live.isOld, false, "figures are new again");
ahead += 61000;
await sleep(1200);
assert.notEqual(stream, first, "a connection that stays silent is made anew");
assert.equal(live.isOld, true);
snapshot(1, 2);
assert.equal(live.isOld, false);

// What fires is never called nothing because it could not be asked for.
await sleep(1200); // what is on its way comes first
assert.deepEqual(live.alerts, []);
live.alerts = null;
alertsFail = true;
let told = 0;
live.addEventListener("alerts", () => ++told);
live.refreshAlerts();
await sleep(700);
assert.ok(told > 0, "a refusal is told, too");
assert.equal(live.alerts, null);
assert.equal(live.alertsFault, "not now");
alertsFail = false;

// Who gets no stream, since all places for listeners are taken, asks: what he sees is of now.
const refuse = () => {
  stream.readyState = EventSource.CLOSED;
  stream.onerror();
};
const refused = stream;
list = [{ id: 1, name: "c1", state: "running", current: { timestamp: "2999-01-01T00:00:00.000Z" } }];
ahead += 31000;
await sleep(1200);
assert.equal(live.isOld, true, "nothing came for long");
refuse();
for (let i = 0; i < 70 && live.isOld; ++i) await sleep(100);
assert.equal(live.isOld, false, "an answer with newer figures is as good as a stream's");
assert.equal(live.snapshotAt, "2999-01-01T00:00:00.000Z");
assert.notEqual(stream, refused, "a stream is asked for with each answer");
refuse();
assert.equal(live.connection, "asking", "that is no lost connection");
ahead += 31000;
await sleep(1200);
assert.equal(live.isOld, true, "yet the same figures again are not of now");
await sleep(5000);
assert.equal(live.isOld, true);
containersFail = true;
refuse();
await sleep(6500);
refuse();
assert.equal(live.connection, "lost", "without answers it is lost");
containersFail = false;
stream.onopen();
assert.equal(live.connection, "live");

// Those that ended, of which there may be thousands, are asked for while a view shows them, and seldom.
const stops = async () => {
  stream.dispatchEvent(new MessageEvent("container.stop", { data: "{}" }));
  await sleep(1200);
};
const wholeLists = () => queries.filter((state) => state === "all").length;
ended = [{ id: 9, name: "c9", state: "exited", current: null, last_seen: "2998-01-01T00:00:00.000Z" }];
await stops();
assert.equal(wholeLists(), 0, "nobody looks at them");
assert.deepEqual([...live.containers.keys()], [1]);
live.serve({ needsEnded: () => true, keeps: () => true });
await sleep(1200);
assert.equal(wholeLists(), 1, "a view that shows them has them");
assert.deepEqual([...live.containers.keys()], [1, 9]);
const stopped = list.pop();
await stops();
assert.equal(wholeLists(), 1, "a container that stops is no reason to ask for all of them again");
assert.deepEqual([...live.containers.keys()], [1, 9]);
assert.equal(live.containers.get(1).state, "exited", "it is shown as ended meanwhile");
assert.equal(live.containers.get(1).current, null);
assert.equal(live.containers.get(1).last_seen, stopped.current.timestamp);
ended = [{ id: 1, name: "c1", state: "exited", current: null }];
ahead += 31000;
await stops();
assert.equal(wholeLists(), 2, "half a minute later they are");
assert.deepEqual([...live.containers.keys()], [1]);
live.serve({ needsEnded: () => false, keeps: ({ id }) => id === 1 });
ahead += 31000;
await stops();
assert.deepEqual([...live.containers.keys()], [1], "a view keeps the one that it shows");
live.serve(null);
await stops();
assert.deepEqual([...live.containers.keys()], [], "and nobody keeps what nobody shows");
assert.equal(wholeLists(), 2);
process.exit(0); // timers of the page would keep node here
