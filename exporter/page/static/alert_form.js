// A container's own load lines: shown, and changed where the admin API is on.

import { ask, refusal } from "./api.js";
import { el, setText, timeOf } from "./dom.js";
import { lines } from "./lines.js";
import { live } from "./live.js";
import { moment } from "./units.js";

function numberField(id, label, most) {
  const input = el("input", { id, type: "number", min: "1", max: String(most), step: "any" });
  return [input, el("div", { class: "field" }, el("label", { for: id }, label), input)];
}

// Empty where nothing was set here; then it says what counts instead.
function fill(input, own, inForce) {
  input.value = own ?? "";
  input.placeholder = inForce === null ? "no rule" : `${Math.round(inForce * 10) / 10} by its rules`;
}

// {element, isChanged()}: whether something is written there that is not saved.
export function alertForm(id, setting) {
  const [cpu, cpuField] = numberField("cpu-line", "CPU line, % (100 is one core)", 100000);
  const [memory, memoryField] = numberField("memory-line", "Memory line, % of the limit", 100);
  const enabled = el("input", { type: "checkbox", id: "lines-enabled" });
  const message = el("p", { class: "message", role: "status" });
  const allowed = live.status?.admin_api !== false;
  let shown = setting;
  const show = (now) => {
    shown = now;
    fill(cpu, now.overrides.cpu_threshold, now.cpu_threshold);
    fill(memory, now.overrides.mem_threshold, now.mem_threshold);
    enabled.checked = now.enabled !== false;
    clear.disabled = !allowed || Object.values(now.overrides).every((own) => own === null);
  };
  // What differs from what is shown; an emptied field is cleared.
  const changes = () => {
    const wanted = { cpu_threshold: cpu.value === "" ? null : cpu.valueAsNumber, mem_threshold: memory.value === "" ? null : memory.valueAsNumber };
    const body = Object.fromEntries(Object.entries(wanted).filter(([field, value]) => value !== shown.overrides[field]));
    if (enabled.checked !== (shown.enabled !== false)) body.enabled = enabled.checked;
    return body;
  };
  const put = async (body, told) => {
    try {
      const now = await ask(`containers/${id}/resources/alerts`, { method: "PUT", body });
      lines.set(id, now);
      show(now);
      setText(message, told);
    } catch (fault) {
      setText(message, refusal(fault));
    }
  };
  const save = (event) => {
    event.preventDefault();
    if (form.reportValidity()) put(changes(), "Saved. It counts from the next reading on.");
  };
  const clear = el("button", {
    type: "button",
    click: () => put({ cpu_threshold: null, mem_threshold: null, enabled: null }, "Cleared. Its labels and rules count again."),
  }, "Clear");
  const form = el("form", { class: "settings", novalidate: true, submit: save }, cpuField, memoryField,
    el("label", { class: "check" }, enabled, "watch these lines"),
    el("div", { class: "buttons" }, el("button", { type: "submit", disabled: !allowed }, "Save"), " ", clear), message);
  for (const input of [cpu, memory, enabled]) input.disabled = !allowed;
  show(setting);
  if (!allowed) setText(message, "Read only: changes need --web.enable-admin-api.");
  else if (setting.updated_at) message.append("Last changed ", timeOf(setting.updated_at, moment(setting.updated_at)), ".");
  const isChanged = () => Object.keys(changes()).length > 0 || cpu.validity.badInput || memory.validity.badInput;
  return { element: form, isChanged };
}
