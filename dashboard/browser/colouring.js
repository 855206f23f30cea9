// Heat maps as colours: over the photo, alone, or as a line around the hottest places.
//
// As alexnet_core.explanation.maps draws them, but that a photo loses its own colours under a map:
// orange fur and orange heat could not be told apart.

import { palette } from "./palette.js";

const OPACITY = 0.7;
const HOTTEST = 0.1;
// The colours over a photo; the ends of the scale are too dark to be told from shadows.
const FOR = 0.6;
const AGAINST = 0.75;

// Where the scale of these maps ends: so many percent of all sizes lie below.
export function limitOf(payloads, percentile) {
  const all = payloads.map(({ values }) => values);
  const sizes = new Float32Array(all.reduce((sum, values) => sum + values.length, 0));
  let at = 0;
  for (const values of all) for (const value of values) sizes[at++] = Math.abs(value);
  sizes.sort();
  return quantile(sizes, percentile / 100) || sizes.at(-1) || 1;
}

export function beyond({ values }, end) {
  let count = 0;
  for (const value of values) if (Math.abs(value) > end) count++;
  return count / values.length;
}

// look: {show, signs, end, opacity}; photo: ImageData of the same side.
export function draw(canvas, photo, { head, values }, look) {
  const { side } = head;
  if (canvas.width !== side) Object.assign(canvas, { width: side, height: side });
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  if (look.show === "outline") outlined(image, photo, values, side, head.outline);
  else coloured(image, photo, values, look, palette(head.colours));
  context.putImageData(image, 0, 0);
}

export function drawPhoto(canvas, photo) {
  Object.assign(canvas, { width: photo.width, height: photo.height });
  canvas.getContext("2d").putImageData(photo, 0, 0);
}

function coloured(image, photo, values, { show, signs, end, opacity = OPACITY }, colours) {
  const fading = Math.min(1, 1.4 * opacity);
  const target = image.data;
  const under = photo.data;
  const ends = [colours.at(-AGAINST), colours.at(FOR)].map((colour) => [0, 8, 16].map((by) => (colour >> by) & 255));
  for (let at = 0; at < values.length; at++) {
    const value = signs === "sizes" ? Math.abs(values[at]) : values[at];
    const place = 4 * at;
    if (show === "alone") {
      const colour = colours.at(value / end);
      for (let channel = 0; channel < 3; channel++) target[place + channel] = (colour >> (8 * channel)) & 255;
    } else {
      // The square root lets weak places be seen at all.
      const cover = opacity * Math.sqrt(Math.min(Math.abs(value) / end, 1));
      const over = ends[value > 0 ? 1 : 0];
      const grey = 0.299 * under[place] + 0.587 * under[place + 1] + 0.114 * under[place + 2];
      for (let channel = 0; channel < 3; channel++) {
        const paled = under[place + channel] + fading * (grey - under[place + channel]);
        target[place + channel] = Math.round(paled * (1 - cover) + over[channel] * cover);
      }
    }
    target[place + 3] = 255;
  }
}

function outlined(image, photo, values, side, colour) {
  const from = quantile(values.slice().sort(), 1 - HOTTEST);
  const inside = (row, column) =>
    row >= 0 && column >= 0 && row < side && column < side &&
    values[row * side + column] > 0 && values[row * side + column] >= from;
  image.data.set(photo.data);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      if (!inside(row, column)) continue;
      const deep = inside(row - 1, column) && inside(row + 1, column) && inside(row, column - 1) && inside(row, column + 1);
      if (!deep) image.data.set(colour, 4 * (row * side + column));
    }
  }
}

// Between two values as NumPy does it.
function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const after = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[after] - sorted[below]);
}

// A number as short as it goes, with the sign that is as wide as a plus.
export function shown(value, signed = false) {
  if (value === null || value === undefined || Number.isNaN(value)) return "no number";
  const text = Math.abs(value) >= 1e-4 || value === 0 ? Number(value.toPrecision(3)).toString() : value.toExponential(1);
  return `${signed && value > 0 ? "+" : ""}${text}`.replaceAll("-", "−");
}

export function seconds(value) {
  return value < 1 ? `${Math.max(1, Math.round(1000 * value))} ms` : `${value.toFixed(1)} s`;
}

export function make(tag, { cls = "", text = "", ...rest } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), { className: cls, textContent: text });
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith("on") || name === "title" || name === "type" || name === "hidden") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
