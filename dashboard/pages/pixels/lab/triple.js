// Patch times kernel gives products: three grids in a line that share a cell under the pointer.

import { make, say } from "../../../browser/dom.js";
import { Grid } from "./grid.js";
import { long, unitFor } from "./numbers.js";

const NAMES = ["input", "weights", "products"];

export class Triple {
  onhover = () => {};

  constructor(scale) {
    this.scale = scale;
    this.grids = NAMES.map(() => new Grid((row, column) => this.#hover(row, column)));
    this.name = make("button", { type: "button", cls: "channel" });
    this.sum = make("b");
    this.total = make("div", { cls: "total" }, make("small", { text: "adding up to" }), this.sum);
    this.captions = NAMES.map((text) => make("figcaption", { text }));
    const parts = this.grids.map(({ canvas }, at) => make("figure", {}, this.captions[at], canvas));
    this.element = make(
      "div",
      { cls: "triple" },
      this.name,
      parts[0],
      sign("×"),
      parts[1],
      sign("="),
      parts[2],
      this.total,
    );
  }

  // at: a cell to point at while nobody points, or null.
  paint(given) {
    const { patch, weights, products, outside, kernel, limits, size, name, sum, pick, at } = given;
    Object.assign(this, { kernel, last: given });
    say(this.name, name);
    this.name.disabled = !pick;
    this.name.onclick = pick;
    this.name.title = pick ? "Look at this channel alone" : "";
    say(this.sum, sum ? long(products.reduce((total, part) => total + part, 0)) : "");
    this.element.classList.toggle("alone", !sum);
    const cell = this.hovered ?? at;
    const marked =
      cell === null || cell === undefined ? null : [Math.floor(cell / kernel), cell % kernel];
    const all = [
      [patch, limits.input, outside],
      [weights, limits.weights],
      [products, limits.product, outside],
    ];
    all.forEach(([values, limit, absent], number) => {
      const { factor, named } = unitFor(limit);
      say(this.captions[number], `${NAMES[number]}${named}`);
      this.grids[number].paint({
        values,
        rows: kernel,
        columns: kernel,
        scale: this.scale,
        limit,
        factor,
        size,
        absent,
        marked,
        label: `${name}: ${NAMES[number]}, ${kernel} by ${kernel} numbers`,
      });
    });
  }

  #hover(row, column) {
    this.hovered = row === undefined ? undefined : row * this.kernel + column;
    if (this.last) this.paint(this.last);
    this.onhover(this.hovered);
  }
}

function sign(text) {
  return make("i", { text, cls: "sign" });
}
