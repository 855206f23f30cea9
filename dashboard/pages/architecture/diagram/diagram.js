// Networks as the 2012 paper draws them, with their table.
//
// data: see document.py. trigger "opened": {network, layer}.

import { Card } from "./card.js";
import { draw } from "./drawing.js";
import { fitting } from "./geometry.js";
import { shares } from "./shares.js";
import { Table } from "./table.js";

const NOTE =
  "Sides and depths are drawn by their square roots. A small square is the window that the next layer moves over the map. The arrow keys go from layer to layer.";

const views = new WeakMap();

export default function architecture({ data, parentElement, setTriggerValue }) {
  if (!views.has(parentElement)) views.set(parentElement, new View(parentElement));
  const view = views.get(parentElement);
  const turn = view.update(data, setTriggerValue);
  return () => view.turn === turn && view.leave();
}

class View {
  turn = 0;
  #said = "";
  #width = 0;

  constructor(parent) {
    this.parent = parent;
    this.root = Object.assign(document.createElement("div"), { className: "architecture" });
    this.drawings = document.createElement("div");
    this.card = new Card();
    this.table = new Table({
      point: (layer) => this.#mark(layer),
      open: (network, layer) => this.trigger("opened", { network, layer }),
    });
    this.note = Object.assign(document.createElement("p"), { className: "note" });
    this.root.append(this.drawings, this.note, this.table.root, this.card.root);
    parent.append(this.root);
    this.watcher = new ResizeObserver(() => this.#resized());
    this.watcher.observe(this.root);
  }

  update(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.turn += 1;
    // What stays the same keeps the keyboard's place.
    const said = JSON.stringify(data);
    if (said !== this.#said) {
      this.#said = said;
      for (const [name, colour] of Object.entries(data.colours)) {
        this.root.style.setProperty(`--${name}`, colour);
      }
      this.#draw();
      this.table.update(data);
    }
    return this.turn;
  }

  leave() {
    this.watcher.disconnect();
    this.root.remove();
    views.delete(this.parent);
  }

  #resized() {
    const width = Math.floor(this.root.clientWidth);
    if (width && width !== this.#width) this.#draw();
  }

  #draw() {
    this.#width = Math.floor(this.root.clientWidth);
    if (!this.#width) return;
    this.card.hide();
    const { networks, scale, picture } = this.data;
    const compared = networks.length > 1;
    this.root.classList.toggle("compared", compared);
    const em = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    // Two drawings have one scale.
    const factor = Math.min(
      ...networks.map((network) => fitting(network.blocks, scale, this.#width, em)),
    );
    const differs = new Set(compared ? this.data.differs : []);
    this.note.textContent = NOTE;
    if (compared) this.note.prepend(legend());
    this.drawings.replaceChildren(
      ...networks.map((network, at) => {
        const section = document.createElement("section");
        section.setAttribute("aria-label", network.title);
        if (compared) section.append(heading(network.title, at));
        const scroll = document.createElement("div");
        scroll.className = "scroll";
        scroll.append(
          draw(network, {
            scale,
            picture,
            differs,
            width: this.#width,
            em,
            factor,
            hooks: {
              look: (layer, stop) => {
                this.card.show(layer, network, stop, this.root);
                this.#mark(layer);
              },
              leave: () => {
                this.card.hide();
                this.#mark("");
              },
              open: (layer) => this.trigger("opened", { network: at, layer }),
            },
          }),
        );
        section.append(scroll, shares(network.shares, (layer) => this.#mark(layer)));
        return section;
      }),
    );
  }

  // The same layer is marked in every drawing, in the bars and in the table.
  #mark(layer) {
    for (const found of this.root.querySelectorAll("[data-layer].marked")) found.classList.remove("marked");
    if (!layer) return;
    for (const found of this.root.querySelectorAll(`[data-layer="${CSS.escape(layer)}"]`)) {
      found.classList.add("marked");
    }
  }
}

function legend() {
  const said = Object.assign(document.createElement("span"), { className: "legend" });
  const dot = Object.assign(document.createElement("i"), { textContent: "● " });
  said.append(dot, "differs between A and B. ");
  return said;
}

function heading(title, at) {
  const head = document.createElement("h3");
  const sign = document.createElement("span");
  sign.className = "sign";
  sign.textContent = at ? "B" : "A";
  head.append(sign, title);
  return head;
}
