// What the address says: "#/containers/7?range=6h" is path ["containers", "7"] and parameters.

export function route() {
  const text = location.hash.replace(/^#\/?/, "");
  const [path, query] = text.split("?", 2);
  return { path: path.split("/").filter(Boolean), parameters: new URLSearchParams(query ?? "") };
}

// The address with these parameters, without a step of the browser's history; "" and null leave one out.
export function keepInAddress(values) {
  const { path, parameters } = route();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "") parameters.delete(name);
    else parameters.set(name, value);
  }
  const query = parameters.toString();
  history.replaceState(null, "", "#/" + path.join("/") + (query ? "?" + query : ""));
}
