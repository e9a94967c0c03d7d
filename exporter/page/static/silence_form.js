// Making a silence, by hand or from an alert.

import { ask, refusal } from "./api.js";
import { el, setText } from "./dom.js";
import { live } from "./live.js";

const HOURS = [["1", "1 hour"], ["4", "4 hours"], ["24", "1 day"], ["168", "1 week"]];

// name="value", name!="value", name=~"regex", name!~"regex"; the quotes may be left out. Throws with what is wrong.
export function parseMatcher(line) {
  const found = /^\s*([^\s=!~]+)\s*(=~|!~|!=|=)\s*(.*?)\s*$/.exec(line);
  if (!found) throw new Error(`“${line.trim()}” is no matcher: write name=value, name!=value, name=~regex or name!~regex.`);
  const [, name, operator, written] = found;
  let value = written;
  if (/^".*"$/.test(written)) {
    try {
      value = JSON.parse(written);
    } catch {
      throw new Error(`In “${line.trim()}” the quoted text is broken: write \\\\ for a backslash and \\" for a quote.`);
    }
  }
  return { name, value, is_regex: operator.endsWith("~"), is_equal: operator.startsWith("=") };
}

// What names this alert and no other of another rule or container. One that is pending has no labels yet.
export function matchersOf(alert) {
  const wanted = { alertname: alert.labels.alertname || alert.rule, name: alert.labels.name || alert.container_name };
  return Object.entries(wanted).filter(([, value]) => value).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
}

// {element, propose(alert), allow(bool)}; `made` is called after a silence was made.
export function silenceForm(made) {
  const matchers = el("textarea", { id: "silence-matchers", rows: "2", spellcheck: "false", placeholder: 'alertname="ContainerCpuHigh"\nname=~"web-.*"' });
  const hours = el("select", { id: "silence-hours" }, HOURS.map(([value, text]) => el("option", { value }, text)));
  const comment = el("input", { id: "silence-comment", maxlength: "1024", autocomplete: "off" });
  const by = el("input", { id: "silence-by", maxlength: "1024", autocomplete: "name" });
  const button = el("button", { type: "submit" }, "Silence");
  const message = el("p", { class: "message", role: "status", id: "silence-message" });
  const field = (label, input) => el("div", { class: "field" }, el("label", { for: input.id }, label), input);

  const submit = async (event) => {
    event.preventDefault();
    try {
      const wanted = matchers.value.split("\n").filter((line) => line.trim()).map(parseMatcher);
      if (wanted.length === 0) throw new Error("Say which alerts: one matcher a line, such as name=web-1.");
      const ends = new Date(Date.now() + Number(hours.value) * 3600000).toISOString();
      const silence = await ask("silences", { method: "POST", body: { matchers: wanted, ends_at: ends, comment: comment.value, created_by: by.value } });
      setText(message, `Silence ${silence.id} is made.`);
      matchers.value = "";
      comment.value = "";
      live.refreshAlerts();
      made();
    } catch (fault) {
      setText(message, fault.status === undefined ? fault.message : refusal(fault));
    }
  };
  const element = el("details", { class: "silence" }, el("summary", null, "New silence"),
    el("form", { class: "settings", id: "silence-form", submit },
      field("Alerts with all of these labels, one a line", matchers), field("For", hours), field("Comment", comment), field("By", by), button),
    message);
  return {
    element,
    propose(alert) {
      element.open = true;
      matchers.value = matchersOf(alert).join("\n");
      comment.focus();
    },
    allow(yes) {
      button.disabled = !yes;
      if (!yes) setText(message, "Read only: silences need --web.enable-admin-api.");
    },
  };
}
