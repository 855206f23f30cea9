// What can be chosen about a chart. It is remembered while the browser's tab is open.

import { make } from "../../../browser/dom.js";

const REMEMBERED = "alexnet-lab-chart";
const AXES = { step: "Step", epoch: "Epoch", time: "Time" };

export class Tools {
  axis = "step";
  weight = 0.9;
  logarithmic = false;

  constructor(changed, actions) {
    Object.assign(this, remembered());
    this.element = make(
      "div",
      { cls: "lab-live-tools" },
      this.#axes(changed),
      this.#smoothing(changed),
      this.#logarithm(changed),
      this.#actions(actions),
    );
  }

  // Where the tables of the shown runs are.
  set table({ href, name }) {
    Object.assign(this.element.querySelector("a"), { href, download: name });
  }

  #axes(changed) {
    const group = make("fieldset", {}, make("legend", { text: "From left to right" }));
    // Radio buttons of one name are one group, and a page may have several charts.
    const name = `axis-${Math.random()}`;
    for (const [value, text] of Object.entries(AXES)) {
      const input = make("input", { type: "radio", name, value, checked: value === this.axis });
      input.onchange = () => this.#choose({ axis: value }, changed);
      group.append(labelled(input, text));
    }
    return group;
  }

  #smoothing(changed) {
    const input = make("input", {
      type: "range",
      min: 0,
      max: 0.98,
      step: 0.02,
      value: this.weight,
    });
    input.oninput = () => this.#choose({ weight: Number(input.value) }, changed);
    const label = labelled(input, "Smoothing");
    label.title = "Every step stays visible behind the smooth line";
    return label;
  }

  #logarithm(changed) {
    const input = make("input", { type: "checkbox", checked: this.logarithmic });
    input.onchange = () => this.#choose({ logarithmic: input.checked }, changed);
    const label = labelled(input, "Log scale");
    label.title = "For loss and learning rate";
    return label;
  }

  #actions({ reset, picture }) {
    return make(
      "div",
      { cls: "lab-live-actions" },
      make("button", { type: "button", text: "Reset zoom", onclick: reset }),
      make("a", { text: "CSV", title: "Every figure of every step as a table" }),
      make("button", {
        type: "button",
        text: "PNG",
        title: "The chart as a picture",
        onclick: picture,
      }),
    );
  }

  #choose(choice, changed) {
    Object.assign(this, choice);
    const { axis, weight, logarithmic } = this;
    sessionStorage.setItem(REMEMBERED, JSON.stringify({ axis, weight, logarithmic }));
    changed();
  }
}

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(REMEMBERED)) ?? {};
  } catch {
    return {};
  }
}

function labelled(input, text) {
  return make("label", {}, input, make("span", { text }));
}
