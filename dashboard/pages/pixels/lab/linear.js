// A fully connected unit: every input times its weight, the strongest products first, and the sum.

import { list, make, say } from "../../../browser/dom.js";
import { counted, whole } from "../../../browser/format.js";
import { RunningChart } from "./chart.js";
import { bitmap, limitOf, theme } from "./colours.js";
import { Hand } from "./hand.js";
import { Ledger } from "./ledger.js";
import { MapView } from "./map.js";
import { long } from "./numbers.js";
import { rowSpace } from "./space.js";

const SHOWN = 24;
const LISTED = 8;
const EVERY_MS = 1300;
const NAMES = ["input", "weights", "products"];

// Its places are the products, from the strongest on.
export class LinearLayer extends Hand {
  channel = null;
  channels = null;

  constructor(host) {
    super(host);
    this.sentence = make("p", { cls: "sentence" });
    const on = {
      point: (row, column) => this.point(this.ranks?.[this.space.at(row, column)]),
      leave: () => this.pointAway(),
      pick: (row, column) => this.pick(this.ranks?.[this.space.at(row, column)]),
    };
    this.maps = NAMES.map(() => new MapView(on));
    const sign = (text) => make("i", { text, cls: "sign" });
    const [inputs, weights, products] = this.maps.map(({ element }) => element);
    this.row = make("div", { cls: "rows" }, inputs, sign("×"), weights, sign("="), products);
    this.product = make("b");
    this.which = make("small");
    this.term = make("p", { cls: "one" }, this.which, this.product);
    this.chart = new RunningChart({
      hover: (part) =>
        part === undefined ? this.pointAway() : part < this.shown && this.point(part),
      pick: (part) => part < this.shown && this.pick(part),
    });
    this.strongest = make("ol", { cls: "strongest" });
    this.side = make(
      "div",
      { cls: "side" },
      make("b", { text: "What weighs most" }),
      this.strongest,
    );
    this.ledger = new Ledger((layer) => host.open(layer));
    this.what = make(
      "div",
      { cls: "what" },
      this.row,
      this.term,
      this.ledger.element,
      this.chart.element,
    );
    const both = make("div", { cls: "stage reversed" }, this.what, this.side);
    this.element = make("div", { cls: "layer" }, this.sentence, both);
  }

  set(data, { channel, same }) {
    this.data = data;
    const { input, weights, index } = data.arrays;
    this.space = rowSpace(input.length, data.whole ? data.source : []);
    this.terms = Float64Array.from(input, (value, at) => value * weights[at]);
    this.order = [...this.terms.keys()].sort(
      (a, b) => Math.abs(this.terms[b]) - Math.abs(this.terms[a]),
    );
    this.ranks = new Int32Array(this.terms.length);
    this.order.forEach((at, rank) => (this.ranks[at] = rank));
    this.shown = Math.min(SHOWN, this.order.length);
    this.sum = this.terms.reduce((total, term) => total + term, data.rest ?? NaN);
    this.value = this.sum + (data.bias ?? NaN);
    this.chart.reset();
    const { rows, columns } = this.space;
    [input, weights, this.terms].forEach((values, number) =>
      this.maps[number].set({
        picture: bitmap(
          this.space.arranged(values),
          rows,
          columns,
          this.host.scale,
          limitOf(values),
        ),
        rows,
        columns,
        title: NAMES[number],
        note: "",
        label: `${NAMES[number]}, ${values.length} numbers. Arrow keys go from one strong product to the next.`,
      }),
    );
    const wanted = channel === null ? -1 : index ? index.indexOf(channel) : channel;
    this.pace();
    const all = counted(data.inputShape[0], "number");
    say(
      this.sentence,
      `${data.unitWord} ${data.unit} multiplies each of ${all} by a weight of its own, adds all products up, and adds its bias.` +
        (data.whole
          ? ""
          : ` The ${whole(this.terms.length)} strongest products are here; the others are one sum.`),
    );
    this.take(wanted >= 0 && wanted < this.terms.length ? this.ranks[wanted] : -1, same, 0);
  }

  // The sweep goes through the strongest ones only.
  get count() {
    return this.shown;
  }

  pace(speed = this.speed ?? 1) {
    this.speed = speed;
    this.sweep.every = EVERY_MS / speed;
  }

  lookAt() {
    return false;
  }

  // The number of the input that is pointed at, as the layer counts.
  get number() {
    const at = this.order[this.at];
    return this.data.arrays.index?.[at] ?? at;
  }

  state() {
    const { layer, unit } = this.data;
    return {
      layer,
      unit,
      channel: this.pinned ? this.number : null,
      row: null,
      column: null,
      pinned: this.pinned,
    };
  }

  spoken() {
    return `${this.which.textContent}: ${this.product.textContent}`;
  }

  turn(down, across) {
    return Math.max(0, Math.min(this.order.length - 1, this.at + down + across));
  }

  toggle() {
    if (this.at >= this.shown) this.at = 0;
    super.toggle();
  }

  name(number) {
    const { source, from } = this.data;
    if (!source.length) return `${from}, unit ${number}`;
    const { unit, row, column } = this.#origin(number);
    return `${from}, map ${unit}, row ${row}, column ${column}`;
  }

  paint() {
    const width = this.what.clientWidth;
    if (!width || !this.data) return;
    const { arrays, bias, rest, unit } = this.data;
    const at = this.order[this.at];
    const [row, column] = this.space.cell(at);
    const side = Math.min(300, (width - 5.5 * theme(this.element).rem) / 3);
    for (const map of this.maps)
      map.paint(side, { boxes: [{ row, column, height: 1, width: 1 }], tall: side });
    say(this.which, this.name(this.number));
    say(
      this.product,
      `${long(arrays.input[at])} × ${long(arrays.weights[at])} = ${long(this.terms[at])}`,
    );
    const first = this.order.slice(0, this.shown).map((number) => this.terms[number]);
    const others = this.sum - first.reduce((sum, term) => sum + term, 0);
    const inChart = this.at < this.shown;
    this.chart.paint({
      parts: [...first, others, bias ?? NaN],
      width,
      height: 150,
      scale: this.host.scale,
      progress: this.sweep.moving ? (this.at + 1) / (this.shown + 2) : 1,
      marked: inChart ? this.at : undefined,
      title: "The sum builds up, strongest product first",
      note: `the last two bars: ${counted(this.terms.length - this.shown, "other product")}, and the bias`,
      label: `${this.shown} products, the sum of the others and the bias make ${long(this.value)}`,
    });
    list(this.strongest, this.order.slice(0, LISTED), line, (element, number, rank) => {
      const own = arrays.index?.[number] ?? number;
      const [button, value] = element.children;
      say(button, this.name(own));
      button.onclick = () => this.host.open(this.data.from, this.#origin(own));
      button.title = "Look at where it comes from";
      say(value, long(this.terms[number]));
      element.classList.toggle("chosen", rank === this.at);
    });
    this.ledger.show({
      terms: [
        { label: `sum of ${counted(this.data.inputShape[0], "product")}`, value: this.sum },
        { sign: "+", label: "bias", value: bias ?? NaN },
        {
          sign: "=",
          label: `${this.data.layer}, ${this.data.unitWord.toLowerCase()} ${unit}`,
          value: this.value,
          strong: true,
        },
      ],
      result: this.value,
      given: this.data.value ?? NaN,
      after: this.data.after.map(({ layer }, number) => ({
        layer,
        value: this.data.afterValues[number] ?? NaN,
      })),
      next: this.data.next,
    });
    this.host.tell({
      row: null,
      column: null,
      sum: this.value,
      captured: this.data.value ?? NaN,
      rest,
    });
  }

  // Where an input comes from, in the layer that made it.
  #origin(number) {
    const { source } = this.data;
    if (!source.length) return { unit: number };
    const [, rows, columns] = source;
    const within = number % (rows * columns);
    return {
      unit: Math.floor(number / (rows * columns)),
      row: Math.floor(within / columns),
      column: within % columns,
    };
  }
}

function line() {
  return make("li", {}, make("button", { type: "button" }), make("span"));
}
