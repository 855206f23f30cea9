// The lab's routes, asked from the browser.

/** Where they are, also where the lab is served below a path: this file lies under it as well. */
export const API = new URL("../api/", import.meta.url).href;

const PATIENCE_MS = 10_000;
const EVERY_MS = 1000;
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000];

/** There is no such thing any more. */
export class Gone extends Error {}

/**
 * @param {string} path below the routes
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 * @throws {Gone} where the lab does not know it (any more), or Error with the reason that it gave
 */
export async function answer(path, options = {}) {
  const found = await fetch(API + path, options);
  if (found.ok) return found;
  const Fault = found.status === 404 ? Gone : Error;
  throw new Fault(await reason(found, path));
}

/** @param {Response} found @param {string} path */
async function reason(found, path) {
  try {
    const { error } = await found.json();
    if (typeof error === "string") return error;
  } catch {
    // The status says enough.
  }
  return `${path}: ${found.status}`;
}

/**
 * An answer in JSON, which has to come within ten seconds.
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function ask(path) {
  return (await answer(path, { signal: AbortSignal.timeout(PATIENCE_MS) })).json();
}

/**
 * @typedef {object} Wanted
 * @property {() => string} path what to ask next
 * @property {(answer: any) => boolean} take gets the answer, gives whether more will come
 * @property {(failures: number) => void} silent gets how often in a row there was no answer
 * @property {() => void} gone there is no such thing any more
 */

/**
 * Asks the server once a second, as long as there is something to wait for.
 *
 * A server that does not answer is asked less and less often. A page that nobody sees does not
 * ask at all, and asks at once when it is seen again.
 */
export class Polling {
  #wanted;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #failures = 0;
  #asking = false;
  #again = false;
  #stopped = false;
  #wake = () => {
    if (!document.hidden) this.now();
  };

  /** @param {Wanted} wanted */
  constructor(wanted) {
    this.#wanted = wanted;
    for (const [target, event] of waking()) target.addEventListener(event, this.#wake);
    this.now();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const [target, event] of waking()) target.removeEventListener(event, this.#wake);
  }

  async now() {
    clearTimeout(this.#timer);
    if (this.#stopped || document.hidden) return;
    if (this.#asking) {
      // What is on its way may be older than the reason to ask.
      this.#again = true;
      return;
    }
    this.#asking = true;
    let answered;
    try {
      answered = await ask(this.#wanted.path());
      this.#failures = 0;
    } catch (error) {
      if (error instanceof Gone) {
        this.stop();
        this.#wanted.gone();
        return;
      }
      this.#failures += 1;
    }
    this.#asking = false;
    if (this.#stopped) return;
    this.#wanted.silent(this.#failures);
    const more = this.#failures ? true : this.#wanted.take(answered);
    const wait = this.#failures
      ? BACK_OFF_MS[Math.min(this.#failures, BACK_OFF_MS.length) - 1]
      : EVERY_MS;
    if (this.#again) {
      this.#again = false;
      this.now();
    } else if (more) {
      this.#timer = setTimeout(() => this.now(), wait);
    }
  }
}

/** @returns {[EventTarget, string][]} */
function waking() {
  return [
    [document, "visibilitychange"],
    [window, "focus"],
    [window, "online"],
  ];
}
