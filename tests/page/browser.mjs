// A real Chromium with the page in it, and what every test of the page asks for: no complaint in the console, no
// breach of the policy, no request to another host.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import path from "node:path";

const require = createRequire(process.env.PAGE_MODULES + "/");
const { chromium } = require("playwright-core");

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The first value of `read` that is true.
export async function until(read, what, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await read();
    if (value) return value;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${typeof what === "function" ? await what() : what}`);
    await sleep(50);
  }
}

export class Browser {
  static async start(base) {
    const browser = new Browser();
    browser.base = base;
    browser.complaints = [];
    browser.allowed = () => false; // complaints that a test brings about on purpose
    browser.chromium = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
    return browser;
  }

  async open(hash = "", { dark = false, width = 1280, height = 800 } = {}) {
    const context = await this.chromium.newContext({
      viewport: { width, height }, colorScheme: dark ? "dark" : "light", timezoneId: "Europe/Berlin", locale: "en-GB",
    });
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(`error: ${error.stack ?? error}`));
    page.on("console", (message) => {
      if (message.text().includes("willReadFrequently")) return; // of the pixels that a scenario itself reads back
      if (["error", "warning"].includes(message.type())) this.complaints.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("dialog", (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(this.base + "/")) this.complaints.push(`asked another host: ${request.url()}`);
    });
    await page.goto(this.base + "/" + hash);
    return page;
  }

  async api(path) {
    const answer = await fetch(`${this.base}/api/v1/${path}`);
    assert.equal(answer.status, 200, path);
    return answer.json();
  }

  async close() {
    await this.chromium.close();
    assert.deepEqual(this.complaints.filter((one) => !this.allowed(one)), []);
  }
}

// Runs one scenario of this process' arguments: BASE NAME and words of its own.
export async function main(scenarios) {
  const [base, name, ...words] = process.argv.slice(2);
  const browser = await Browser.start(base);
  try {
    await scenarios[name](browser, ...words);
  } finally {
    await browser.close();
  }
}

// Tells the test that started this process, which goes on when it reads it.
export function say(line) {
  process.stdout.write(line + "\n");
}

export async function shoot(page, name, options = {}) {
  const folder = process.env.SCREENSHOTS;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, name + ".png"), ...options });
}
