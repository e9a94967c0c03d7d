// Where each container's load lines are. The API tells them one container at a time, so only those that
// somebody looks at are asked for, a few at once.

import { ask } from "./api.js";

const AT_ONCE = 3;
const FRESH_MS = 5 * 60000;

class Lines extends EventTarget {
  #known = new Map(); // id to {at, setting}
  #waiting = new Set();
  #asking = 0;

  // The setting as far as it is known; null, and asked for, when it is not.
  of(id) {
    const entry = this.#known.get(id);
    if (!entry || performance.now() - entry.at > FRESH_MS) {
      this.#waiting.add(id);
      this.#go();
    }
    return entry?.setting ?? null;
  }

  known(id) {
    return this.#known.get(id)?.setting ?? null;
  }

  set(id, setting) {
    this.#known.set(id, { at: performance.now(), setting });
    this.dispatchEvent(new CustomEvent("line", { detail: id }));
  }

  async #go() {
    while (this.#asking < AT_ONCE && this.#waiting.size > 0) {
      const [id] = this.#waiting;
      this.#waiting.delete(id);
      ++this.#asking;
      // An answer that fails counts as known for a while: no line is drawn.
      this.#known.set(id, { at: performance.now(), setting: this.known(id) });
      ask(`containers/${id}/resources/alerts`)
        .then((setting) => this.set(id, setting), () => {})
        .finally(() => {
          --this.#asking;
          this.#go();
        });
    }
  }
}

export const lines = new Lines();
