// Where the maps of a layer lie on the canvas, and their drawing.

import { lifted, limitOf, palette, picture } from "../../../browser/colours.js";

const LARGEST = 116;
const SMALLEST = 7;

// The largest tiles with which so many fit; rows go on below where even the smallest do not.
export function layoutFor(count, width, height) {
  for (let side = LARGEST; ; side--) {
    const gap = side >= 24 ? 4 : side >= 12 ? 2 : 1;
    const columns = Math.max(Math.min(Math.floor((width + gap) / (side + gap)), count), 1);
    const rows = Math.ceil(count / columns);
    if (rows * (side + gap) - gap <= height || side === SMALLEST) {
      return { side, gap, columns, rows };
    }
  }
}

export class Tiles {
  constructor(canvas) {
    this.canvas = canvas;
  }

  // units: in the order in which they are shown. look: {range, contrast}.
  show(payload, units, look, width, height) {
    Object.assign(this, { payload, units, look });
    this.layout = layoutFor(units.length, width, height);
    this.places = new Map(units.map((unit, place) => [unit, place]));
    const { side, gap, columns, rows } = this.layout;
    this.width = columns * (side + gap) - gap;
    this.height = rows * (side + gap) - gap;
    this.draw();
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const { canvas, payload, layout } = this;
    Object.assign(canvas, { width: this.width * ratio, height: this.height * ratio });
    Object.assign(canvas.style, { width: `${this.width}px`, height: `${this.height}px` });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const [, rows, columns] = payload.head.shape;
    const flat = rows * columns === 1;
    // Enlarged, each value is a square of its own; shrunk, neighbours melt into one another.
    context.imageSmoothingEnabled = layout.side * ratio < columns;
    context.imageSmoothingQuality = "high";
    this.units.forEach((unit, place) => {
      const { x, y } = this.corner(place);
      if (flat) this.#cell(context, unit, x, y);
      else this.#map(context, unit, x, y);
    });
  }

  // The look of one unit as on the canvas.
  picture(unit) {
    const { head } = this.payload;
    return picture(this.payload, unit, limitOf(head, unit, this.look.range), this.look.contrast);
  }

  corner(place) {
    const { side, gap, columns } = this.layout;
    return {
      x: (place % columns) * (side + gap),
      y: Math.floor(place / columns) * (side + gap),
    };
  }

  cornerOf(unit) {
    return this.corner(this.places.get(unit));
  }

  // What lies under a point of the canvas: {unit, row, column}, or null.
  at(x, y) {
    const { side, gap, columns } = this.layout;
    const [across, down] = [Math.floor(x / (side + gap)), Math.floor(y / (side + gap))];
    if (x < 0 || y < 0 || across >= columns) return null;
    const unit = this.units[down * columns + across];
    if (unit === undefined) return null;
    const [, rows, wide] = this.payload.head.shape;
    const within = (from, count) => Math.min(Math.floor((from / side) * count), count - 1);
    return {
      unit,
      row: within(y - down * (side + gap), rows),
      column: within(x - across * (side + gap), wide),
    };
  }

  #map(context, unit, x, y) {
    const { side } = this.layout;
    if (this.payload.head.lowest?.[unit] === null) {
      this.#cross(context, x, y);
      return;
    }
    context.drawImage(this.picture(unit), x, y, side, side);
    // Where nearly all is zero, the page would swallow the map's edge.
    context.strokeStyle = "rgb(128 128 128 / 30%)";
    context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
  }

  #cell(context, unit, x, y) {
    const { head } = this.payload;
    const value = head.lowest[unit];
    if (value === null) {
      this.#cross(context, x, y);
      return;
    }
    // Alone, each value would be the end of its own scale, and all would look the same.
    const range = this.look.range === "unit" ? "layer" : this.look.range;
    const share = lifted(value / limitOf(head, unit, range), this.look.contrast);
    context.fillStyle = palette(head.colours).css(share);
    context.fillRect(x, y, this.layout.side, this.layout.side);
  }

  // Stands where there are no numbers.
  #cross(context, x, y) {
    const { side } = this.layout;
    context.strokeStyle = getComputedStyle(this.canvas).color;
    context.globalAlpha = 0.5;
    context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + side, y + side);
    context.moveTo(x + side, y);
    context.lineTo(x, y + side);
    context.stroke();
    context.globalAlpha = 1;
  }
}
