// One map, each number a pixel, with the window that is looked at.

import { make, say } from "../../../browser/dom.js";
import { fit, theme } from "./colours.js";

export class MapView {
  // on: {point(row, column), leave(), pick(row, column)}; without it the map only shows.
  constructor(on = null) {
    this.canvas = make("canvas", { role: "img", "aria-label": "Map" });
    this.title = make("button", { type: "button", cls: "title" });
    this.note = make("span");
    this.element = make("figure", {}, make("figcaption", {}, this.title, this.note), this.canvas);
    if (!on) return;
    this.canvas.tabIndex = 0;
    this.canvas.classList.add("live");
    this.canvas.setAttribute("role", "application");
    this.canvas.onpointermove = (event) => on.point(...this.#cell(event));
    this.canvas.onpointerleave = () => on.leave();
    this.canvas.onclick = (event) => on.pick(...this.#cell(event));
  }

  // picture: a canvas of one pixel a number. origin: row and column of its first.
  // pad: how many pixels of padding lie around the map. open: where a click on the title leads.
  set({ picture, rows, columns, origin = [0, 0], pad = 0, title, note, label, open = null }) {
    Object.assign(this, { picture, rows, columns, origin, pad });
    say(this.title, title);
    this.title.disabled = !open;
    this.title.onclick = open;
    this.title.title = open ? "Look at the layer that it comes from" : "";
    say(this.note, note);
    this.canvas.setAttribute("aria-label", label ?? title);
  }

  // boxes: [{row, column, height, width, dashed}] in pixels of the map. dot: [row, column].
  // upTo: pixels behind this one are not reached yet and stay pale.
  paint(width, { boxes = [], dot = null, upTo = null, tall = Infinity } = {}) {
    const { picture, rows, columns, pad } = this;
    this.step = Math.min(width / (columns + 2 * pad), tall / (rows + 2 * pad));
    const { step } = this;
    const context = fit(this.canvas, step * (columns + 2 * pad), step * (rows + 2 * pad));
    const colours = theme(this.canvas);
    context.imageSmoothingEnabled = false;
    if (pad) hatch(context, this.canvas, colours);
    context.drawImage(picture, pad * step, pad * step, columns * step, rows * step);
    if (upTo !== null) this.#veil(context, upTo, colours);
    for (const box of boxes.filter(({ dashed }) => dashed)) this.#box(context, box, colours);
    for (const box of boxes.filter(({ dashed }) => !dashed)) this.#box(context, box, colours);
    if (dot)
      this.#box(context, { row: dot[0], column: dot[1], height: 1, width: 1, dot: true }, colours);
  }

  // What lies behind a pixel in reading order is covered.
  #veil(context, upTo, colours) {
    const { step, rows, columns } = this;
    const row = Math.floor(upTo / columns);
    const column = (upTo % columns) + 1;
    context.fillStyle = colours.background;
    context.globalAlpha = 0.62;
    context.fillRect(column * step, row * step, (columns - column) * step, step);
    context.fillRect(0, (row + 1) * step, columns * step, (rows - row - 1) * step);
    context.globalAlpha = 1;
  }

  #box(context, { row, column, height, width, dashed, dot }, colours) {
    const { step, pad, origin } = this;
    let [x, y] = [(column - origin[1] + pad) * step, (row - origin[0] + pad) * step];
    let [across, down] = [width * step, height * step];
    // A frame of less than eight pixels could not be seen.
    const grown = Math.max(0, (8 - across) / 2);
    if (grown) [x, y, across, down] = [x - grown, y - grown, across + 2 * grown, down + 2 * grown];
    context.setLineDash(dashed ? [3, 3] : []);
    for (const [colour, line] of dashed
      ? [[colours.text, 1]]
      : [
          ["#ffffff", dot ? 4 : 5],
          [colours.accent, dot ? 2 : 2.5],
        ]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.strokeRect(x, y, across, down);
    }
    context.setLineDash([]);
  }

  #cell(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const { step, pad, origin } = this;
    return [
      Math.floor((event.clientY - top) / step) - pad + origin[0],
      Math.floor((event.clientX - left) / step) - pad + origin[1],
    ];
  }
}

// Padding is zeros that are no part of the map.
function hatch(context, canvas, colours) {
  const { width, height } = canvas;
  context.fillStyle = colours.raised;
  context.fillRect(0, 0, width, height);
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = -height; at < width; at += 6) {
    context.moveTo(at, 0);
    context.lineTo(at + height, height);
  }
  context.stroke();
}
