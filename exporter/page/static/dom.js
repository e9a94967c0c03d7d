// Elements out of names, properties and children. Text is always a text node: names and labels of containers
// come from strangers, and no string here is ever read as markup.

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

// A name as it is, but that it cannot turn the writing direction of what stands beside it.
export function nameOf(text, properties) {
  return el("bdi", properties, text);
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
        el("tr", null, cells.map((cell, i) => el("td", { class: names[i][1] }, cell)))))));
}
