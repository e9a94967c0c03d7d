// Alerts: what is active, silences, what was, and what waits to be told.

import { historyTable, joinPast, showActive, showPast } from "./alert_tables.js";
import { ask, refusal } from "./api.js";
import { badge } from "./badge.js";
import { el, isInUse, nameOf, redraw, setText, simpleTable, timeOf } from "./dom.js";
import { live } from "./live.js";
import { silenceForm } from "./silence_form.js";
import { NONE, count, moment } from "./units.js";

const PAGE = 50;
const AGAIN_MS = 10000; // what waits to be told, and silences, change without an alert that does

function matcherText({ name, value, is_regex: regex = false, is_equal: equal = true }) {
  return `${name}${equal ? "=" : "!"}${regex ? "~" : equal ? "" : "="}${JSON.stringify(value)}`;
}

export class AlertsView {
  title = "Alerts";
  #stop = new AbortController();
  #past = null; // not known yet
  #isLong = false; // older ones than the newest page are shown

  constructor(root) {
    this.active = el("div");
    this.silences = el("div");
    this.message = el("p", { class: "message", role: "status", tabindex: "-1" });
    this.form = silenceForm(() => this.#readSilences());
    this.past = el("div");
    this.older = el("button", { type: "button", hidden: true, click: () => this.#readPast(this.next) }, "Older");
    this.outbox = el("div");
    const section = (id, title, ...children) => el("section", { "aria-labelledby": id }, el("h2", { id }, title), ...children);
    root.append(el("h1", { class: "unseen" }, "Alerts"),
      section("active-title", "Active", this.active),
      section("silences-title", "Silences", this.silences, this.message, this.form.element),
      section("past-title", "Past", this.past, this.older),
      section("outbox-title", "Waiting to be told", this.outbox));
    const on = { signal: this.#stop.signal };
    live.addEventListener("alerts", () => this.#changed(), on);
    live.addEventListener("figures", () => {
      if (performance.now() - this.readAt < AGAIN_MS) return;
      this.#readOutbox();
      this.#readSilences();
    }, on);
    live.addEventListener("status", () => this.form.allow(live.status.admin_api), on);
    if (live.status) this.form.allow(live.status.admin_api);
    this.#showActive();
    this.#readSilences();
    this.#readPast(null);
    this.#readOutbox();
  }

  close() {
    this.#stop.abort();
  }

  // Values change with every reading; what was and what waits only when an alert came or went.
  #changed() {
    this.#showActive();
    this.#showPast(); // what waited for the keyboard to leave
    if (live.alerts === null) return;
    const key = JSON.stringify(live.alerts.map(({ id, rule, container_id: container, state, silenced_by: silence }) => [id, rule, container, state, silence]));
    if (key === this.key) return;
    this.key = key;
    this.#readPast(null);
    this.#readOutbox();
    this.#readSilences();
  }

  #showActive() {
    showActive(this.active, live.alerts, live.alertsFault, (alert) => this.form.propose(alert));
  }

  async #readSilences() {
    try {
      const { silences } = await ask("silences");
      if (isInUse(this.silences)) return;
      const at = (time) => timeOf(time, moment(time));
      redraw(this.silences, silences.length === 0 ? el("p", { class: "empty" }, "No silences.")
        : simpleTable("Silences", ["State", "Alerts with", "From", "Until", "Comment", "By", ""], silences.map((one) => [
          badge(one.state), el("code", null, nameOf(one.matchers.map(matcherText).join(", "))), at(one.starts_at), at(one.ends_at),
          nameOf(one.comment), nameOf(one.created_by),
          one.state === "expired" ? "" : el("button", { type: "button", class: "small", "aria-label": `End silence ${one.id}`, click: () => this.#end(one.id) }, "End"),
        ])));
    } catch (fault) {
      this.silences.replaceChildren(el("p", { class: "message" }, fault.message));
    }
  }

  async #end(id) {
    try {
      await ask(`silences/${id}`, { method: "DELETE" });
      setText(this.message, `Silence ${id} has ended.`);
      live.refreshAlerts();
    } catch (fault) {
      setText(this.message, refusal(fault));
    }
    this.message.focus({ preventScroll: true }); // the button goes
    this.#readSilences();
  }

  async #readPast(before) {
    try {
      const { transitions, next_before: next } = await ask(`alerts/history?limit=${PAGE}${before ? `&before=${before}` : ""}`);
      this.#takePast(transitions, next, before);
      this.pastFault = null;
    } catch (fault) {
      this.pastFault = fault.message;
    }
    this.#showPast();
  }

  #takePast(transitions, next, before) {
    if (before && before !== this.next) return; // asked for twice
    const joined = before ? [...this.#past, ...transitions] : this.#isLong ? joinPast(transitions, this.#past) : null;
    if (before || joined === null) this.next = next;
    this.#isLong = joined !== null;
    this.#past = joined ?? transitions;
    this.older.hidden = this.next === null;
  }

  #showPast() {
    if (this.#past === null && !this.pastFault) return;
    showPast(this.past, this.#past ?? [], this.pastFault ?? null,
      (past) => [past.length === 0 ? el("p", { class: "empty" }, "Nothing has fired yet.") : historyTable(past)]);
  }

  async #readOutbox() {
    this.readAt = performance.now();
    try {
      const { notifications } = await ask("notifications");
      redraw(this.outbox, notifications.length === 0 ? el("p", { class: "empty" }, "Everything is told.")
        : simpleTable("Messages that wait, are held back or were given up", ["State", "Receiver", "Alerts", ["Tries", "number"], "Next try", "Last error"],
          notifications.map((one) => [badge(one.state), nameOf(one.receiver),
            nameOf(one.transitions.map((told) => `${told.rule} ${told.kind}${told.container_name === null ? "" : ` (${told.container_name})`}`).join(", "), { class: "wrap" }),
            count(one.tries), one.next_try_at === null ? NONE : timeOf(one.next_try_at, moment(one.next_try_at)),
            nameOf(one.last_error ?? one.held_by ?? NONE, { class: "wrap" })])));
    } catch (fault) {
      this.outbox.replaceChildren(el("p", { class: "message" }, fault.message));
    }
  }
}
