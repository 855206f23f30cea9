// A layer that makes maps, or changes number after number: input and output side by side, a window
// that moves over them, and a panel that does the arithmetic of the place.

import { make, say } from "../../../browser/dom.js";
import { Hand } from "./hand.js";
import { Ledger } from "./ledger.js";
import { MapView } from "./map.js";
import { PANELS } from "./panels.js";
import { inputPicture, outputPicture } from "./pictures.js";
import { lookingAt, mapSpace, rowSpace, windowOf } from "./space.js";
import { Sweep } from "./sweep.js";

const BUILD_MS = 1100;
const ROW_MS = 5000;
// What stands over the stage, in lines: the page's bars, its title, and what can be chosen.
const ABOVE = 25;
const SIDE = [200, 300];

export class MapLayer extends Hand {
  channel = null;

  constructor(host, kind) {
    super(host);
    this.panel = new PANELS[kind](this);
    this.sentence = make("p", { cls: "sentence" });
    this.ledger = new Ledger((layer) => host.open(layer));
    const on = (turn) => ({
      point: (row, column) => this.point(turn(row, column)),
      leave: () => this.pointAway(),
      pick: (row, column) => this.pick(turn(row, column)),
    });
    this.input = new MapView(on((row, column) => this.#from(row, column)));
    this.output = new MapView(on((row, column) => this.space.at(row, column)));
    this.where = make("div", { cls: "where" }, this.input.element, this.output.element);
    const below = this.panel.below ? [this.panel.below] : [];
    this.what = make("div", { cls: "what" }, this.panel.element, this.ledger.element, ...below);
    this.stage = make("div", { cls: "stage" }, this.where, this.what);
    this.element = make("div", { cls: "layer" }, this.sentence, this.stage);
  }

  // place: {row, column} of a map or {unit} of a row that is kept, or null. same: whether the
  // window may stay where it was.
  set(data, { place, channel, same }) {
    this.data = data;
    this.flat = data.outputShape.length === 1;
    const { arrays, shapes } = data;
    this.space = this.flat
      ? rowSpace(arrays.output.length)
      : mapSpace(shapes.output, data.outputOrigin);
    this.inputSpace = this.flat
      ? rowSpace(arrays.input.length, data.kind === "flatten" ? data.source : [])
      : mapSpace(shapes.input.slice(1), data.inputOrigin);
    this.panel.set(data);
    this.channel = data.channels?.includes(channel) && data.kind === "conv" ? channel : null;
    this.#picture();
    this.pace();
    this.take(place ? this.#index(place) : -1, same, this.flat ? data.unit - data.first : 0);
  }

  get count() {
    return this.space.count;
  }

  get channels() {
    if (this.data.kind !== "conv" || this.data.channels.length < 2) return null;
    return this.data.channels.map((channel) => ({
      channel,
      name: this.panel.channelName(channel),
    }));
  }

  chooseChannel(channel) {
    this.channel = channel;
    this.#picture();
    this.changed();
    this.host.settled();
  }

  // speed: 1 takes a row in about five seconds.
  pace(speed = this.speed ?? 1) {
    this.speed = speed;
    this.sweep.every = Math.max(80, Math.min(420, ROW_MS / this.space.columns)) / speed;
  }

  // Looks at a unit without asking the server; false where it is not here.
  lookAt(unit) {
    const at = this.flat ? this.#index({ unit }) : -1;
    if (at >= 0) this.keep(at);
    return at >= 0;
  }

  // Row and column in the layer's output, and the number in the part that is here.
  place() {
    const [row, column] = this.space.cell(this.at);
    return { row, column, at: this.at };
  }

  state() {
    const { row, column, at } = this.place();
    const unit = this.flat ? this.data.first + at : this.data.unit;
    const place = this.pinned && !this.flat ? { row, column } : { row: null, column: null };
    return { layer: this.data.layer, unit, channel: this.channel, pinned: this.pinned, ...place };
  }

  spoken() {
    const { row, column, at } = this.place();
    const terms = this.panel
      .terms(row, column, at)
      .map(({ label, value, text }) => `${label} ${text ?? value.toPrecision(4)}`);
    const where = this.flat ? `Unit ${this.data.first + at}` : `Row ${row}, column ${column}`;
    return `${where}: ${terms.join(", ")}`;
  }

  turn(down, across) {
    const { row, column } = this.place();
    return this.space.at(row + down, column + across);
  }

  leave() {
    super.leave();
    cancelAnimationFrame(this.frame);
  }

  // How much of the screen is left below the beginning of the stage, when the page is not scrolled.
  high() {
    return (
      window.innerHeight - ABOVE * parseFloat(getComputedStyle(document.documentElement).fontSize)
    );
  }

  paint(progress = 1) {
    if (!this.data) return;
    const { row, column, at } = this.place();
    const beside = getComputedStyle(this.where).flexDirection === "row";
    // Where a large kernel is written out, it needs the room.
    const most = this.channel !== null && this.data.kernel > 6 ? SIDE[0] : SIDE[1];
    const fitting = Math.max(SIDE[0], Math.min(most, (this.high() - 90) / 2));
    this.stage.style.setProperty("--side", `${fitting}px`);
    const width = this.what.clientWidth;
    const room = this.where.clientWidth;
    if (!width || !room) return;
    const side = beside ? Math.min(SIDE[1], (room - 24) / 2) : fitting;
    const box = this.flat
      ? { ...cell(this.inputSpace.cell(at)), height: 1, width: 1 }
      : windowOf(this.data, row, column);
    const boxes = [...(this.panel.boxes?.(row, column) ?? []), box];
    this.input.paint(side, { boxes, dot: this.panel.dot?.(row, column) });
    const upTo = this.sweep.moving && !this.flat ? at : null;
    this.output.paint(side, { boxes: [{ row, column, height: 1, width: 1 }], upTo });
    this.panel.paint({ row, column, at, width, progress });
    const { value } = this.panel.result(row, column, at);
    const given = this.data.arrays.output[at];
    this.ledger.show({
      terms: this.panel.terms(row, column, at),
      result: value,
      given,
      after: this.data.after.map(({ layer }, number) => ({
        layer,
        value: this.data.arrays[`after${number}`][at],
      })),
      next: this.data.next,
    });
    this.host.tell({ row, column, sum: value, captured: given });
  }

  #picture() {
    say(this.sentence, this.panel.sentence);
    this.input.set({ ...inputPicture(this), open: this.data.below ? () => this.#below() : null });
    this.output.set(outputPicture(this));
  }

  // To the map that the window lies on, with the middle of the window as its place.
  #below() {
    const { below, kind, unit } = this.data;
    if (this.flat) return this.host.open(below, {});
    const { row, column } = this.place();
    const box = windowOf(this.data, row, column);
    const middle = (first, size, sides) =>
      Math.max(0, Math.min(sides - 1, first + Math.floor(size / 2)));
    const [, rows, columns] = this.data.inputShape;
    const own = kind === "conv" ? this.channel : unit;
    const place =
      own === null || !this.pinned
        ? {}
        : {
            row: middle(box.row, box.height, rows),
            column: middle(box.column, box.width, columns),
          };
    return this.host.open(below, { unit: own, ...place });
  }

  #from(row, column) {
    if (this.flat) return this.inputSpace.at(row, column);
    return this.space.at(...lookingAt(this.data, row, column));
  }

  #index({ row, column, unit }) {
    if (!this.flat) return row === null ? -1 : this.space.at(row, column);
    const at = unit - this.data.first;
    return at >= 0 && at < this.space.count ? at : -1;
  }

  move(at) {
    cancelAnimationFrame(this.frame);
    super.move(at);
  }

  // At a place that is kept the sum is added up before one's eyes.
  build() {
    cancelAnimationFrame(this.frame);
    if (!Sweep.wanted() || this.data.kind !== "conv") return;
    const begun = performance.now();
    const step = (now) => {
      const progress = Math.min(1, (now - begun) / BUILD_MS);
      this.paint(progress);
      if (progress < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }
}

function cell([row, column]) {
  return { row, column };
}
