// Every layer as a thumbnail of its strongest map, block by block; one stop of the Tab key.
//
// data: {token, layer, kinds}. trigger "picked": a layer's name. trigger "gone": the pass is not
// kept any more.

import { tell } from "../../../browser/bus.js";
import { palette } from "../../../browser/palette.js";
import { Gone, load } from "../../../browser/payload.js";

const LOOK_MS = 60;
const AGAIN_MS = 5000;

const strips = new WeakMap();

export default function layerStrip({ data, parentElement, setTriggerValue }) {
  if (!strips.has(parentElement)) strips.set(parentElement, new Strip(parentElement));
  const strip = strips.get(parentElement);
  const turn = strip.update(data, setTriggerValue);
  return () => strip.turn === turn && strip.leave();
}

class Strip {
  turn = 0;
  #timer;
  #gone = -AGAIN_MS;

  constructor(parent) {
    this.parent = parent;
    this.root = document.createElement("div");
    this.root.className = "strip";
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Layers");
    this.root.onkeydown = (event) => this.#key(event);
    parent.append(this.root);
  }

  update(data, trigger) {
    const other = this.data?.token !== data.token;
    Object.assign(this, { data, trigger });
    if (other) this.#load();
    else this.#mark();
    this.turn += 1;
    return this.turn;
  }

  leave() {
    clearTimeout(this.#timer);
    this.root.remove();
    strips.delete(this.parent);
  }

  async #load() {
    const { token } = this.data;
    try {
      const payload = await load(token, "strip", "all");
      if (this.data.token !== token) return;
      this.#build(payload);
    } catch (error) {
      if (!(error instanceof Gone) || this.data.token !== token) return;
      if (performance.now() - this.#gone < AGAIN_MS) return;
      this.#gone = performance.now();
      // Whatever the page says next is loaded, also under the same name.
      this.data = { ...this.data, token: "" };
      this.trigger("gone", token);
    }
  }

  #build({ head, bytes }) {
    const focused = this.root.contains(this.root.getRootNode().activeElement);
    const blocks = new Map();
    let start = 0;
    for (const layer of head.layers) {
      const [height, width] = layer.size;
      const block = layer.name.match(/\d+$/)?.[0] ?? "between";
      if (!blocks.has(block)) {
        const row = document.createElement("div");
        row.className = "block";
        blocks.set(block, row);
      }
      blocks.get(block).append(this.#button(layer, bytes.subarray(start, start + height * width), head));
      start += height * width;
    }
    this.root.replaceChildren(...blocks.values());
    this.root.dataset.token = this.data.token;
    this.#mark();
    if (focused) this.#chosen()?.focus();
  }

  #button(layer, levels, { colours }) {
    const [height, width] = layer.size;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    if (layer.lowest !== null) {
      const context = canvas.getContext("2d");
      const image = context.createImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      const table = palette(colours).levels(layer.lowest, layer.highest, layer.limit, 1);
      levels.forEach((level, at) => (pixels[at] = table[level]));
      context.putImageData(image, 0, 0);
    }
    const name = Object.assign(document.createElement("span"), { textContent: layer.name });
    const button = Object.assign(document.createElement("button"), { type: "button", tabIndex: -1 });
    button.dataset.layer = layer.name;
    button.title = `${layer.name}: ${this.data.kinds[layer.kind]}, ${layer.shape.join(" × ")}`;
    button.append(canvas, name);
    button.onclick = () => this.#pick(layer);
    // What may be asked for next is on its way before the click.
    button.onpointerenter = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => load(this.data.token, "maps", layer.name).catch(() => {}), LOOK_MS);
    };
    button.onpointerleave = () => clearTimeout(this.#timer);
    return button;
  }

  #pick({ name, kind, shape }) {
    tell("layer", { token: this.data.token, layer: name, kind, flat: shape.length === 1 });
    this.data = { ...this.data, layer: name };
    this.#mark();
    this.trigger("picked", name);
  }

  #buttons() {
    return [...this.root.querySelectorAll("button")];
  }

  #chosen() {
    return this.#buttons().find((button) => button.dataset.layer === this.data.layer);
  }

  #mark() {
    const buttons = this.#buttons();
    for (const button of buttons) {
      const chosen = button.dataset.layer === this.data.layer;
      button.setAttribute("aria-pressed", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    if (buttons.length && !this.#chosen()) buttons[0].tabIndex = 0;
  }

  #key(event) {
    const buttons = this.#buttons();
    const at = buttons.indexOf(event.target.closest("button"));
    const row = (button) => button.closest(".block");
    // Up and down go to the block before or behind, to the same place in it.
    const beside = (step) => {
      const target = step > 0 ? row(buttons[at]).nextElementSibling : row(buttons[at]).previousElementSibling;
      if (!target) return -1;
      const place = [...row(buttons[at]).children].indexOf(buttons[at]);
      return buttons.indexOf(target.children[Math.min(place, target.children.length - 1)]);
    };
    const places = {
      ArrowRight: () => at + 1,
      ArrowLeft: () => at - 1,
      ArrowDown: () => beside(1),
      ArrowUp: () => beside(-1),
      Home: () => 0,
      End: () => buttons.length - 1,
    };
    const target = buttons[places[event.key]?.()];
    if (at < 0 || !target) return;
    event.preventDefault();
    buttons.forEach((button) => (button.tabIndex = button === target ? 0 : -1));
    target.focus();
  }
}
