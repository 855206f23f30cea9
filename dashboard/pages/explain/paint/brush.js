// What is painted over the photo: cells of a coarse raster, by brush or as a square that is dragged.

import { make } from "../../../browser/dom.js";

// The lab takes no finer one; a network's input is seldom smaller.
const FINEST = 56;

export class Brush {
  size = 1;
  #side = 1;
  #last = null;
  #at = { row: 0, column: 0 };

  // changed: called after every stroke.
  constructor(changed) {
    this.changed = changed;
    this.mask = new Uint8Array(1);
    this.how = make("div", { cls: "segments", role: "group", "aria-label": "What to paint with" });
    this.modes = ["Occluder", "Brush", "Eraser"].map((mode) =>
      make("button", {
        type: "button",
        text: mode,
        "aria-pressed": mode === "Occluder",
        onclick: () => this.#choose(mode),
      }),
    );
    this.how.append(...this.modes);
    this.wide = make("input", {
      type: "range",
      min: 4,
      max: 60,
      step: 2,
      "aria-label": "Size in percent of the picture",
    });
    this.wide.value = 26;
    this.clear = make("button", { type: "button", text: "Clear", onclick: () => this.#clear() });
    this.element = make(
      "div",
      { cls: "tools" },
      this.how,
      make("label", {}, "Size", this.wide),
      this.clear,
    );
  }

  get mode() {
    return this.modes.find((button) => button.getAttribute("aria-pressed") === "true").textContent;
  }

  get count() {
    return this.mask.reduce((sum, cell) => sum + cell, 0);
  }

  get share() {
    return this.count / this.mask.length;
  }

  get cursor() {
    return { ...this.#at, wide: (Number(this.wide.value) / 100) * this.#side };
  }

  // side: of the picture in pixels.
  fits(side) {
    this.#side = side;
    this.size = Math.min(side, FINEST);
    this.mask = new Uint8Array(this.size ** 2);
    this.#at = { row: side / 2, column: side / 2 };
  }

  begin(place) {
    this.#last = place;
    this.#stroke(place);
  }

  move(place) {
    this.#at = { row: place.row + 0.5, column: place.column + 0.5 };
    if (!this.#last) return;
    // A fast pointer leaves gaps, which a brush fills.
    const steps = Math.max(
      1,
      Math.abs(place.row - this.#last.row),
      Math.abs(place.column - this.#last.column),
    );
    const first = this.mode === "Occluder" ? steps : 1;
    const before = this.mask.slice();
    for (let step = first; step <= steps; step++) {
      this.#stamp(
        this.#last.row + ((place.row - this.#last.row) * step) / steps + 0.5,
        this.#last.column + ((place.column - this.#last.column) * step) / steps + 0.5,
      );
    }
    this.#last = place;
    if (before.some((cell, at) => cell !== this.mask[at])) this.changed();
  }

  end() {
    this.#last = null;
  }

  // Gives whether the key meant the brush.
  key(event) {
    const steps = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      " ": [0, 0],
    };
    const step = steps[event.key];
    if (!step) return false;
    event.preventDefault();
    const far = Math.max(1, this.#side / 32);
    const within = (at) => Math.max(0.5, Math.min(this.#side - 0.5, at));
    this.#at = {
      row: within(this.#at.row + far * step[0]),
      column: within(this.#at.column + far * step[1]),
    };
    if (event.key === " " || (this.mode === "Occluder" && this.count)) {
      this.#stamp(this.#at.row, this.#at.column);
      this.changed();
    }
    return true;
  }

  // Hatches what is painted over; the colour that the network gets there is the lab's business.
  cover({ data, width }) {
    for (let row = 0; row < width; row++) {
      for (let column = 0; column < width; column++) {
        const cell =
          Math.floor((row * this.size) / width) * this.size +
          Math.floor((column * this.size) / width);
        if (!this.mask[cell]) continue;
        const stripe = (row + column) % 4 < 2 ? 70 : 110;
        data.fill(stripe, 4 * (row * width + column), 4 * (row * width + column) + 3);
      }
    }
  }

  #choose(mode) {
    for (const button of this.modes)
      button.setAttribute("aria-pressed", button.textContent === mode);
  }

  #clear() {
    this.mask.fill(0);
    this.changed();
  }

  #stroke({ row, column }) {
    this.#at = { row: row + 0.5, column: column + 0.5 };
    this.#stamp(row + 0.5, column + 0.5);
    this.changed();
  }

  // The occluder is one square, wherever it is; the brush and the eraser leave a trace.
  #stamp(row, column) {
    const scale = this.size / this.#side;
    const half = (this.cursor.wide * scale) / 2;
    const square = this.mode === "Occluder";
    if (square) this.mask.fill(0);
    for (let down = 0; down < this.size; down++) {
      for (let along = 0; along < this.size; along++) {
        const [y, x] = [down + 0.5 - row * scale, along + 0.5 - column * scale];
        const inside = square
          ? Math.abs(x) <= half && Math.abs(y) <= half
          : Math.hypot(x, y) <= Math.max(half, 0.5);
        if (inside) this.mask[down * this.size + along] = this.mode === "Eraser" ? 0 : 1;
      }
    }
  }
}
