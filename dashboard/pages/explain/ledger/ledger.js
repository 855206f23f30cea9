// A score as a sum: a row a hidden unit, each to be clicked, and what is left, the bias, the sum.
//
// data: {heard, unit, sides: [left, right], how, colours: {up, down}, units, rest, sum, check}; of the
// units each is {unit, share, how, adds}, with the share from -1 to 1 of the longest bar; of the rest
// each is {name, how, adds}. A choice is {unit}.

import { choicesOf } from "../../../browser/choices.js";
import { lay, make, say } from "../../../browser/dom.js";
import { Walk } from "../../../browser/keyboard.js";
import { mounted } from "../../../browser/mount.js";

export default mounted(({ model, el }) => {
  const ledger = new Ledger(model, el);
  model.onChange((data) => ledger.update(data));
  return () => ledger.leave();
});

class Ledger {
  // Kept as they are: a row that is made anew under a pressed pointer is never clicked.
  #rows = new Map();

  constructor(model, parent) {
    this.choices = choicesOf("explain-ledger").join(() => this.#mark(), model);
    this.how = make("span", { cls: "how" });
    this.sides = make("span", { cls: "sides" }, make("span"), make("span"));
    this.head = make(
      "div",
      { cls: "row head", "aria-hidden": "true" },
      make("span", { text: "Unit" }),
      this.sides,
      this.how,
      make("b", { text: "Adds" }),
    );
    this.list = make("ul");
    this.walk = new Walk(this.list, () => [...this.list.querySelectorAll("button")]);
    this.rest = make("ul");
    this.check = make("p", { cls: "check", role: "status" });
    this.root = make("div", { cls: "ledger" }, this.head, this.list, this.rest, this.check);
    parent.append(this.root);
  }

  update(data) {
    this.said = data;
    data.sides.forEach((side, at) => (this.sides.children[at].textContent = side));
    this.how.textContent = data.how;
    this.root.style.setProperty("--up", data.colours.up);
    this.root.style.setProperty("--down", data.colours.down);
    this.list.setAttribute(
      "aria-label",
      "Units that add most. Arrow keys go from one to the next.",
    );
    lay(
      this.list,
      data.units.map((part) => this.#row(part)),
    );
    for (const known of this.#rows.keys())
      if (!data.units.some(({ unit }) => unit === known)) this.#rows.delete(known);
    this.rest.replaceChildren(
      ...[...data.rest, data.sum].map((part) => still(part, part === data.sum)),
    );
    say(this.check, data.check);
    this.#mark();
    // For whoever wants to know from outside which answer is shown.
    this.root.dataset.heard = data.heard;
  }

  leave() {
    this.choices.leave();
    this.root.remove();
  }

  #row({ unit, share, how, adds }) {
    if (!this.#rows.has(unit)) this.#rows.set(unit, this.#made(unit));
    const row = this.#rows.get(unit);
    row.fill.className = share < 0 ? "down" : "up";
    row.fill.style.width = `${50 * Math.abs(share)}%`;
    row.how.textContent = how;
    row.adds.textContent = adds;
    row.button.setAttribute("aria-label", `Unit ${unit} adds ${adds}: ${how}`);
    return row.item;
  }

  #made(unit) {
    const [fill, how, adds] = [make("i"), make("span", { cls: "how" }), make("b")];
    const button = make(
      "button",
      {
        type: "button",
        cls: "row",
        title: `Unit ${unit}: where on the photo it comes from, and what excites it`,
        onclick: () => this.choices.put({ unit }),
      },
      make("span", { text: `Unit ${unit}` }),
      make("i", { cls: "bar", "aria-hidden": "true" }, fill),
      how,
      adds,
    );
    return { item: make("li", {}, button), button, fill, how, adds };
  }

  #mark() {
    const { unit } = this.choices.over(this.said);
    for (const [known, { button }] of this.#rows)
      button.setAttribute("aria-pressed", known === unit);
    this.walk.aim(this.#rows.get(unit)?.button ?? this.list.querySelector("button"));
  }
}

// A row that leads nowhere.
function still({ name, how = "", adds }, sum) {
  return make(
    "li",
    { cls: sum ? "row still sum" : "row still" },
    make("span", { text: name }),
    make("span", { cls: "how", text: how }),
    make("b", { text: adds }),
  );
}
