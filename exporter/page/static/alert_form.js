// A container's own load lines: shown, and changed where the admin API is on.

import { ask, refusal } from "./api.js";
import { el, setText, timeOf } from "./dom.js";
import { lines } from "./lines.js";
import { live } from "./live.js";
import { moment } from "./units.js";

function numberField(id, label, value, most) {
  const input = el("input", { id, type: "number", min: "1", max: String(most), step: "any", required: true, value: String(value) });
  return [input, el("div", { class: "field" }, el("label", { for: id }, label), input)];
}

export function alertForm(id, setting) {
  const [cpu, cpuField] = numberField("cpu-line", "CPU line, % (100 is one core)", setting.cpu_threshold, 1000);
  const [memory, memoryField] = numberField("memory-line", "Memory line, % of the limit", setting.mem_threshold, 100);
  const enabled = el("input", { type: "checkbox", id: "lines-enabled" });
  enabled.checked = setting.enabled;
  const message = el("p", { class: "message", role: "status" });
  const save = async (event) => {
    event.preventDefault();
    if (!form.reportValidity()) return;
    try {
      const now = await ask(`containers/${id}/resources/alerts`, {
        method: "PUT",
        body: { cpu_threshold: cpu.valueAsNumber, mem_threshold: memory.valueAsNumber, enabled: enabled.checked },
      });
      lines.set(id, now);
      setText(message, "Saved. It counts from the next reading on.");
    } catch (fault) {
      setText(message, refusal(fault));
    }
  };
  const allowed = live.status?.admin_api !== false;
  const form = el("form", { class: "settings", novalidate: true, submit: save }, cpuField, memoryField,
    el("label", { class: "check" }, enabled, "watch these lines"),
    el("button", { type: "submit", disabled: !allowed }, "Save"), message);
  for (const input of [cpu, memory, enabled]) input.disabled = !allowed;
  if (!allowed) setText(message, "Read only: changes need --web.enable-admin-api.");
  else if (setting.updated_at) message.append("Last changed ", timeOf(setting.updated_at, moment(setting.updated_at)), ".");
  return form;
}
