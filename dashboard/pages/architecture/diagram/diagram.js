// Networks as the 2012 paper draws them, with their table.
//
// data: see wire.py. trigger "opened": {network, layer}.

import { make } from "../../../browser/dom.js";
import { mounted } from "../../../browser/mount.js";
import { Card } from "./card.js";
import { draw } from "./drawing.js";
import { fitting } from "./geometry.js";
import { shares } from "./shares.js";
import { Table } from "./table.js";

const NOTE =
  "Sides and depths are drawn by their square roots. A small square is the window that the next layer moves over the map. The arrow keys go from layer to layer.";

export default mounted(({ model, el }) => {
  const view = new View(model, el);
  model.onChange((data) => view.update(data));
  return () => view.leave();
});

class View {
  #said = "";
  #width = 0;

  constructor(model, parent) {
    this.open = (network, layer) => model.trigger("opened", { network, layer });
    this.drawings = make("div");
    this.card = new Card();
    this.table = new Table({
      point: (layer) => this.#mark(layer),
      open: this.open,
    });
    this.note = make("p", { cls: "note" });
    this.root = make(
      "div",
      { cls: "architecture" },
      this.drawings,
      this.note,
      this.table.root,
      this.card.root,
    );
    parent.append(this.root);
    this.watcher = new ResizeObserver(() => this.#resized());
    this.watcher.observe(this.root);
  }

  update(data) {
    this.data = data;
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
  }

  leave() {
    this.watcher.disconnect();
    this.root.remove();
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
        const drawn = draw(network, {
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
            open: (layer) => this.open(at, layer),
          },
        });
        return make(
          "section",
          { "aria-label": network.title },
          ...(compared ? [heading(network.title, at)] : []),
          make("div", { cls: "scroll" }, drawn),
          shares(network.shares, (layer) => this.#mark(layer)),
        );
      }),
    );
  }

  // The same layer is marked in every drawing, in the bars and in the table.
  #mark(layer) {
    for (const found of this.root.querySelectorAll("[data-layer].marked"))
      found.classList.remove("marked");
    if (!layer) return;
    for (const found of this.root.querySelectorAll(`[data-layer="${CSS.escape(layer)}"]`)) {
      found.classList.add("marked");
    }
  }
}

function legend() {
  return make("span", { cls: "legend" }, make("i", { text: "● " }), "differs between A and B. ");
}

function heading(title, at) {
  return make("h3", {}, make("span", { cls: "sign", text: at ? "B" : "A" }), title);
}
