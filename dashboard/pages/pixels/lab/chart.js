// A sum building up: a bar for every part, and the line of what they make together so far.

import { make, say } from "../../../browser/dom.js";
import { fit, theme } from "./colours.js";
import { long } from "./numbers.js";

export class RunningChart {
  #low = 0;
  #high = 0;

  // hover and pick get the number of a part; hover nothing when the pointer leaves.
  constructor({ hover = () => {}, pick = null } = {}) {
    this.canvas = make("canvas", { role: "img", "aria-label": "Chart" });
    this.title = make("b");
    this.note = make("span");
    this.element = make(
      "figure",
      { cls: "running" },
      make("figcaption", {}, this.title, this.note),
      this.canvas,
    );
    const part = (event) => {
      const at = Math.floor((event.clientX - this.canvas.getBoundingClientRect().left) / this.slot);
      return at >= 0 && at < this.count ? at : undefined;
    };
    this.canvas.onpointermove = (event) => hover(part(event));
    this.canvas.onpointerleave = () => hover();
    if (pick) {
      this.canvas.classList.add("live");
      this.canvas.onclick = (event) => part(event) !== undefined && pick(part(event));
    }
  }

  // The heights are kept while places change, so that bars can be compared; other data begin anew.
  reset() {
    this.#low = this.#high = 0;
  }

  // progress: the share of the parts that are added already. marked: a part to point at.
  paint({ parts, width, height, scale, progress = 1, marked, title, note, label }) {
    say(this.title, title);
    say(this.note, note);
    const colours = theme(this.canvas);
    const room = 5.25 * colours.rem;
    this.count = parts.length;
    this.slot = (width - room) / parts.length;
    const shown = Math.round(progress * parts.length);
    this.#stretch(parts);
    const spread = this.#high - this.#low || 1;
    const place = (value) => 8 + ((this.#high - value) / spread) * (height - 16);
    const context = fit(this.canvas, width, height);
    const gap = this.slot > 5 ? Math.min(this.slot * 0.2, 8) : 0;
    const zero = place(0);
    let sum = 0;
    const path = [[0, zero]];
    parts.forEach((part, at) => {
      const [x, y] = [at * this.slot, place(part)];
      context.fillStyle = scale.sign(part);
      // What is not added yet is there, but pale.
      context.globalAlpha = at >= shown ? 0.2 : marked === undefined || marked === at ? 1 : 0.55;
      context.fillRect(
        x + gap / 2,
        Math.min(y, zero),
        Math.max(this.slot - gap, 0.75),
        Math.max(Math.abs(y - zero), 1),
      );
      if (at >= shown) return;
      sum += part;
      path.push([x + this.slot, place(sum)]);
    });
    context.globalAlpha = 1;
    line(
      context,
      [
        [0, zero],
        [width - room, zero],
      ],
      colours.line,
      1,
    );
    line(context, steps(path, this.slot), colours.text, this.slot > 12 ? 2 : 1.5);
    const [x, y] = path.at(-1);
    context.fillStyle = colours.text;
    context.beginPath();
    context.arc(x, y, 4, 0, 7);
    context.fill();
    context.font = `600 ${0.9375 * colours.rem}px ${colours.font}`;
    context.textBaseline = "middle";
    context.textAlign = "left";
    context.fillText(
      long(sum),
      Math.min(x + 9, width - room + 9),
      Math.max(10, Math.min(height - 10, y)),
    );
    this.canvas.setAttribute("aria-label", label);
  }

  #stretch(parts) {
    let sum = 0;
    for (const part of parts) {
      sum += part;
      for (const value of [part, sum]) {
        if (value < this.#low) this.#low = value;
        if (value > this.#high) this.#high = value;
      }
    }
  }
}

// Level over each part, so that one sees which of them lifted it.
function steps(path, slot) {
  if (slot < 4) return path;
  return path.flatMap(([x, y], at) =>
    at
      ? [
          [x - slot, y],
          [x, y],
        ]
      : [[x, y]],
  );
}

function line(context, points, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.beginPath();
  points.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}
