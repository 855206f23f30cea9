// What a person chose, kept until the page has heard of it: one protocol for all parts.
//
// The page answers to one message after the other, and of several that come quickly it may get
// only the last; an answer may also come late, to something chosen before. So every choice has a
// number, each message repeats in order all that has not been heard yet, the page's data name the
// last number heard (`heard`), and what is newer is laid over the data. A message that nobody
// answered to is said again once the page's script stands still. dashboard/browser/choices.py is
// the other side.

// How long the page's script has to stand still before a choice counts as not heard.
const FIRST_MS = 2000;
const LONGEST_MS = 30_000;
// Of those that were heard, as some part may still show data from before.
const KEPT = 64;

/** @typedef {Record<string, unknown>} Choice such as {opened: "lime"} */
/** @typedef {[number, Choice][]} Message */
/** @typedef {{ heard: number }} Heard */

/** Whether the page's script runs now: then its answer is still to come. */
function running() {
  const app = document.querySelector("[data-test-script-state]");
  const state = app?.getAttribute("data-test-script-state");
  return state === "running" || state === "rerunRequested";
}

/** The choices of one page, shared by all its parts. */
export class Choices {
  /** @type {{ number: number, what: Choice, sent: boolean }[]} */
  #made = [];
  #heard = 0;
  // Time of day, so that a page that is loaded anew in the same session counts on.
  #last = Date.now();
  /** @type {Set<Part>} */
  #parts = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #repeating;
  #patience = FIRST_MS;

  /** @param {() => boolean} [busy] whether the page's script runs */
  constructor(busy = running) {
    this.busy = busy;
  }

  /**
   * @param {() => void} changed called when something is chosen in any part of the page
   * @param {{ trigger: (name: string, value: unknown) => void } | null} [model] of the part, where
   *   it carries choices to the page as the trigger "choices"
   */
  join(changed, model = null) {
    const send = model && ((/** @type {Message} */ said) => model.trigger("choices", said));
    const part = new Part(this, changed, send);
    this.#parts.add(part);
    if (this.#waiting().length) this.#repeatLater();
    return part;
  }

  /** @param {Part} part */
  leave(part) {
    this.#parts.delete(part);
  }

  /** @param {Choice} what @param {number} after @param {Part} by */
  put(what, after, by) {
    const before = this.#made.at(-1);
    // Of choices that follow one another faster than they settle the last one counts.
    if (before && !before.sent && names(before.what) === names(what)) this.#made.pop();
    this.#last += 1;
    this.#made.push({ number: this.#last, what, sent: false });
    for (const part of this.#parts) part.changed();
    clearTimeout(this.#settling);
    this.#patience = FIRST_MS;
    if (after) this.#settling = setTimeout(() => this.#send(by), after);
    else this.#send(by);
  }

  /** @param {number} heard */
  hear(heard) {
    this.#last = Math.max(this.#last, heard);
    if (heard <= this.#heard) return;
    this.#heard = heard;
    const waiting = this.#waiting();
    if (!waiting.length) clearTimeout(this.#repeating);
    const old = this.#made.length - waiting.length - KEPT;
    if (old > 0) this.#made.splice(0, old);
  }

  /** The page was begun anew: it knows nothing of what was heard before, and shows what it shows. */
  restart() {
    this.#made = this.#waiting();
    this.#heard = 0;
  }

  /** @param {number} heard @returns {Choice[]} */
  since(heard) {
    return this.#made.filter(({ number }) => number > heard).map(({ what }) => what);
  }

  #waiting() {
    return this.#made.filter(({ number }) => number > this.#heard);
  }

  /** @param {Part | null} by */
  #send(by) {
    const carrier =
      by?.send && this.#parts.has(by) ? by : [...this.#parts].find(({ send }) => send);
    const waiting = this.#waiting();
    if (!carrier?.send || !waiting.length) return;
    for (const one of waiting) one.sent = true;
    carrier.send(waiting.map(({ number, what }) => [number, what]));
    this.#repeatLater();
  }

  #repeatLater() {
    clearTimeout(this.#repeating);
    this.#repeating = setTimeout(() => {
      if (!this.#waiting().some(({ sent }) => sent)) return;
      if (this.busy()) {
        this.#repeatLater();
        return;
      }
      this.#patience = Math.min(2 * this.#patience, LONGEST_MS);
      this.#send(null);
    }, this.#patience);
  }
}

/** @param {Choice} what */
function names(what) {
  return Object.keys(what).join();
}

/** A part of the page that makes choices or shows them. */
class Part {
  #heard = 0;

  /**
   * @param {Choices} choices
   * @param {() => void} changed
   * @param {((message: Message) => void) | null} send
   */
  constructor(choices, changed, send) {
    this.choices = choices;
    this.changed = changed;
    this.send = send;
  }

  /**
   * Shown at once everywhere; the page hears of it.
   * @param {Choice} what
   * @param {{ after?: number }} [when] milliseconds in which it may still change
   */
  put(what, { after = 0 } = {}) {
    this.choices.put(what, after, this);
  }

  /**
   * What the page says, with all choices laid over that it knew nothing of.
   * @template {Heard} Data
   * @param {Data} data
   * @returns {Data}
   */
  over(data) {
    if (data.heard < this.#heard) this.choices.restart();
    this.#heard = data.heard;
    this.choices.hear(data.heard);
    return Object.assign({}, data, ...this.choices.since(data.heard));
  }

  /**
   * Whether a choice of that name is on its way.
   * @param {string} name
   */
  waits(name) {
    return this.choices.since(this.#heard).some((what) => name in what);
  }

  leave() {
    this.choices.leave(this);
  }
}

/** @type {Map<string, Choices>} */
const known = new Map();

/**
 * Those of a page or of one of its parts, by name.
 * @param {string} name
 * @returns {Choices}
 */
export function choicesOf(name) {
  const found = known.get(name) ?? new Choices();
  known.set(name, found);
  return found;
}
