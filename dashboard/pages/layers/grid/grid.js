// The maps or filters of a layer as one picture, drawn from what it fetches once.
//
// data: {token, layer, view, wanted, views, unit, sort, noun, file}; wanted is the view that a person
// asked for, which not every layer has. trigger "chosen": {layer, unit}.
// trigger "changed": {view} or {sort}. trigger "gone": the pass is not kept any more.

import { choose, sent, unitFor } from "../../../browser/awaited.js";
import { listen, tell } from "../../../browser/bus.js";
import { ordered } from "./order.js";
import { Gone, load, valueAt } from "../../../browser/payload.js";
import { Tiles } from "./tiles.js";
import { Tools } from "./tools.js";
import { legend, said } from "./words.js";

const SETTLED_MS = 250;
const AHEAD_MS = 3000;
const AGAIN_MS = 5000;
const HEIGHT = 560;

const grids = new WeakMap();

export default function layerGrid({ data, parentElement, setTriggerValue }) {
  if (!grids.has(parentElement)) grids.set(parentElement, new Grid(parentElement));
  const grid = grids.get(parentElement);
  const turn = grid.update(data, setTriggerValue);
  // An older turn's clean-up may come late; only the newest one's counts.
  return () => grid.turn === turn && grid.leave();
}

class Grid {
  turn = 0;
  #payload = null;
  #unit = 0;
  #timer;
  #ahead = null;
  #gone = -AGAIN_MS;

  constructor(parent) {
    this.parent = parent;
    this.root = document.createElement("div");
    this.root.className = "grid";
    this.root.innerHTML = MARKUP;
    for (const name of ["stage", "canvas", "chosen", "hovered", "readout", "legend", "spoken"]) {
      this[name] = this.root.querySelector(`[data-part="${name}"]`);
    }
    this.tools = new Tools((choice) => this.#choose(choice), () => this.#save());
    this.root.prepend(this.tools.element);
    this.tiles = new Tiles(this.canvas);
    this.stage.onpointermove = (event) => this.#hover(event);
    this.stage.onpointerleave = () => this.#leaveTile();
    this.stage.onclick = (event) => this.#click(event);
    this.stage.onkeydown = (event) => this.#key(event);
    parent.append(this.root);
    this.silence = listen("layer", (wanted) => this.#goAhead(wanted));
    this.observer = new ResizeObserver(() => this.#draw());
    this.observer.observe(this.root);
  }

  update(data, trigger) {
    this.turn += 1;
    this.trigger = trigger;
    // An answer to an earlier click: the one to the last click is on its way.
    if (this.#ahead && data.layer !== this.#ahead.layer && performance.now() < this.#ahead.until) {
      return this.turn;
    }
    this.#ahead = null;
    const before = this.data;
    this.data = data;
    const other = ["token", "layer", "view"].some((name) => before?.[name] !== data[name]);
    if (before?.token !== data.token || before.layer !== data.layer) clearTimeout(this.#timer);
    this.#unit = unitFor(data);
    this.sort = data.sort;
    if (other) this.#load();
    else this.#draw();
    return this.turn;
  }

  // Show a layer that was clicked on the strip before the page hears of it.
  #goAhead({ token, layer, kind, flat }) {
    if (token !== this.data.token || layer === this.data.layer) return;
    const view = kind === "conv" ? this.data.wanted : "maps";
    const noun = view === "filters" ? "filter" : flat ? "unit" : "channel";
    this.#ahead = { layer, until: performance.now() + AHEAD_MS };
    this.data = { ...this.data, layer, view, noun, views: kind === "conv" ? ["maps", "filters"] : ["maps"] };
    this.#unit = null;
    this.#load();
  }

  leave() {
    clearTimeout(this.#timer);
    this.silence();
    this.observer.disconnect();
    this.root.remove();
    grids.delete(this.parent);
    tell("hover", null);
  }

  async #load() {
    const { token, layer, view } = this.data;
    const asked = this.data;
    const current = () => ["token", "layer", "view"].every((name) => this.data[name] === asked[name]);
    try {
      const payload = await load(token, view, layer);
      if (!current()) return;
      this.#payload = payload;
      this.#draw();
      // For whoever wants to know from outside what is drawn, and when it was.
      Object.assign(this.root.dataset, { drawn: `${layer} ${view}`, at: performance.now() });
    } catch (error) {
      if (!current()) return;
      const again = error instanceof Gone && performance.now() - this.#gone > AGAIN_MS;
      if (again) {
        this.#gone = performance.now();
        // Whatever the page says next is loaded, also under the same name.
        this.data = { ...asked, token: "" };
        this.trigger("gone", token);
      } else this.readout.textContent = "The maps did not come. Choose the layer again.";
    }
  }

  #draw() {
    const width = this.root.clientWidth;
    if (!this.#payload || !width || !this.root.isConnected) return;
    const { head } = this.#payload;
    this.tools.show({ ...this.data, sort: this.sort }, Boolean(head.rgb));
    const look = { range: this.tools.range, contrast: this.tools.contrast };
    this.tiles.show(this.#payload, ordered(head, this.sort), look, width, HEIGHT);
    tell("look", look);
    this.stage.style.width = `${this.tiles.width}px`;
    const { side, gap, columns } = this.tiles.layout;
    Object.assign(this.stage.dataset, { side, gap, columns });
    const count = head.shape[0];
    const many = `${count} ${this.data.noun}${count === 1 ? "" : "s"}`;
    this.stage.setAttribute("aria-label", `${many} of ${this.data.layer}. Arrow keys choose one.`);
    this.#mark(this.chosen, this.#unit);
    legend(this.legend, head, this.tools.range);
    this.#leaveTile();
  }

  #mark(mark, unit) {
    mark.hidden = unit === null || !this.tiles.places.has(unit);
    if (mark.hidden) return;
    const { x, y } = this.tiles.cornerOf(unit);
    const { side } = this.tiles.layout;
    Object.assign(mark.style, {
      transform: `translate(${x}px, ${y}px)`, width: `${side}px`, height: `${side}px`,
    });
  }

  #under(event) {
    if (!this.#payload) return null;
    const box = this.canvas.getBoundingClientRect();
    return this.tiles.at(event.clientX - box.left, event.clientY - box.top);
  }

  #hover(event) {
    const found = this.#under(event);
    if (!found) {
      this.#leaveTile();
      return;
    }
    const { token, layer, view } = this.data;
    this.#mark(this.hovered, found.unit);
    this.readout.textContent = this.#said(found);
    const value = this.#payload.head.rgb ? null : valueAt(this.#payload, found.unit, found.row, found.column);
    tell("hover", { token, layer, view, ...found, value });
  }

  #leaveTile() {
    this.#mark(this.hovered, null);
    const known = this.#payload && this.#unit !== null;
    this.readout.textContent = known ? this.#said({ unit: this.#unit }) : "";
    tell("hover", null);
  }

  #said(place) {
    return said(this.#payload, this.data, place);
  }

  #click(event) {
    const found = this.#under(event);
    if (found) this.#take(found.unit, 0);
  }

  #key(event) {
    if (!this.#payload) return;
    const { units, places, layout } = this.tiles;
    const at = places.get(this.#unit) ?? 0;
    const steps = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: layout.columns, ArrowUp: -layout.columns,
      Home: -at, End: units.length - 1 - at,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const unit = units[at + step];
    if (unit !== undefined && unit !== this.#unit) this.#take(unit, SETTLED_MS);
  }

  // The page follows once the keyboard stands still.
  #take(unit, wait) {
    this.#unit = unit;
    this.#mark(this.chosen, unit);
    this.chosen.scrollIntoView({ block: "nearest" });
    this.spoken.textContent = this.#said({ unit });
    this.readout.textContent = this.#said({ unit });
    const { token, layer } = this.data;
    tell("choose", { token, layer, unit });
    clearTimeout(this.#timer);
    choose(token, layer, unit);
    this.#timer = setTimeout(() => {
      sent();
      this.trigger("chosen", { layer, unit });
    }, wait);
  }

  #choose(choice) {
    this.sort = choice.sort ?? this.sort;
    if (choice.view || choice.sort) this.trigger("changed", choice);
    if (!choice.view) this.#draw();
  }

  #save() {
    const link = document.createElement("a");
    link.href = this.canvas.toDataURL("image/png");
    link.download = `${this.data.file}.png`;
    link.click();
  }
}

const MARKUP = `
  <div class="stage" data-part="stage" role="group" tabindex="0">
    <canvas data-part="canvas"></canvas>
    <div class="mark hovered" data-part="hovered" hidden></div>
    <div class="mark chosen" data-part="chosen" hidden></div>
  </div>
  <div class="foot">
    <output data-part="readout" aria-live="off"></output>
    <div class="legend" data-part="legend" role="img"
      aria-label="Colours: purple below zero, white at zero, orange above"><span></span><i></i><span></span></div>
  </div>
  <p class="spoken" data-part="spoken" role="status"></p>
`;
