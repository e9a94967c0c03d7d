// The page: shows the view that the address names.

import { AlertsView } from "./alerts.js";
import { ContainerView } from "./container.js";
import { ContainersView } from "./containers.js";
import { el } from "./dom.js";
import { connectionMark, firingCount, hostStrip, newsBoard } from "./host.js";
import { live } from "./live.js";
import { route } from "./route.js";
import { StatusView } from "./status.js";
import { TopView } from "./top.js";

const root = document.getElementById("view");
let shown = null;

function viewOf(path, place) {
  const [first, second] = path;
  if (path.length === 0) return ["containers", new ContainersView(place)];
  if (first === "containers" && /^[1-9][0-9]{0,9}$/.test(second ?? "") && path.length === 2) return ["containers", new ContainerView(place, Number(second))];
  if (first === "alerts" && path.length === 1) return ["alerts", new AlertsView(place)];
  if (first === "top" && path.length === 1) return ["top", new TopView(place)];
  if (first === "status" && path.length === 1) return ["status", new StatusView(place)];
  place.append(el("h1", null, "Nothing is here"), el("p", null, el("a", { href: "#/" }, "All containers")));
  return [null, { title: "Nothing is here", close() {} }];
}

function show() {
  const { path } = route();
  const first = shown === null;
  shown?.close();
  const place = el("div", { class: "view" });
  root.replaceChildren(place);
  const [name, view] = viewOf(path, place);
  shown = view;
  titleTab();
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!first) {
    // A reader hears the new view, not what is left of the old one.
    root.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

// "(2) Alerts – web-7 – Plimsoll": which of many tabs this is, and whether something fires there.
function titleTab() {
  const firing = Number(document.documentElement.dataset.firing ?? 0);
  const words = [shown.title, live.status?.host_name, "Plimsoll"].filter(Boolean);
  document.title = (firing > 0 ? `(${firing}) ` : "") + words.join(" – ");
}

function keyPressed(event) {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const filter = document.getElementById("filter");
    if (filter) {
      event.preventDefault();
      filter.focus();
    }
  }
}

addEventListener("hashchange", show);
addEventListener("keydown", keyPressed);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address is the view's
  root.focus();
});
hostStrip(document.getElementById("host"));
connectionMark(document.getElementById("connection"), document.getElementById("banner"));
firingCount(document.getElementById("firing"));
newsBoard(document.getElementById("notices"), document.getElementById("announcer"));
show();
for (const name of ["alerts", "containers", "status"]) live.addEventListener(name, titleTab);
live.addEventListener("status", () => document.querySelector(".brand").setAttribute("title", live.status.host_name));
live.begin();
