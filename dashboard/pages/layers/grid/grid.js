// The maps or filters of a layer as one picture, drawn from what it fetches once.
//
// data: {heard, token, layer, view, wanted, views, unit, sort, noun, file}; wanted is the view that a
// person asked for, which not every layer has. A choice is {layer, unit}, {wanted} or {sort}.
// trigger "gone": the pass is not kept any more.

import { Gone } from "../../../browser/api.js";
import { choicesOf } from "../../../browser/choices.js";
import { make, partsOf } from "../../../browser/dom.js";
import { tell } from "../../../browser/events.js";
import { mounted } from "../../../browser/mount.js";
import { load, valueAt } from "../../../browser/payload.js";
import { ordered } from "./order.js";
import { Tiles } from "./tiles.js";
import { Tools } from "./tools.js";
import { legend, said } from "./words.js";

const SETTLED_MS = 250;
const AGAIN_MS = 5000;
const HEIGHT = 560;

export default mounted(({ model, el }) => {
  const grid = new Grid(model, el);
  model.onChange(() => grid.show());
  return () => grid.leave();
});

class Grid {
  #payload = null;
  #unit = 0;
  #gone = -AGAIN_MS;

  constructor(model, parent) {
    this.model = model;
    this.choices = choicesOf("layers").join(() => this.show(), model);
    this.root = make("div", { cls: "grid", innerHTML: MARKUP });
    Object.assign(this, partsOf(this.root));
    this.tools = new Tools(
      (choice) => this.#choose(choice),
      () => this.#save(),
    );
    this.root.prepend(this.tools.element);
    this.tiles = new Tiles(this.canvas);
    this.stage.onpointermove = (event) => this.#hover(event);
    this.stage.onpointerleave = () => this.#leaveTile();
    this.stage.onclick = (event) => this.#click(event);
    this.stage.onkeydown = (event) => this.#key(event);
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.#draw());
    this.observer.observe(this.root);
  }

  show() {
    const before = this.data;
    this.data = this.#ahead(this.model.data);
    this.#unit = this.data.unit;
    const other = ["token", "layer", "view"].some((name) => before?.[name] !== this.data[name]);
    if (other) this.#load();
    else if (look(before) !== look(this.data)) this.#draw();
    else if (before.unit !== this.#unit) {
      this.#mark(this.chosen, this.#unit);
      this.#leaveTile();
    }
  }

  // As the page will say it once it has heard of what was chosen since, as far as is known here.
  #ahead(said) {
    const chosen = this.choices.over(said);
    const { layer, unit, wanted, sort, kind, flat } = chosen;
    if (layer === said.layer) return { ...said, unit: unit ?? said.unit, wanted, sort };
    if (!kind) return { ...said, wanted, sort };
    const views = kind === "conv" ? ["maps", "filters"] : ["maps"];
    const view = views.includes(wanted) ? wanted : "maps";
    const noun = view === "filters" ? "filter" : flat ? "unit" : "channel";
    return { ...chosen, view, views, noun, file: `${layer}-${view}` };
  }

  leave() {
    this.choices.leave();
    this.observer.disconnect();
    this.root.remove();
    tell("hover", null);
  }

  async #load() {
    const { token, layer, view } = this.data;
    const asked = this.data;
    const current = () =>
      ["token", "layer", "view"].every((name) => this.data[name] === asked[name]);
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
      // Whatever the page says next is loaded, also under the same name.
      this.data = { ...asked, token: "" };
      if (again) {
        this.#gone = performance.now();
        this.model.trigger("gone", token);
      } else this.readout.textContent = "The maps did not come. Choose the layer again.";
    }
  }

  #draw() {
    const width = this.root.clientWidth;
    if (!this.#payload || !width || !this.root.isConnected) return;
    const { head } = this.#payload;
    this.tools.show(this.data, Boolean(head.rgb));
    const look = { range: this.tools.range, contrast: this.tools.contrast };
    this.tiles.show(this.#payload, ordered(head, this.data.sort), look, width, HEIGHT);
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
      transform: `translate(${x}px, ${y}px)`,
      width: `${side}px`,
      height: `${side}px`,
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
    const value = this.#payload.head.rgb
      ? null
      : valueAt(this.#payload, found.unit, found.row, found.column);
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
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: layout.columns,
      ArrowUp: -layout.columns,
      Home: -at,
      End: units.length - 1 - at,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const unit = units[at + step];
    if (unit !== undefined && unit !== this.#unit) this.#take(unit, SETTLED_MS);
  }

  // The page follows once the keyboard stands still.
  #take(unit, after) {
    this.choices.put({ layer: this.data.layer, unit }, { after });
    this.chosen.scrollIntoView({ block: "nearest" });
    this.spoken.textContent = this.#said({ unit });
  }

  #choose({ view, sort }) {
    if (view) this.choices.put({ wanted: view });
    else if (sort) this.choices.put({ sort });
    else this.#draw();
  }

  #save() {
    const href = this.canvas.toDataURL("image/png");
    make("a", { href, download: `${this.data.file}.png` }).click();
  }
}

// All that is drawn but the chosen unit.
function look({ views, sort, noun, file }) {
  return JSON.stringify([views, sort, noun, file]);
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
