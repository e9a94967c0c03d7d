// What is known now: containers with their figures, the host, alerts. Filled by the API at first and by the
// event stream from then on; views listen to "containers" (which there are), "figures", "summary", "alerts",
// "connection" (which also tells that figures have become old) and "news" (something to tell aloud).

import { ask, addressOf } from "./api.js";
import { isLoadLine } from "./badge.js";

const HIDDEN_MS = 60000; // a tab that nobody sees gives its connection back after this
const RETRY_MS = 5000;
const SLOW_MS = 10000; // how often alerts are asked for without an event that says so
const STARTING_MS = 2000; // and containers while one of them has figures, yet was still being started when they were
const OLD_MS = 10000; // figures are old after three intervals, and not before this
const GIVE_UP_MS = 30000; // and so much later the connection is made anew: it may be one that only looks open
const LOOK_MS = 1000;
export const ENDED_MS = 30000; // how often those that ended are asked for: there may be thousands
const NOBODY = { needsEnded: () => false, keeps: () => false };
const CONTAINER_EVENTS = ["start", "stop", "oom", "rename", "health", "pause", "unpause"];

export function isAlive(container) {
  return container.state === "running" || container.state === "paused";
}

// One that is listed no longer, until the API tells what became of it.
function asEnded(container) {
  return { ...container, state: "exited", health: null, current: null, last_seen: container.current?.timestamp ?? container.last_seen };
}

// Runs `work` at most every `pause` ms, and never twice at once; a call in between counts for later.
function calmly(work, pause) {
  let running = false;
  let wanted = false;
  const run = async () => {
    if (running) {
      wanted = true;
      return;
    }
    running = true;
    try {
      await work();
    } catch {
      // The connection's state tells of it; the next event asks again.
    }
    setTimeout(() => {
      running = false;
      if (wanted) {
        wanted = false;
        run();
      }
    }, pause);
  };
  return run;
}

class Live extends EventTarget {
  containers = new Map(); // id to the API's container, `current` being the newest figures; of those that ended what a view needs
  complete = true; // but for those that ended, which could not be read
  isListed = false; // those that live are known
  endedAt = -Infinity; // when all that ended were known the last time, as performance.now() tells it
  summary = null;
  alerts = null; // null: not known yet
  alertsFault = null; // why they could not be asked for the last time
  status = null;
  connection = "connecting"; // then "live"; "asking" where no stream is given, yet answers are; "lost"
  isOld = false; // what is shown is not of now
  snapshotAt = null;
  #stream = null;
  #hiddenTimer = null;
  #viewer = NOBODY;
  #containersAskedAt = 0;
  #endedAskedAt = -Infinity;
  #endedTimer = null;
  #alertsAskedAt = 0;
  #firing = null;
  #isAnswered = false; // the newest question for containers was
  #heardAt = performance.now(); // the newest snapshot, or the begin of waiting for one

  begin() {
    setInterval(() => this.#watchAge(), LOOK_MS);
    this.refreshContainers();
    this.refreshAlerts();
    this.refreshSummary();
    this.#listen();
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    addEventListener("pagehide", () => this.#stream?.close());
    addEventListener("pageshow", (event) => event.persisted && this.#listen());
  }

  refreshContainers = calmly(async () => {
    this.#containersAskedAt = performance.now();
    const withEnded = this.#viewer.needsEnded() && performance.now() - this.#endedAskedAt >= ENDED_MS;
    if (withEnded) this.#endedAskedAt = performance.now();
    const list = await this.#askContainers(withEnded);
    const before = this.containers;
    this.containers = new Map();
    for (const container of list.containers) {
      const current = before.get(container.id)?.current;
      // A stream may have been quicker than this answer.
      if (container.current && current && current.timestamp > container.current.timestamp) container.current = current;
      this.containers.set(container.id, container);
    }
    if (withEnded) this.complete = list.complete;
    if (withEnded && list.complete) this.endedAt = performance.now();
    else this.#keepEnded(before);
    this.isListed = true;
    this.#tell("containers");
    if (!withEnded) this.seekEnded();
    if (this.connection !== "live") this.#takeAnswer();
  }, 1000);

  refreshSummary = calmly(async () => {
    this.summary = await ask("resources/summary");
    this.#tell("summary");
  }, 2000);

  refreshAlerts = calmly(async () => {
    this.#alertsAskedAt = performance.now();
    try {
      this.alerts = (await ask("alerts")).alerts;
      this.alertsFault = null;
    } catch (fault) {
      this.alertsFault = fault.message;
      this.#tell("alerts");
      return;
    }
    this.#tell("alerts");
    this.#tellNewOnes();
  }, 500);

  refreshStatus = calmly(async () => {
    this.status = await ask("status");
    this.#tell("status");
  }, 5000);

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // The stream speaks of the load lines and of OOM kills; other rules are told of here. What fired before the page came is
  // no news.
  #tellNewOnes() {
    const before = this.#firing;
    this.#firing = new Set();
    for (const alert of this.alerts) {
      if (alert.state !== "firing") continue;
      this.#firing.add(alert.id);
      if (before && !before.has(alert.id) && !isLoadLine(alert.metric) && alert.metric !== "oom_kills")
        this.#tell("news", { kind: "rule", event: alert });
    }
  }

  // The view that is shown: needsEnded() while it lacks containers that ended, keeps(container) of one that it shows
  // though it ended.
  serve(viewer) {
    this.#viewer = viewer ?? NOBODY;
    this.seekEnded();
  }

  seekEnded() {
    if (!this.isListed || !this.#viewer.needsEnded()) return;
    this.#endedTimer ??= setTimeout(() => {
      this.#endedTimer = null;
      this.refreshContainers();
    }, Math.max(this.#endedAskedAt + ENDED_MS - performance.now(), 0));
  }

  // Until they can be asked for anew nobody misses them.
  #keepEnded(before) {
    const isFresh = performance.now() - this.#endedAskedAt < ENDED_MS;
    for (const container of before.values())
      if (!this.containers.has(container.id) && (isFresh || this.#viewer.keeps(container))) this.containers.set(container.id, asEnded(container));
  }

  async #askContainers(withEnded) {
    let isAnswered = false;
    try {
      const list = await ask(`containers?${withEnded ? "" : "state=running&"}limit=10000`);
      isAnswered = true;
      return list;
    } finally {
      this.#isAnswered = isAnswered;
      if (!isAnswered) this.seekEnded();
      if (this.#isRefused()) this.#connected(isAnswered ? "asking" : "lost");
    }
  }

  // Without a stream the answer's figures are the newest that there are.
  #takeAnswer() {
    const living = [...this.containers.values()].filter(isAlive);
    const newest = living.reduce((time, { current }) => (current?.timestamp > time ? current.timestamp : time), "");
    if (living.length > 0 && newest <= (this.snapshotAt ?? "")) return;
    this.snapshotAt = newest || this.snapshotAt;
    this.#heardAt = performance.now();
    this.#setOld(false);
    this.#tell("figures");
  }

  // The answer was no stream: the browser does not try again by itself.
  #isRefused() {
    return this.#stream?.readyState === EventSource.CLOSED;
  }

  #connected(state) {
    if (this.connection === state) return;
    this.connection = state;
    this.#tell("connection");
  }

  // A connection that is open says nothing of who sits at its other end.
  #watchAge() {
    if (!this.#stream) return; // nobody looks
    const interval = (this.status?.collector?.interval_seconds ?? 10) * 1000;
    const silent = performance.now() - this.#heardAt;
    const limit = Math.max(3 * interval, OLD_MS);
    this.#setOld(silent > limit);
    if (silent < limit + GIVE_UP_MS) return;
    this.#heardAt = performance.now() - limit;
    this.#listen();
  }

  #setOld(isOld) {
    if (this.isOld === isOld) return;
    this.isOld = isOld;
    this.#tell("connection");
  }

  #listen() {
    this.#stream?.close();
    const stream = new EventSource(addressOf("containers/events"));
    this.#stream = stream;
    stream.onopen = () => {
      this.#connected("live");
      this.refreshContainers();
      this.refreshAlerts();
      this.refreshStatus(); // it may be another Plimsoll now
    };
    stream.onerror = () => {
      // The browser tries again with Last-Event-ID, but for an answer that was no stream.
      this.#connected(this.#isRefused() && this.#isAnswered ? "asking" : "lost");
      if (!this.#isRefused()) return;
      setTimeout(() => this.#stream === stream && this.#poll(), RETRY_MS);
    };
    const on = (name, take) => stream.addEventListener(name, (event) => take(JSON.parse(event.data)));
    on("resource.snapshot", (snapshot) => this.#takeSnapshot(snapshot));
    on("resource.alert", (alert) => this.#takeAlert(alert, "alert"));
    on("resource.recovery", (alert) => this.#takeAlert(alert, "recovery"));
    on("dropped", () => {
      this.refreshContainers();
      this.refreshAlerts();
    });
    for (const kind of CONTAINER_EVENTS) {
      on("container." + kind, (event) => {
        this.refreshContainers();
        if (kind === "oom") this.#tell("news", { kind, event });
      });
    }
  }

  // All places for listeners are taken: ask instead, then try again.
  #poll() {
    this.refreshContainers();
    this.refreshSummary();
    this.refreshAlerts();
    if (this.status === null) this.refreshStatus(); // how long figures are new
    this.#listen();
  }

  #takeSnapshot(snapshot) {
    this.snapshotAt = snapshot.timestamp;
    this.#heardAt = performance.now();
    this.#setOld(false);
    const seen = new Set();
    let unknown = false;
    let starting = false; // no event tells that it is "running" now
    for (const figures of snapshot.containers) {
      seen.add(figures.container_id);
      const container = this.containers.get(figures.container_id);
      if (container) container.current = figures;
      if (!container || container.name !== figures.container_name) unknown = true;
      else if (!isAlive(container)) starting = true;
    }
    for (const container of this.containers.values())
      if (container.state === "running" && container.current && !seen.has(container.id)) unknown = true;
    if (unknown || (starting && performance.now() - this.#containersAskedAt > STARTING_MS)) this.refreshContainers();
    this.refreshSummary();
    if (performance.now() - this.#alertsAskedAt > SLOW_MS) this.refreshAlerts();
    this.#tell("figures");
  }

  #takeAlert(alert, kind) {
    const container = this.containers.get(alert.container_id);
    if (container) {
      container.alert_state = alert.alert_state;
      this.#tell("figures");
    }
    this.refreshAlerts();
    this.#tell("news", { kind, event: alert });
  }

  #visibilityChanged() {
    clearTimeout(this.#hiddenTimer);
    if (document.hidden) {
      this.#hiddenTimer = setTimeout(() => {
        this.#stream?.close();
        this.#stream = null;
      }, HIDDEN_MS);
    } else if (!this.#stream) {
      this.#heardAt = performance.now();
      this.#listen();
    }
  }
}

export const live = new Live();
