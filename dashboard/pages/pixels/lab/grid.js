// A few numbers as coloured cells, each written out where there is room.

import { make } from "../../../browser/dom.js";
import { fit, theme } from "./colours.js";
import { short } from "./numbers.js";

const ROOM_FOR_TEXT = 21;

export class Grid {
  // hover: gets the row and column of a cell, or nothing when the pointer leaves.
  constructor(hover = () => {}) {
    this.canvas = make("canvas", { role: "img", "aria-label": "Numbers" });
    this.canvas.onpointermove = (event) => {
      const { left, top } = this.canvas.getBoundingClientRect();
      const column = Math.floor((event.clientX - left) / this.cell);
      const row = Math.floor((event.clientY - top) / this.cell);
      if (row >= 0 && row < this.rows && column >= 0 && column < this.columns) hover(row, column);
    };
    this.canvas.onpointerleave = () => hover();
  }

  // values: row by row, written times the factor. limit: where the colours end. absent: tells cells outside the map.
  // marked: [row, column] to be framed. dots: how many small dots each cell has.
  paint({
    values,
    rows,
    columns,
    scale,
    limit,
    factor = 1,
    size,
    label,
    absent,
    marked,
    best,
    dots,
  }) {
    Object.assign(this, { rows, columns });
    this.cell = Math.min(Math.floor(size / Math.max(rows, columns)), 96);
    const { cell } = this;
    const context = fit(this.canvas, cell * columns, cell * rows);
    const colours = theme(this.canvas);
    context.textAlign = "center";
    context.textBaseline = "middle";
    const letters = Math.max(8, Math.min(cell * (cell < 34 ? 0.38 : 0.34), 26));
    context.font = `${cell > 40 ? 600 : 500} ${letters}px ${colours.font}`;
    for (let at = 0; at < rows * columns; at++) {
      const [x, y] = [(at % columns) * cell, Math.floor(at / columns) * cell];
      const value = values[at];
      const outside = absent?.(at);
      context.fillStyle = outside ? colours.raised : scale.css(value, limit);
      context.fillRect(x, y, cell - 1, cell - 1);
      const ink = outside ? colours.text : scale.ink(value, limit);
      if (cell >= ROOM_FOR_TEXT) {
        context.fillStyle = ink;
        context.globalAlpha = outside ? 0.55 : 1;
        context.fillText(short(value * factor, cell < 36), x + (cell - 1) / 2, y + cell / 2);
        context.globalAlpha = 1;
      }
      if (dots && !outside) speckle(context, dots(at), x, y, cell, ink);
    }
    if (best) frame(context, best, cell, colours.accent, 4);
    if (marked) frame(context, marked, cell, colours.text, 2.5);
    this.canvas.setAttribute("aria-label", label);
  }
}

function frame(context, [row, column], cell, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  const inset = width / 2;
  const side = cell - 1 - width;
  context.strokeRect(column * cell + inset, row * cell + inset, side, side);
}

function speckle(context, number, x, y, cell, ink) {
  const radius = Math.max(1.5, cell / 26);
  context.fillStyle = ink;
  for (let at = 0; at < Math.min(number, 9); at++) {
    context.beginPath();
    context.arc(x + radius * 3 * (at + 1), y + cell - radius * 3.5, radius, 0, 7);
    context.fill();
  }
}
