// The answer, the methods and their maps.
//
// data: {heard, token, side, title, label, index, against, predicted, rows, methods, opened, show,
// signs, scale}; a method is {name, title, sentence, cost, shown, refusal, asked}.
// A choice is {shown}, {opened}, {index, against}, {show}, {signs}, {scale}, or {gone} where the pass
// is not kept any more.

import { choicesOf } from "../../../browser/choices.js";
import { heatLimit } from "../../../browser/colours.js";
import { make, onceAFrame } from "../../../browser/dom.js";
import { listen, tell } from "../../../browser/events.js";
import { photoOf } from "../../../browser/heat.js";
import { mounted } from "../../../browser/mount.js";
import { Bars } from "./bars.js";
import { Card } from "./card.js";
import { Chips } from "./chips.js";
import { Tools } from "./tools.js";

const AGAIN_MS = 5000;

export default mounted(({ model, el }) => {
  const board = new Board(model, el);
  model.onChange((data) => board.update(data));
  return () => board.leave();
});

class Board {
  #cards = new Map();
  #photo = null;
  #place = null;
  #gone = -AGAIN_MS;

  constructor(model, parent) {
    this.choices = choicesOf("explain-board").join(() => this.#chosen(), model);
    this.draw = onceAFrame(() => this.root.isConnected && this.#paint());
    this.bars = new Bars((index, against) => this.#take({ index, against }));
    this.chips = new Chips((name) => this.#toggle(name));
    this.tools = new Tools((look) => this.#take(look));
    this.grid = make("div", { cls: "cards" });
    this.empty = make("p", { cls: "note", text: "Choose a method above; its map is drawn here." });
    this.root = make(
      "div",
      { cls: "board" },
      this.bars.element,
      this.chips.element,
      this.tools.element,
      this.grid,
      this.empty,
    );
    parent.append(this.root);
    this.silence = listen("heat", (place) => {
      this.#place = place;
      this.#point();
    });
  }

  update(data) {
    const other = this.said?.token !== data.token;
    this.said = data;
    this.#show();
    if (other || !this.#photo) this.#loadPhoto();
    // For whoever wants to know from outside which answer is shown.
    this.root.dataset.heard = data.heard;
  }

  leave() {
    this.choices.leave();
    this.silence();
    for (const card of this.#cards.values()) card.leave();
    this.root.remove();
    tell("heat", null);
  }

  // Shown at once; the page hears of it and keeps it for its link.
  #take(what) {
    this.choices.put(what);
  }

  #chosen() {
    this.#show();
    const { show, signs, scale } = this.data;
    tell("drawn", { show, signs, scale });
  }

  #show() {
    const shown = this.said.methods.filter((method) => method.shown).map(({ name }) => name);
    this.data = this.choices.over({ ...this.said, shown });
    if (this.choices.waits("index")) this.#aim();
    const { data } = this;
    this.bars.update(data);
    this.chips.update(data.methods, data.shown);
    this.tools.update(data);
    this.#lay(data.methods.filter(({ name }) => data.shown.includes(name)));
  }

  // As the page will name it once it has heard of it.
  #aim() {
    const { data } = this;
    data.index ??= data.predicted;
    const [one, other] = [data.index, data.against].map(
      (index) => data.rows.find((row) => row.index === index)?.label,
    );
    if (one) data.label = other ? `${one} and not ${other}` : one;
  }

  #lay(methods) {
    const wanted = [null, ...methods];
    const names = wanted.map((method) => method?.name ?? "");
    for (const [name, card] of this.#cards) {
      if (names.includes(name)) continue;
      card.leave();
      this.#cards.delete(name);
    }
    wanted.forEach((method, at) => {
      const name = names[at];
      if (!this.#cards.has(name)) this.#cards.set(name, this.#card());
      const card = this.#cards.get(name);
      card.update(this.data.token, method, Boolean(method) && name === this.data.opened);
      if (this.grid.children[at] !== card.element)
        this.grid.insertBefore(card.element, this.grid.children[at] ?? null);
    });
    this.empty.hidden = methods.length > 0;
    this.draw();
  }

  #card() {
    return new Card({
      open: (name) => this.#take({ opened: name }),
      hover: (place) => tell("heat", place),
      drawn: () => this.draw(),
    });
  }

  async #loadPhoto() {
    const { token } = this.data;
    this.#photo = null;
    try {
      const photo = await photoOf(token);
      if (token !== this.data.token) return;
      this.#photo = photo;
      this.draw();
    } catch {
      this.#again();
    }
  }

  // The page makes a pass anew that went; once, so that a fault does not go round and round.
  #again() {
    if (performance.now() - this.#gone < AGAIN_MS) return;
    this.#gone = performance.now();
    this.choices.put({ gone: this.data.token });
  }

  #paint() {
    const cards = [...this.#cards.values()];
    if (cards.some((card) => card.gone)) this.#again();
    const payloads = cards.map((card) => card.payload).filter(Boolean);
    const shared =
      this.data.scale === "shared" && payloads.length
        ? heatLimit(payloads, payloads[0].head.percentile)
        : null;
    const { show, signs } = this.data;
    for (const card of cards)
      card.paint(this.#photo, { show, signs, end: shared ?? card.payload?.head.limit });
    tell("shared", shared);
    this.root.classList.toggle("coarse", this.data.side < 128);
    // For whoever wants to know from outside what is drawn.
    this.root.dataset.drawn = payloads.map(({ head }) => head.method).join(" ");
    this.#point();
  }

  #point() {
    for (const card of this.#cards.values()) card.point(this.#place, this.data.side);
  }

  #toggle(name) {
    const { methods, shown } = this.data;
    const wanted = methods
      .map((method) => method.name)
      .filter((other) => shown.includes(other) !== (other === name));
    this.#take({ shown: wanted });
  }
}
