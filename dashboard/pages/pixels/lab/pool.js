// Pooling at one place: the window's numbers and which of them wins, or their mean.

import { make, say } from "../../../browser/dom.js";
import { counted } from "../../../browser/format.js";
import { limitOf } from "./colours.js";
import { Grid } from "./grid.js";
import { long } from "./numbers.js";
import { windowOf } from "./space.js";

export class PoolPanel {
  constructor(view) {
    this.view = view;
    this.grid = new Grid();
    this.facts = make("ul", { cls: "facts" });
    const figure = make("figure", {}, make("figcaption", { text: "the window" }), this.grid.canvas);
    this.element = make("div", { cls: "panel pool" }, figure, this.facts);
  }

  set(data) {
    this.data = data;
    this.limit = limitOf(data.arrays.input);
    this.mean = data.kind === "adaptive_avg_pool";
  }

  get sentence() {
    const { kernel, stride, unit } = this.data;
    if (this.mean) return `Map ${unit} is cut into windows, and each becomes its mean.`;
    const shared = kernel - stride;
    const lines = shared === 1 ? "one row or column" : `${shared} rows or columns`;
    const overlap = shared > 0 ? `neighbours share ${lines}` : "windows do not overlap";
    return (
      `Of each ${kernel} × ${kernel} numbers of map ${unit} only the largest goes on. ` +
      `The window moves by ${stride}, so ${overlap}.`
    );
  }

  // The numbers of a window, and which wins: the first of the largest, in reading order.
  look(row, column) {
    const { inputOrigin, arrays, shapes } = this.data;
    const [, rows, columns] = shapes.input;
    const box = windowOf(this.data, row, column);
    const values = [];
    let best = -1;
    for (let at = 0; at < box.height * box.width; at++) {
      const down = box.row + Math.floor(at / box.width) - inputOrigin[0];
      const across = box.column + (at % box.width) - inputOrigin[1];
      const inside = down >= 0 && down < rows && across >= 0 && across < columns;
      values.push(inside ? arrays.input[down * columns + across] : -Infinity);
      if (inside && (best < 0 || values[at] > values[best])) best = at;
    }
    return { box, values, best };
  }

  result(row, column) {
    const { values, best } = this.look(row, column);
    const sum = values.reduce((total, value) => total + value, 0);
    return { value: this.mean ? sum / values.length : values[best], sum };
  }

  terms(row, column) {
    const { values } = this.look(row, column);
    const { value, sum } = this.result(row, column);
    const { layer } = this.data;
    if (this.mean) {
      return [
        { label: `sum of ${counted(values.length, "number")}`, value: sum },
        { sign: "÷", label: "how many", text: String(values.length) },
        { sign: "=", label: `${layer} here`, value, strong: true },
      ];
    }
    return [
      {
        label: `largest of ${counted(values.filter((number) => number > -Infinity).length, "number")}`,
        value,
      },
      { sign: "=", label: `${layer} here`, value, strong: true },
    ];
  }

  boxes(row, column) {
    return this.#neighbours(row, column).map(([down, across]) => ({
      ...windowOf(this.data, down, across),
      dashed: true,
    }));
  }

  dot(row, column) {
    if (this.mean) return null;
    const { box, best } = this.look(row, column);
    const found = pixel(box, best);
    return [found.row, found.column];
  }

  paint({ row, column, width }) {
    const { box, values, best } = this.look(row, column);
    const around = this.#neighbours(row, column).map(([down, across]) =>
      windowOf(this.data, down, across),
    );
    const seenBy = (at) => {
      const { row: down, column: over } = pixel(box, at);
      return 1 + around.filter((other) => covers(other, down, over)).length;
    };
    this.grid.paint({
      values,
      rows: box.height,
      columns: box.width,
      scale: this.view.host.scale,
      limit: this.limit,
      size: Math.min(360, width * 0.5),
      absent: (at) => values[at] === -Infinity,
      best: this.mean ? null : [Math.floor(best / box.width), best % box.width],
      dots: this.mean || this.data.kernel <= this.data.stride ? null : seenBy,
      label: `The window, ${box.height} by ${box.width} numbers`,
    });
    this.#tell(
      this.mean ? this.#meant(values) : this.#won(row, column, { box, values, best }, seenBy),
    );
  }

  #meant(values) {
    const one = values.length === 1;
    return [
      one
        ? "This window holds one number, so it stays as it is."
        : `${values.length} numbers become one: their mean.`,
    ];
  }

  #won(row, column, { box, values, best }, seenBy) {
    const { row: down, column: across } = pixel(box, best);
    const equals = values.filter((value) => value === values[best]).length;
    const also = this.#neighbours(row, column).filter(([y, x]) => {
      const other = this.look(y, x);
      const winner = pixel(other.box, other.best);
      return winner.row === down && winner.column === across;
    }).length;
    const said = [
      equals > 1
        ? `${equals} pixels are equal at ${long(values[best])}; the first one counts.`
        : `Row ${down}, column ${across} of the input wins with ${long(values[best])}.`,
    ];
    if (this.data.kernel > this.data.stride) {
      const seen = seenBy(best);
      const won = also
        ? `and it wins in ${also + 1 === seen ? "all" : also + 1} of them`
        : "and it wins in this one alone";
      said.push(
        seen === 1
          ? "No other window can see this pixel."
          : `${counted(seen, "window")} can see this pixel, ${won}.`,
        "The dots in a cell count the windows that see it.",
      );
    }
    return said;
  }

  #tell(sentences) {
    while (this.facts.children.length < sentences.length) this.facts.append(make("li"));
    while (this.facts.children.length > sentences.length) this.facts.lastChild.remove();
    sentences.forEach((sentence, at) => say(this.facts.children[at], sentence));
  }

  // The places around one whose windows overlap with its window.
  #neighbours(row, column) {
    const { outputOrigin, shapes, kernel, stride } = this.data;
    if (this.mean) return [];
    const reach = Math.ceil(kernel / stride) - 1;
    const found = [];
    for (let down = -reach; down <= reach; down++) {
      for (let across = -reach; across <= reach; across++) {
        const [y, x] = [row + down - outputOrigin[0], column + across - outputOrigin[1]];
        const there = y >= 0 && y < shapes.output[0] && x >= 0 && x < shapes.output[1];
        if (there && (down || across)) found.push([row + down, column + across]);
      }
    }
    return found;
  }
}

function pixel(box, at) {
  return { row: box.row + Math.floor(at / box.width), column: box.column + (at % box.width) };
}

function covers(box, row, column) {
  const [down, across] = [row - box.row, column - box.column];
  return down >= 0 && down < box.height && across >= 0 && across < box.width;
}
