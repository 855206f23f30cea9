// A layer that changes each number by itself: its curve, and where the number at hand lies on it.

import { make } from "../../../browser/dom.js";
import { fit, theme } from "./colours.js";
import { long, short } from "./numbers.js";

const BARS = 60;

export class CurvePanel {
  constructor(view) {
    this.view = view;
    this.canvas = make("canvas", { role: "img", "aria-label": "Curve" });
    const caption = make("figcaption", {
      text: "what goes in (across) and what comes out (up); the bars count how often",
    });
    this.element = make(
      "div",
      { cls: "panel" },
      make("figure", { cls: "curve" }, this.canvas, caption),
    );
  }

  set(data) {
    this.data = data;
    const { input } = data.arrays;
    this.range = extent(input);
    this.bars = histogram(input, this.range);
  }

  get sentence() {
    const { kind } = this.data;
    if (kind === "batch_norm") {
      return "Batch norm shifts and stretches a channel by four numbers it keeps from training: minus the mean, over the spread, times gamma, plus beta.";
    }
    return this.data.function === "relu"
      ? "ReLU lets everything above zero pass, and turns everything below zero into zero."
      : "Tanh squeezes every number between −1 and 1.";
  }

  // The constants at a place; in a flat layer every unit has its own.
  #constants(at) {
    const { data } = this;
    // What is not finite could not be said in the facts.
    const of = (name) => (data[name] === undefined ? data.arrays[name][at] : (data[name] ?? NaN));
    return {
      mean: of("mean"),
      variance: of("variance"),
      gamma: of("gamma"),
      beta: of("beta"),
      eps: data.eps,
    };
  }

  #function(at) {
    if (this.data.kind !== "batch_norm") {
      return this.data.function === "relu" ? (value) => Math.max(0, value) : Math.tanh;
    }
    const { mean, variance, gamma, beta, eps } = this.#constants(at);
    const spread = Math.sqrt(variance + eps);
    return (value) => ((value - mean) / spread) * gamma + beta;
  }

  result(_row, _column, at) {
    const input = this.data.arrays.input[at];
    // Math.max makes a number of what is none.
    return { input, value: Number.isNaN(input) ? NaN : this.#function(at)(input) };
  }

  terms(row, column, at) {
    const { input, value } = this.result(row, column, at);
    const end = { sign: "=", label: `${this.data.layer} here`, value, strong: true };
    if (this.data.kind !== "batch_norm") {
      const relu = this.data.function === "relu";
      const label = !relu
        ? "tanh of it"
        : input > 0
          ? "above zero, so it passes"
          : "not above zero, so it becomes zero";
      return [
        { label: "the number", value: input },
        { ...end, sign: "→", label },
      ];
    }
    const { mean, variance, gamma, beta, eps } = this.#constants(at);
    return [
      { sign: "(", label: "the number", value: input },
      { sign: "−", label: "mean", value: mean },
      { sign: ") ÷", label: "spread", value: Math.sqrt(variance + eps) },
      { sign: "×", label: "gamma", value: gamma },
      { sign: "+", label: "beta", value: beta },
      end,
    ];
  }

  paint({ at, width }) {
    const { input, value } = this.result(0, 0, at);
    const across = Math.min(width, 960);
    const down = 300;
    const context = fit(this.canvas, across, down);
    const colours = theme(this.canvas);
    const { scale } = this.view.host;
    const made = this.#function(at);
    const [low, high] = this.range;
    const ends = extent([made(low), made(high), 0]);
    const inner = { left: 56, right: across - 24, top: 16, bottom: down - 34 };
    const x = (number) => inner.left + ((number - low) / (high - low)) * (inner.right - inner.left);
    const y = (number) =>
      inner.bottom - ((number - ends[0]) / (ends[1] - ends[0])) * (inner.bottom - inner.top);
    context.fillStyle = colours.text;
    context.globalAlpha = 0.16;
    const most = Math.max(...this.bars, 1);
    this.bars.forEach((number, bar) => {
      // The root, because most numbers of a map after ReLU are the same one.
      const height = Math.sqrt(number / most) * (inner.bottom - inner.top) * 0.6;
      const step = (inner.right - inner.left) / BARS;
      context.fillRect(inner.left + bar * step, inner.bottom - height, step - 1, height);
    });
    context.globalAlpha = 1;
    stroke(context, colours.line, 1, [
      [inner.left, y(0)],
      [inner.right, y(0)],
    ]);
    stroke(context, colours.line, 1, [
      [x(0), inner.top],
      [x(0), inner.bottom],
    ]);
    const points = Array.from({ length: 161 }, (_, step) => {
      const number = low + (step / 160) * (high - low);
      return [x(number), y(made(number))];
    });
    stroke(context, colours.text, 2.5, points);
    label(context, colours, short(low), inner.left, down - 14, "left");
    label(context, colours, short(high), inner.right, down - 14, "right");
    label(context, colours, short(ends[0]), inner.left - 8, inner.bottom, "right");
    label(context, colours, short(ends[1]), inner.left - 8, inner.top + 4, "right");
    if (!Number.isFinite(value)) return;
    context.setLineDash([4, 4]);
    stroke(context, colours.accent, 1.5, [
      [x(input), inner.bottom],
      [x(input), y(value)],
      [inner.left, y(value)],
    ]);
    context.setLineDash([]);
    context.fillStyle = scale.sign(value);
    context.strokeStyle = colours.text;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x(input), y(value), 8, 0, 7);
    context.fill();
    context.stroke();
    this.canvas.setAttribute("aria-label", `${long(input)} becomes ${long(value)}`);
  }
}

function extent(values) {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (high === low) return [-1, 1];
  const room = (high - low) * 0.06;
  return [low - room, high + room];
}

function histogram(values, [low, high]) {
  const found = new Array(BARS).fill(0);
  for (const value of values) {
    if (Number.isFinite(value))
      found[Math.min(BARS - 1, Math.floor(((value - low) / (high - low)) * BARS))] += 1;
  }
  return found;
}

function stroke(context, colour, width, points) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  points.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

function label(context, colours, text, x, y, align) {
  context.fillStyle = colours.text;
  context.font = `500 ${0.8125 * colours.rem}px ${colours.font}`;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}
