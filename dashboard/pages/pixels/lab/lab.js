// The arithmetic of one unit of one layer, computed in the browser from the real numbers.
//
// data: bytes, as alexnet_core.inspection.arithmetic.window packs them; beside the facts of the layer: id,
// layers [{name, kind}], place {row, column} or {unit} or null, channel or null, scale, labels,
// colours. The bytes stay the same while only the place changes, so that they come once.
// trigger "chosen": {layer, unit, row, column, channel}, where null is what is not said.

import { make, say, spoken } from "../../../browser/dom.js";
import { mounted } from "../../../browser/mount.js";
import { unpackArrays } from "../../../browser/payload.js";
import { Bar } from "./bar.js";
import { Scale } from "./colours.js";
import { LinearLayer } from "./linear.js";
import { MapLayer } from "./maps.js";
import { SoftmaxLayer } from "./softmax.js";
import { Strip } from "./strip.js";

const SETTLED_MS = 400;

export default mounted(({ model, el }) => {
  const lab = new Lab(model, el);
  model.onChange((bytes) => lab.update(bytes));
  return () => lab.leave();
});

class Lab {
  #view = null;
  #kind = "";
  #data = null;
  #settling = null;
  #bytes = null;

  constructor(model, parent) {
    this.model = model;
    this.strip = new Strip((layer) => this.open(layer));
    this.bar = new Bar({
      unit: (unit) => this.#view.lookAt(unit) || this.open(this.#data.layer, { unit }),
      channel: (channel) => this.#view.chooseChannel(channel),
      toggle: () => this.#view.toggle(),
      pace: (speed) => this.#view.pace(speed),
    });
    this.stage = make("div");
    this.spoken = spoken();
    this.root = make(
      "div",
      { cls: "lab-pixels" },
      this.strip.element,
      this.bar.element,
      this.stage,
      this.spoken,
    );
    this.root.onkeydown = (event) => this.#key(event);
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.#view?.paint());
    this.observer.observe(this.root);
    // The theme's colours are painted, so they are painted anew when it changes.
    this.themes = new MutationObserver(() => this.#view?.paint());
    const host = parent.host ?? parent;
    for (const element of [host, host.parentElement, document.documentElement, document.body]) {
      if (element)
        this.themes.observe(element, { attributes: true, attributeFilter: ["style", "class"] });
    }
  }

  update(bytes) {
    if (
      this.#bytes?.length !== bytes.length ||
      this.#bytes.some((value, at) => value !== bytes[at])
    ) {
      this.#bytes = bytes.slice();
      this.#take(unpackArrays(bytes));
    }
  }

  leave() {
    clearTimeout(this.#settling);
    this.#view?.leave();
    this.observer.disconnect();
    this.themes.disconnect();
    this.root.remove();
  }

  // What views ask of the page.

  open(layer, { unit = null, row = null, column = null } = {}) {
    clearTimeout(this.#settling);
    this.#settling = null;
    const state = this.#view.state();
    // A place is taken along; the page keeps it where the layer has the same shape.
    const place = row === null ? { row: state.row, column: state.column } : { row, column };
    const same = layer === state.layer;
    this.model.trigger("chosen", { layer, unit, ...place, channel: same ? state.channel : null });
  }

  settled() {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settling = null;
      const { pinned, ...state } = this.#view.state();
      // Where units are what one moves over, none is chosen unless it is kept.
      const unit = this.#view.flat && !pinned ? null : state.unit;
      this.model.trigger("chosen", { ...state, unit });
      if (pinned) say(this.spoken, this.#view.spoken());
    }, SETTLED_MS);
  }

  stateChanged() {
    if (!this.#view?.data) return;
    const { pinned, channel, unit } = this.#view.state();
    Object.assign(this.root.dataset, { pinned, channel: channel ?? "all", unit });
    this.root.dataset.moving = Boolean(this.#view.sweep?.moving);
    this.bar.show(this.#view);
  }

  // For whoever wants to know from outside what is on the screen.
  tell({ row, column, sum, captured }) {
    Object.assign(this.root.dataset, { row: row ?? "", column: column ?? "", sum, captured });
  }

  #take(data) {
    const before = this.#data;
    const same = before?.layer === data.layer && `${before.outputShape}` === `${data.outputShape}`;
    data.unitWord = word(data);
    this.#data = data;
    this.scale ??= new Scale(data.scale);
    if (!this.#view || this.#kind !== data.kind) {
      this.#view?.leave();
      this.#kind = data.kind;
      this.#view = viewFor(this, data.kind);
      this.stage.replaceChildren(this.#view.element);
      this.#view.speed = this.bar.speed;
    }
    this.root.dataset.layer = data.layer;
    this.strip.show(data.layers, data.layer);
    this.bar.name(data);
    this.#view.set(data, { place: data.place, channel: data.channel, same });
    this.stateChanged();
  }

  #key(event) {
    const on = event.composedPath()[0];
    if (
      on.closest("button, input, select, a, [role=slider]") ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    )
      return;
    if (event.key === " ") this.#view.toggle();
    else if (!this.#view.key(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function viewFor(lab, kind) {
  if (kind === "linear") return new LinearLayer(lab);
  return kind === "softmax" ? new SoftmaxLayer(lab) : new MapLayer(lab, kind);
}

function word({ kind, outputShape, labels, units }) {
  if (kind === "conv") return "Filter";
  if (outputShape?.length === 3) return "Map";
  return kind === "softmax" || (kind === "linear" && labels?.length === units) ? "Class" : "Unit";
}
