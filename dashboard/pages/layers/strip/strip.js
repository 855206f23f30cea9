// Every layer as a thumbnail of its strongest map, block by block; one stop of the Tab key.
//
// data: {heard, token, layer, kinds}. A choice is {layer, unit: null, kind, flat}, where the last two
// are facts of the layer. trigger "gone": the pass is not kept any more.

import { Gone } from "../../../browser/api.js";
import { choicesOf } from "../../../browser/choices.js";
import { palette } from "../../../browser/colours.js";
import { make } from "../../../browser/dom.js";
import { Walk } from "../../../browser/keyboard.js";
import { mounted } from "../../../browser/mount.js";
import { load } from "../../../browser/payload.js";

const LOOK_MS = 60;
const AGAIN_MS = 5000;

export default mounted(({ model, el }) => {
  const strip = new Strip(model, el);
  model.onChange(() => strip.update());
  return () => strip.leave();
});

class Strip {
  #timer;
  #gone = -AGAIN_MS;

  constructor(model, parent) {
    this.model = model;
    this.choices = choicesOf("layers").join(() => this.#mark(), model);
    this.root = make("div", { cls: "strip", role: "group", "aria-label": "Layers" });
    this.walk = new Walk(this.root, () => [...this.root.querySelectorAll("button")], beside);
    parent.append(this.root);
  }

  update() {
    const before = this.token;
    this.token = this.model.data.token;
    if (before !== this.token) this.#load();
    else this.#mark();
  }

  leave() {
    clearTimeout(this.#timer);
    this.choices.leave();
    this.root.remove();
  }

  async #load() {
    const { token } = this;
    try {
      const payload = await load(token, "strip", "all");
      if (this.token !== token) return;
      this.#build(payload);
    } catch (error) {
      if (!(error instanceof Gone) || this.token !== token) return;
      // Whatever the page says next is loaded, also under the same name.
      this.token = "";
      if (performance.now() - this.#gone < AGAIN_MS) return;
      this.#gone = performance.now();
      this.model.trigger("gone", token);
    }
  }

  #build({ head, bytes }) {
    const focused = this.root.contains(this.root.getRootNode().activeElement);
    const blocks = new Map();
    let start = 0;
    for (const layer of head.layers) {
      const [height, width] = layer.size;
      const block = layer.name.match(/\d+$/)?.[0] ?? "between";
      if (!blocks.has(block)) blocks.set(block, make("div", { cls: "block" }));
      blocks
        .get(block)
        .append(this.#button(layer, bytes.subarray(start, start + height * width), head));
      start += height * width;
    }
    this.root.replaceChildren(...blocks.values());
    this.root.dataset.token = this.token;
    this.#mark();
    if (focused) this.#chosen()?.focus();
  }

  #button(layer, levels, { colours }) {
    const [height, width] = layer.size;
    const canvas = make("canvas", { width, height });
    if (layer.lowest !== null) {
      const context = canvas.getContext("2d");
      const image = context.createImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      const table = palette(colours).levels(layer.lowest, layer.highest, layer.limit, 1);
      levels.forEach((level, at) => (pixels[at] = table[level]));
      context.putImageData(image, 0, 0);
    }
    const kind = this.model.data.kinds[layer.kind];
    const button = make(
      "button",
      {
        type: "button",
        tabIndex: -1,
        "data-layer": layer.name,
        title: `${layer.name}: ${kind}, ${layer.shape.join(" × ")}`,
        onclick: () => this.#pick(layer),
      },
      canvas,
      make("span", { text: layer.name }),
    );
    // What may be asked for next is on its way before the click.
    button.onpointerenter = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => load(this.token, "maps", layer.name).catch(() => {}), LOOK_MS);
    };
    button.onpointerleave = () => clearTimeout(this.#timer);
    return button;
  }

  // The page keeps the unit, or takes the strongest.
  #pick({ name, kind, shape }) {
    this.choices.put({ layer: name, unit: null, kind, flat: shape.length === 1 });
  }

  #chosen() {
    return this.walk.buttons().find((button) => button.getAttribute("aria-pressed") === "true");
  }

  #mark() {
    const { layer } = this.choices.over(this.model.data);
    const buttons = this.walk.buttons();
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.layer === layer));
    }
    this.walk.aim(this.#chosen() ?? buttons[0]);
  }
}

// Up and down go to the block before or behind, to the same place in it.
function beside(buttons, at) {
  const row = buttons[at].closest(".block");
  const place = [...row.children].indexOf(buttons[at]);
  const across = (block) => {
    const { children } = block ?? { children: [] };
    return buttons.indexOf(children[Math.min(place, children.length - 1)]);
  };
  return {
    ahead: at + 1,
    back: at - 1,
    below: across(row.nextElementSibling),
    above: across(row.previousElementSibling),
    first: 0,
    last: buttons.length - 1,
  };
}
