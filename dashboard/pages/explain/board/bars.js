// The likeliest classes as bars: one is explained, another may be set against it.

import { lay, make, say } from "../../../browser/dom.js";
import { minus } from "../../../browser/format.js";

export class Bars {
  // Kept as they are: a bar that is made anew under a pressed pointer is never clicked.
  #rows = new Map();

  // aim: called with (index, against); null as index takes the predicted class.
  constructor(aim) {
    this.aim = aim;
    this.label = make("b");
    this.back = make("button", {
      type: "button",
      cls: "back",
      text: "Back to the answer",
      onclick: () => this.aim(null, null),
    });
    this.said = make("p", { cls: "asked", role: "status" }, "Explained: ", this.label);
    this.list = make("ul", { "aria-label": "The network's best guesses" });
    this.element = make(
      "section",
      { cls: "bars" },
      make("div", { cls: "head" }, this.said, this.back),
      this.list,
    );
  }

  update(data) {
    this.data = data;
    const { index, against, predicted, rows, label } = data;
    say(this.label, label);
    this.back.hidden = index === predicted && against === null;
    lay(
      this.list,
      rows.map((row) => this.#row(row, index, against)),
    );
    for (const known of this.#rows.keys())
      if (!rows.some((row) => row.index === known)) this.#rows.delete(known);
  }

  #row(row, index, against) {
    if (!this.#rows.has(row.index)) this.#rows.set(row.index, this.#made(row.index));
    const { item, aim, versus, name, fill, said } = this.#rows.get(row.index);
    Object.assign(fill.style, { width: `${100 * row.probability}%`, background: row.colour });
    name.textContent = row.label;
    said.textContent = row.said;
    aim.title = `Explain ${row.label}; its logit is ${minus(`${row.logit}`)}`;
    aim.setAttribute("aria-pressed", row.index === index);
    const off = row.index === against;
    versus.title = off
      ? "End the contrast"
      : `Why not ${row.label}? Explains the difference of the two`;
    versus.setAttribute("aria-label", `and not ${row.label}`);
    versus.setAttribute("aria-pressed", off);
    versus.disabled = index === null || row.index === index;
    return item;
  }

  #made(index) {
    const [name, said, fill] = [make("span"), make("b"), make("i")];
    const aim = make(
      "button",
      { type: "button", cls: "aim", onclick: () => this.aim(index, null) },
      name,
      make("i", { cls: "bar", "aria-hidden": "true" }, fill),
      said,
    );
    const versus = make("button", {
      type: "button",
      cls: "versus",
      text: "and not",
      onclick: () => this.#contrast(index),
    });
    return { item: make("li", {}, aim, versus), aim, versus, name, fill, said };
  }

  #contrast(index) {
    this.aim(this.data.index, this.data.against === index ? null : index);
  }
}
