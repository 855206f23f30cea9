// All methods as chips, grouped by what they cost; one that the network refuses says why.

import { make } from "../../../browser/dom.js";
import { Walk } from "../../../browser/keyboard.js";

const COSTS = { gradient: "Quick", steps: "Many steps", perturbation: "Covers parts" };
const HELP = {
  gradient: "One or two passes through the network",
  steps: "A batch of passes with gradients",
  perturbation: "Many passes with parts of the picture hidden",
};

export class Chips {
  // Kept as they are: a chip that is made anew under a pressed pointer is never clicked.
  #chips = new Map();
  #groups = new Map();

  // toggle: called with the name of a method.
  constructor(toggle) {
    this.toggle = toggle;
    this.note = make("p", { cls: "note", role: "status" });
    const groups = make("div", { cls: "groups" });
    for (const [cost, title] of Object.entries(COSTS)) {
      const group = make(
        "div",
        { cls: "group", role: "group", "aria-label": `${title}: ${HELP[cost]}` },
        make("span", { text: title, title: HELP[cost] }),
      );
      this.#groups.set(cost, group);
      groups.append(group);
    }
    this.element = make(
      "section",
      { cls: "chips", "aria-label": "Methods. Arrow keys go from one to the next." },
      groups,
      this.note,
    );
    this.walk = new Walk(groups, () => [...groups.querySelectorAll("button")]);
  }

  // shown: the names of the methods that have a card.
  update(methods, shown) {
    for (const method of methods) {
      if (!this.#chips.has(method.name)) this.#add(method);
      const { chip } = Object.assign(this.#chips.get(method.name), { method });
      const pressed = shown.includes(method.name);
      chip.classList.toggle("refused", Boolean(method.refusal));
      chip.title = method.refusal || method.sentence;
      chip.setAttribute("aria-pressed", pressed);
      chip.setAttribute("aria-disabled", Boolean(method.refusal && !pressed));
    }
    this.walk.settle();
  }

  #add({ name, title, cost }) {
    const chip = make("button", {
      type: "button",
      cls: "chip",
      text: title,
      tabindex: -1,
      onclick: () => this.#click(name),
    });
    this.#chips.set(name, { chip });
    this.#groups.get(cost).append(chip);
  }

  #click(name) {
    const { chip, method } = this.#chips.get(name);
    this.note.textContent = method.refusal && `${method.title}: ${method.refusal}`;
    if (!method.refusal || chip.getAttribute("aria-pressed") === "true") this.toggle(name);
  }
}
