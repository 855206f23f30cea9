// How strongly a value answers to each pixel, fetched once the pointer rests.

import { load } from "../../../browser/payload.js";

const REST_MS = 120;

export class Sensitivity {
  said = "";
  #payload = null;
  #wanted = "";
  #timer;

  // input: the checkbox. changed: called when there is something else to draw.
  constructor(input, changed) {
    Object.assign(this, { input, changed });
    input.onchange = changed;
  }

  // The answers of a place, or null while they are not wanted or not here.
  of(place) {
    const wanted = this.input.checked ? JSON.stringify(place) : "";
    if (wanted !== this.#wanted) {
      this.#wanted = wanted;
      this.#payload = null;
      this.said = "";
      clearTimeout(this.#timer);
      if (wanted) this.#timer = setTimeout(() => this.#load(place, wanted), REST_MS);
    }
    return this.#payload;
  }

  async #load({ token, layer, unit, row, column }, wanted) {
    let payload = null;
    try {
      payload = await load(token, "effective", layer, { unit, row, column });
    } catch {
      // As where it has no gradient.
    }
    if (wanted !== this.#wanted) return;
    const [highest] = payload?.head.highest ?? [null];
    this.#payload = highest ? payload : null;
    if (highest) this.said = "Orange is what it answers to there.";
    else this.said = "It is silent there: no pixel changes it a little.";
    this.changed();
  }
}
