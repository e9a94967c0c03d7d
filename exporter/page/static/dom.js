// Elements out of names, properties and children. Text is always a text node: names and labels of containers
// come from strangers, and no string here is ever read as markup.

import { shortName } from "./units.js";

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function el(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

// Touches the page only when there is something new to see.
export function setText(element, text) {
  if (element.shownText === text) return;
  element.shownText = text;
  element.textContent = text;
}

export function setClass(element, name) {
  if (element.className !== name) element.className = name;
}

// A name as it is, but that it cannot turn the writing direction of what stands beside it. A name of 64 digits, as an
// engine's id is, is told by its first twelve; the title has all.
export function nameOf(text, properties) {
  const short = shortName(text);
  return el("bdi", short === text ? properties : { title: text, ...properties }, short);
}

export function timeOf(when, text) {
  return el("time", { datetime: when, title: when }, text);
}

// headers: texts, or [text, class]. rows: arrays of cells.
export function simpleTable(caption, headers, rows, properties) {
  const names = headers.map((header) => (Array.isArray(header) ? header : [header, null]));
  return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    el("table", { class: "simple", ...properties },
      el("caption", { class: "unseen" }, caption),
      el("thead", null, el("tr", null, names.map(([text, kind]) => el("th", { scope: "col", class: kind }, text)))),
      el("tbody", null, rows.map((cells) =>
        el("tr", null, cells.map((cell, i) => el("td", { class: names[i][1], data: { label: names[i][0] } }, cell)))))));
}

// Whether somebody stands on something in `place` that would leave under the keyboard.
export function isInUse(place) {
  const active = document.activeElement;
  return place.contains(active) && active.matches("a, button, input, select, textarea, summary");
}

// Puts new tables in the place of the old ones: how far they were scrolled stays, and so does the focus.
export function redraw(place, ...children) {
  const before = [...place.querySelectorAll(".scroll")];
  const scrolled = before.map((table) => table.scrollLeft);
  const focused = before.indexOf(document.activeElement);
  place.replaceChildren(...children);
  const after = [...place.querySelectorAll(".scroll")];
  after.forEach((table, i) => { table.scrollLeft = scrolled[i] ?? 0; });
  after[focused]?.focus({ preventScroll: true });
}
