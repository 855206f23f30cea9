// A convolution at one place: patch times kernel, channel by channel, and the sum.

import { list, make, say } from "../../../browser/dom.js";
import { counted } from "../../../browser/format.js";
import { RunningChart } from "./chart.js";
import { limitOf, theme } from "./colours.js";
import { Convolution } from "./convolution.js";
import { long } from "./numbers.js";
import { Triple } from "./triple.js";

const MOST_ROWS = 3;

export class ConvPanel {
  #progress = 1;
  #marked;

  constructor(view) {
    this.view = view;
    this.rows = make("div", { cls: "triples" });
    this.which = make("small");
    this.product = make("b");
    this.where = make("small");
    this.term = make("p", { cls: "one" }, this.which, this.product, this.where);
    this.chart = new RunningChart({
      hover: (part) => this.#hover(part),
      pick: (part) =>
        this.view.channel === null && this.view.chooseChannel(this.data.channels[part]),
    });
    this.element = make("div", { cls: "panel conv" }, this.rows, this.term);
    this.below = this.chart.element;
    this.triples = [];
  }

  set(data) {
    this.data = data;
    this.sums = new Convolution(data);
    this.limits = {
      input: limitOf(data.arrays.input),
      weights: limitOf(data.arrays.weights),
      product: this.sums.usual(),
    };
    this.chart.reset();
    this.#marked = undefined;
    this.norms = this.sums.norms();
  }

  get sentence() {
    const { kernel, channels, unit, unitWord } = this.data;
    const chosen = this.view.channel;
    let here = chosen === null ? "" : ` (here is ${this.channelName(chosen)})`;
    if (chosen === null && channels.length > MOST_ROWS)
      here = ` (here the ${MOST_ROWS} it weighs most)`;
    return (
      `${unitWord} ${unit} multiplies ${kernel} × ${kernel} numbers in ${counted(channels.length, "channel")}${here} ` +
      "by its weights, adds everything up, and adds its bias."
    );
  }

  channelName(channel) {
    if (this.data.below || this.data.inputShape[0] !== 3) return `channel ${channel}`;
    return ["red", "green", "blue"][channel];
  }

  // What the browser makes of a place.
  result(row, column) {
    const parts = this.sums.parts(row, column);
    const sum = parts.reduce((total, part) => total + part, 0);
    return { parts, sum, value: sum + (this.data.bias ?? NaN) };
  }

  terms(row, column) {
    const { parts, sum, value } = this.result(row, column);
    const { channels, kernel, bias, layer } = this.data;
    const last = [
      { sign: "+", label: "bias", value: bias ?? NaN },
      { sign: "=", label: `${layer} here`, value, strong: true },
    ];
    const chosen = this.view.channel;
    if (chosen === null) {
      const products = channels.length * kernel * kernel;
      return [{ label: `sum of ${counted(products, "product")}`, value: sum }, ...last];
    }
    const own = parts[channels.indexOf(chosen)];
    const others = channels.length - 1;
    const rest = others
      ? [{ sign: "+", label: counted(others, "other channel"), value: sum - own }]
      : [];
    return [{ label: this.channelName(chosen), value: own }, ...rest, ...last];
  }

  paint({ row, column, width, progress }) {
    this.#progress = progress;
    const { channels } = this.data;
    const chosen = this.view.channel;
    const shown = chosen === null ? this.#heaviest() : [chosen];
    while (this.triples.length < shown.length) this.triples.push(new Triple(this.view.host.scale));
    const size = this.#size(width, shown.length);
    list(
      this.rows,
      shown,
      () => make("div"),
      (slot, channel, at) => {
        const triple = this.triples[at];
        if (slot.firstChild !== triple.element) slot.replaceChildren(triple.element);
        triple.onhover = (cell) => this.#say(channel, cell);
        triple.paint({
          ...this.sums.products(channels.indexOf(channel), row, column),
          kernel: this.data.kernel,
          limits: this.limits,
          size,
          name: this.channelName(channel),
          sum: chosen === null,
          pick: chosen === null ? () => this.view.chooseChannel(channel) : null,
          at: progress < 1 && chosen !== null ? Math.floor(progress * this.data.kernel ** 2) : null,
        });
      },
    );
    if (!this.triples.some((triple) => triple.hovered !== undefined)) this.#say();
    this.#paintChart(row, column, width);
  }

  // As large as there is room for, with the result still in sight.
  #size(width, rows) {
    const { rem } = theme(this.element);
    const high = this.view.high() - 9.5 * rem;
    if (this.view.channel !== null) {
      return Math.max(
        11.25 * rem,
        Math.min((width - 5.75 * rem) / 3, high - 2.75 * rem, 20.6 * rem),
      );
    }
    return Math.max(
      6.75 * rem,
      Math.min((width - 21.5 * rem) / 3, (high - 3.25 * rem) / rows - 12, 12.5 * rem),
    );
  }

  #paintChart(row, column, width) {
    const { channels, kernel } = this.data;
    const chosen = this.view.channel;
    const parts =
      chosen === null
        ? this.result(row, column).parts
        : this.sums.products(channels.indexOf(chosen), row, column).products;
    if (this.inside !== chosen) {
      this.chart.reset();
      // The bars are others now.
      this.#marked = undefined;
    }
    this.inside = chosen;
    const strongest = parts.reduce(
      (best, part, at) => (Math.abs(part) > Math.abs(parts[best]) ? at : best),
      0,
    );
    const at = this.#marked ?? strongest;
    const name =
      chosen === null
        ? this.channelName(channels[at])
        : `row ${Math.floor(at / kernel)}, column ${at % kernel}`;
    this.chart.paint({
      parts,
      width,
      height: 128,
      scale: this.view.host.scale,
      progress: this.#progress,
      marked: this.#marked,
      title: `The sum builds up, ${chosen === null ? "channel by channel" : "product by product"}`,
      note: `${this.#marked === undefined ? "most: " : ""}${name} ${long(parts[at])}`,
      label: `${parts.length} parts make ${long(parts.reduce((sum, part) => sum + part, 0))}`,
    });
  }

  #hover(part) {
    this.#marked = part;
    this.view.paint();
  }

  // The channels that the filter weighs most, which stay the same wherever it looks.
  #heaviest() {
    const { channels } = this.data;
    if (channels.length <= MOST_ROWS) return channels;
    const order = [...channels.keys()].sort((a, b) => this.norms[b] - this.norms[a]);
    return order.slice(0, MOST_ROWS).map((at) => channels[at]);
  }

  // One product in words: the one under the pointer, else the strongest of all that are added.
  #say(channel, cell) {
    const { row, column } = this.view.place();
    const { channels, kernel } = this.data;
    let [inside, at] = [channels.indexOf(channel), cell];
    if (at === undefined) {
      const among =
        this.view.channel === null ? [...channels.keys()] : [channels.indexOf(this.view.channel)];
      ({ channel: inside, at } = this.sums.strongest(among, row, column));
    }
    const { patch, weights, products } = this.sums.products(inside, row, column);
    const name = this.channelName(channels[inside]);
    say(this.which, cell === undefined ? "strongest product" : "this product");
    say(this.product, `${long(patch[at])} × ${long(weights[at])} = ${long(products[at])}`);
    say(this.where, `${name}, row ${Math.floor(at / kernel)}, column ${at % kernel} of the window`);
  }
}
