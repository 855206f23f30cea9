// The one scale of the lab for signed numbers, and what the theme says.

const STEPS = 512;

// Below zero one colour, above zero another, zero white; what is no number is grey.
export class Scale {
  constructor(stops) {
    const colours = stops.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    this.table = Array.from({ length: STEPS + 1 }, (_, step) => {
      const at = (step / STEPS) * (colours.length - 1);
      const low = Math.min(Math.floor(at), colours.length - 2);
      return colours[low].map((level, channel) =>
        Math.round(level + (at - low) * (colours[low + 1][channel] - level)),
      );
    });
    this.below = stops[2];
    this.above = stops[8];
  }

  rgb(value, limit) {
    if (!Number.isFinite(value)) return NOTHING;
    const share = Math.max(-1, Math.min(1, value / limit));
    return this.table[Math.round(((share + 1) / 2) * STEPS)];
  }

  css(value, limit) {
    return `rgb(${this.rgb(value, limit).join(" ")})`;
  }

  // Text that can be read on that colour.
  ink(value, limit) {
    const [red, green, blue] = this.rgb(value, limit);
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#1a222b" : "#ffffff";
  }

  sign(value) {
    return value < 0 ? this.below : this.above;
  }
}

const NOTHING = [128, 128, 128];

// The largest size among numbers; one where all are zero or none is a number.
export function limitOf(values) {
  let found = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > found && size < Infinity) found = size;
  }
  return found || 1;
}

export function theme(element) {
  const style = getComputedStyle(element);
  const of = (name) => style.getPropertyValue(`--st-${name}`).trim();
  return {
    text: of("text-color"),
    background: of("background-color"),
    raised: of("secondary-background-color"),
    line: of("border-color"),
    accent: of("primary-color"),
    font: of("font") || "sans-serif",
    rem: parseFloat(getComputedStyle(document.documentElement).fontSize),
  };
}

// A canvas of so many CSS pixels, sharp on every screen; gives what draws on it.
export function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) {
    Object.assign(canvas, { width: across, height: down });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// Numbers as a picture of one pixel each.
export function bitmap(values, rows, columns, scale, limit) {
  const image = new ImageData(columns, rows);
  for (let at = 0; at < rows * columns; at++) {
    if (values[at] === undefined) continue;
    const [red, green, blue] = scale.rgb(values[at], limit);
    image.data.set([red, green, blue, 255], 4 * at);
  }
  return drawn(image);
}

export function photo(pixels, rows, columns) {
  const image = new ImageData(columns, rows);
  for (let at = 0; at < rows * columns; at++) {
    image.data.set([pixels[3 * at], pixels[3 * at + 1], pixels[3 * at + 2], 255], 4 * at);
  }
  return drawn(image);
}

function drawn(image) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: image.width, height: image.height });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
