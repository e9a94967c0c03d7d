// How Plimsoll itself fares.

import { badge } from "./badge.js";
import { ask } from "./api.js";
import { el, isInUse, nameOf, redraw, simpleTable, timeOf } from "./dom.js";
import { live } from "./live.js";
import { NONE, bytes, count, moment, span } from "./units.js";

const AGAIN_MS = 5000;

const upOrDown = (up, yes, no) => badge(up ? yes : no, up ? "good" : "bad");
const at = (time) => (time === null ? NONE : timeOf(time, moment(time)));
const fault = (text) => nameOf(text ?? NONE, { class: text === null ? "dim" : "wrap" });

function facts(caption, pairs) {
  return simpleTable(caption, ["", ""], pairs.map(([name, value]) => [el("span", { class: "dim" }, name), value]), { class: "simple facts-table" });
}

export class StatusView {
  title = "Status";
  #stop = new AbortController();
  #readAt = 0;

  constructor(root) {
    this.place = el("div", { class: "status" });
    root.append(el("h1", { class: "unseen" }, "Status"), this.place,
      el("p", { class: "links" }, el("a", { href: "./metrics", id: "metrics-link" }, "metrics"), " · ",
        el("a", { href: "./api/v1/openapi.yaml" }, "API description"), " · ", el("a", { href: "./-/ready" }, "ready?")));
    // The page's own links know where the metrics are.
    const plain = document.querySelector("noscript")?.textContent.match(/href="([^"]+)"/)?.[1];
    if (plain) root.querySelector("#metrics-link").setAttribute("href", plain.replaceAll("&amp;", "&").replaceAll("&quot;", '"'));
    live.addEventListener("figures", () => performance.now() - this.#readAt > AGAIN_MS && this.#read(), { signal: this.#stop.signal });
    this.#read();
  }

  close() {
    this.#stop.abort();
  }

  async #read() {
    this.#readAt = performance.now();
    try {
      const [status, outbox] = await Promise.all([ask("status"), ask("notifications")]);
      if (!isInUse(this.place)) this.#show(status, outbox);
    } catch (failure) {
      this.place.replaceChildren(el("p", { class: "message" }, failure.message));
    }
  }

  #show(status, outbox) {
    const { collector, storage } = status;
    const section = (title, ...children) => el("section", null, el("h2", null, title), ...children);
    redraw(this.place,
      section("Plimsoll", facts("Plimsoll", [["Version", nameOf(status.version)], ["Up", span(status.uptime_seconds)], ["Since", at(status.started_at)],
        ["Ready", upOrDown(status.ready, "yes", "not yet")], ["Changes over the API", status.admin_api ? "allowed" : "off (--web.enable-admin-api)"],
        ["Reads every", span(collector.interval_seconds)], ["Last reading", at(collector.last_beat)], ["Readings", count(collector.beats)],
        ["Skipped", count(collector.beats_skipped)], ["Read errors", count(collector.read_errors)], ["Parse errors", count(collector.parse_errors)]])),
      section("Parts", simpleTable("Parts", ["Part", "", "Last error"],
        status.parts.map((part) => [nameOf(part.part), upOrDown(part.healthy, "healthy", "failing"), fault(part.last_error)]))),
      section("Runtimes", status.runtimes.length === 0 ? el("p", { class: "empty" }, "No engine's socket is used: names come from what runtimes leave on disk.") : simpleTable("Runtimes", ["Runtime", "", "Version", "Endpoint", "Last error"], status.runtimes.map((one) =>
        [one.runtime, upOrDown(one.up, "up", "down"), nameOf(one.version ?? NONE), nameOf(one.endpoint, { class: "wrap" }), fault(one.last_error)]))),
      section("Storage", facts("Storage", [["File", nameOf(storage.path, { class: "wrap" })], ["Writing", upOrDown(storage.writing, "yes", "no")],
        ["Size", bytes(storage.file_bytes)], ["Write-ahead log", bytes(storage.wal_bytes)], ["Free inside", bytes(storage.free_bytes)],
        ["Rows written", count(storage.rows_written)], ["Rows deleted", count(storage.rows_deleted)], ["Readings lost", count(storage.frames_dropped)],
        ["Last error", fault(storage.last_error)]]),
        simpleTable("Tiers", ["Tier", ["Rows", "number"], "Oldest", "Newest"],
          storage.tiers.map((tier) => [tier.tier, count(tier.rows), at(tier.oldest), at(tier.newest)]))),
      section("Notifier", facts("Notifier", [["Waiting", count(outbox.waiting)], ["Held back", count(outbox.held)], ["Given up", count(outbox.dropped)]])));
  }
}
