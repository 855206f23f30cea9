// What moves by itself: it plays, is held while a hand is on it, and goes on afterwards.

const PATIENCE_MS = 900;

export class Sweep {
  #timer = null;
  #resume = null;
  #held = false;

  // step: goes one place on. changed: says that it plays or has stopped.
  constructor(step, changed) {
    this.step = step;
    this.changed = changed;
    this.playing = false;
    this.every = 200;
  }

  // Nothing moves by itself where a person asked their system for less motion.
  static wanted() {
    return !matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  play() {
    this.playing = true;
    this.#held = false;
    this.#schedule();
    this.changed();
  }

  pause() {
    this.playing = false;
    this.#held = false;
    clearTimeout(this.#resume);
    clearTimeout(this.#timer);
    this.changed();
  }

  hold() {
    clearTimeout(this.#resume);
    if (this.#held) return;
    this.#held = true;
    clearTimeout(this.#timer);
    this.changed();
  }

  release() {
    clearTimeout(this.#resume);
    this.#resume = setTimeout(() => {
      this.#held = false;
      if (this.playing) this.#schedule();
      this.changed();
    }, PATIENCE_MS);
  }

  get moving() {
    return this.playing && !this.#held;
  }

  #schedule() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.moving) return;
      // A page that nobody sees waits.
      if (!document.hidden) this.step();
      this.#schedule();
    }, this.every);
  }
}
