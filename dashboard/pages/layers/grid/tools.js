// What can be chosen about the grid. Range and contrast stay while the browser's tab is open.

import { make } from "../../../browser/dom.js";
import { MEANINGS, ORDERS } from "./order.js";

const REMEMBERED = "alexnet-lab-maps";

const RANGES = { unit: "Each", layer: "Layer", network: "Network" };
const RANGE_MEANINGS = {
  unit: "The scale of each map ends at its own largest value",
  layer: "One scale for all maps of this layer",
  network: "One scale for all layers of the network",
};
const VIEWS = { maps: "Maps", filters: "Filters" };
const VIEW_MEANINGS = {
  maps: "What the layer makes of this picture",
  filters: "The weights that it learned, whatever the picture",
};

export class Tools {
  range = "unit";
  contrast = 1;

  // changed: called with what was chosen: {view}, {sort}, {range} or {contrast}. save: the picture.
  constructor(changed, save) {
    Object.assign(this, remembered());
    this.views = choice("View", VIEWS, VIEW_MEANINGS, (view) => changed({ view }));
    this.sort = sorter((sort) => changed({ sort }));
    this.ranges = choice("Range", RANGES, RANGE_MEANINGS, (range) =>
      this.#keep({ range }, changed),
    );
    this.ranges.show(this.range);
    const slider = make("input", {
      type: "range",
      min: 1,
      max: 4,
      step: 0.25,
      value: this.contrast,
    });
    slider.oninput = () => this.#keep({ contrast: Number(slider.value) }, changed);
    const lift = labelled("Contrast", slider);
    lift.title = "Lifts what is faint";
    const png = make("button", {
      type: "button",
      text: "PNG",
      title: "The grid as a picture",
      onclick: save,
    });
    this.element = make(
      "div",
      { cls: "tools" },
      this.views.element,
      this.sort.element,
      this.ranges.element,
      lift,
      png,
    );
  }

  // data: as the grid got it. rgb: whether colours are the picture's own, which have no range.
  show({ view, views, sort }, rgb) {
    this.views.show(view);
    this.views.element.hidden = views.length < 2;
    this.sort.show(sort);
    this.ranges.element.hidden = rgb;
    this.element.querySelector('[type="range"]').closest("label").hidden = rgb;
  }

  #keep(choice, changed) {
    Object.assign(this, choice);
    sessionStorage.setItem(
      REMEMBERED,
      JSON.stringify({ range: this.range, contrast: this.contrast }),
    );
    changed(choice);
  }
}

function remembered() {
  try {
    const { range, contrast } = JSON.parse(sessionStorage.getItem(REMEMBERED)) ?? {};
    return range in RANGES && contrast >= 1 && contrast <= 4 ? { range, contrast } : {};
  } catch {
    return {};
  }
}

// Radio buttons side by side.
function choice(label, options, meanings, chosen) {
  const element = make("fieldset", {}, make("legend", { text: label }));
  const name = `${label}-${Math.random()}`;
  const inputs = Object.entries(options).map(([value, text]) => {
    const input = make("input", { type: "radio", name, value, onchange: () => chosen(value) });
    element.append(make("label", { title: meanings[value] }, input, make("span", { text })));
    return input;
  });
  const show = (value) => inputs.forEach((input) => (input.checked = input.value === value));
  return { element, show };
}

function sorter(chosen) {
  const options = Object.entries(ORDERS).map(([value, text]) => new Option(text, value));
  const select = make("select", {}, ...options);
  select.onchange = () => chosen(select.value);
  const show = (value) => {
    select.value = value;
    select.title = MEANINGS[value];
  };
  return { element: labelled("Sort by", select), show };
}

function labelled(text, input) {
  return make("label", {}, make("span", { text }), input);
}
