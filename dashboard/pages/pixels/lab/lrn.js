// Local response normalisation at one place: a number against its neighbours in other channels.

import { list, make, say } from "../../../browser/dom.js";
import { limitOf } from "./colours.js";
import { long } from "./numbers.js";

export class LrnPanel {
  constructor(view) {
    this.view = view;
    this.body = make("tbody");
    const head = make(
      "tr",
      {},
      ...["channel", "value", "squared", ""].map((text) => make("th", { text, scope: "col" })),
    );
    this.table = make("table", { cls: "neighbours" }, make("thead", {}, head), this.body);
    this.element = make("div", { cls: "panel" }, this.table);
  }

  set(data) {
    this.data = data;
    const most = limitOf(data.arrays.input);
    this.most = most * most;
    this.limit = most;
  }

  get sentence() {
    const { size, unit } = this.data;
    return `Each number of map ${unit} is divided by what ${size} neighbouring maps say at the same place: where they are loud, it becomes smaller.`;
  }

  #values(row, column) {
    const { inputOrigin, arrays, shapes } = this.data;
    const [channels, rows, columns] = shapes.input;
    const at = (row - inputOrigin[0]) * columns + (column - inputOrigin[1]);
    return Array.from(
      { length: channels },
      (_, channel) => arrays.input[channel * rows * columns + at],
    );
  }

  result(row, column) {
    const { channels, unit, alpha, beta, k } = this.data;
    const values = this.#values(row, column);
    const own = values[channels.indexOf(unit)];
    const squares = values.reduce((sum, value) => sum + value * value, 0);
    const base = k + alpha * squares;
    const divisor = base ** beta;
    return { values, own, squares, base, divisor, value: own / divisor };
  }

  terms(row, column) {
    const { own, squares, divisor, value } = this.result(row, column);
    const { alpha, beta, k, layer } = this.data;
    return [
      { label: "the number", value: own },
      {
        sign: "÷",
        label: `(${k} + ${alpha} × ${long(squares)}) to the power of ${beta}`,
        value: divisor,
      },
      { sign: "=", label: `${layer} here`, value, strong: true },
    ];
  }

  paint({ row, column }) {
    const { values, squares } = this.result(row, column);
    const { channels, unit } = this.data;
    const { scale } = this.view.host;
    const items = values.map((value, at) => ({ name: channels[at], value, square: value * value }));
    list(
      this.body,
      [...items, { name: "sum of squares", square: squares }],
      row4,
      (line, { name, value, square }) => {
        const [head, number, squared, bar] = line.children;
        say(head, String(name));
        say(number, value === undefined ? "" : long(value));
        say(squared, long(square));
        number.style.background = value === undefined ? "" : scale.css(value, this.limit);
        number.style.color = value === undefined ? "" : scale.ink(value, this.limit);
        const share = value === undefined ? 0 : Math.min(1, square / this.most);
        bar.firstChild.style.width = `${100 * Math.sqrt(share)}%`;
        bar.firstChild.style.background = scale.above;
        line.classList.toggle("own", name === unit);
        line.classList.toggle("sum", value === undefined);
      },
    );
  }
}

function row4() {
  return make(
    "tr",
    {},
    make("th", { scope: "row" }),
    make("td"),
    make("td"),
    make("td", {}, make("div")),
  );
}
