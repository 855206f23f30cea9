// Asks the server once a second, as long as there is something to wait for.
//
// A server that does not answer is asked less and less often. A page that nobody sees does not
// ask at all, and asks at once when it is seen again.

const EVERY_MS = 1000;
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000];
const PATIENCE_MS = 10_000;

// The lab's routes, also where it is served below a path: this file lies under it as well.
export const API = new URL("../api/", import.meta.url).href;

export class Gone extends Error {}

export async function ask(path) {
  const answer = await fetch(API + path, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (answer.status === 404) throw new Gone(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// path: gives what to ask next. take: gets the answer, gives whether more will come.
// silent: gets how often in a row there was no answer. gone: there is no such thing any more.
export class Pulling {
  #wanted;
  #timer;
  #failures = 0;
  #asking = false;
  #again = false;
  #stopped = false;
  #wake = () => document.hidden || this.now();

  constructor(wanted) {
    this.#wanted = wanted;
    for (const [target, event] of WAKING) target.addEventListener(event, this.#wake);
    this.now();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const [target, event] of WAKING) target.removeEventListener(event, this.#wake);
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
    let answer;
    try {
      answer = await ask(this.#wanted.path());
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
    const more = this.#failures ? true : this.#wanted.take(answer);
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

const WAKING = [
  [document, "visibilitychange"],
  [window, "focus"],
  [window, "online"],
];
