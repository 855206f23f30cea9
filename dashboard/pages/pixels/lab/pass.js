// Layers that change no number: flatten lays maps in a row, dropout only acts while training.

import { make, say } from "../../../browser/dom.js";

export class PassPanel {
  constructor() {
    this.text = make("p", { cls: "large" });
    this.element = make("div", { cls: "panel" }, this.text);
  }

  set(data) {
    this.data = data;
  }

  get sentence() {
    const { kind, share, source } = this.data;
    if (kind === "flatten") {
      const [maps, rows, columns] = source.length ? source : this.data.inputShape;
      return `${maps} maps of ${rows} × ${columns} are laid in one row, map after map and line after line. No number changes.`;
    }
    return `While it learns, each number is silenced with a chance of ${Math.round(100 * share)} %. Now that it answers, dropout lets every number pass.`;
  }

  result(_row, _column, at) {
    return { value: this.data.arrays.input[at] };
  }

  terms(row, column, at) {
    const { value } = this.result(row, column, at);
    return [
      { label: "goes in", value },
      { sign: "=", label: "comes out", value, strong: true },
    ];
  }

  paint({ at }) {
    const { kind, inputShape, first } = this.data;
    if (kind !== "flatten") return say(this.text, `Unit ${first + at} stays what it is.`);
    const [, rows, columns] = inputShape;
    const number = first + at;
    const map = Math.floor(number / (rows * columns));
    const row = Math.floor((number % (rows * columns)) / columns);
    const column = number % columns;
    return say(
      this.text,
      `Map ${map}, row ${row}, column ${column} becomes number ${map} × ${rows * columns} + ${row} × ${columns} + ${column} = ${number}.`,
    );
  }
}
