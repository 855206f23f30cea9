// Numbers to colours: below zero purple, zero white, above zero orange.

const HALF = 512;

export class Palette {
  // stops: colours, #rrggbb, in even steps from −1 to 1.
  constructor(stops) {
    this.stops = stops;
    this.table = new Uint32Array(2 * HALF + 1);
    const known = stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
    for (let at = 0; at < this.table.length; at++) {
      const place = (at / (2 * HALF)) * (known.length - 1);
      const before = Math.min(Math.floor(place), known.length - 2);
      const share = place - before;
      const [red, green, blue] = known[before].map((level, channel) =>
        Math.round(level + share * (known[before + 1][channel] - level)),
      );
      // As canvases keep a pixel: red in the lowest byte.
      this.table[at] = (255 << 24) | (blue << 16) | (green << 8) | red;
    }
  }

  // value: from −1 to 1; what lies beyond takes the colour at the end.
  at(value) {
    return this.table[Math.round((Math.max(-1, Math.min(1, value)) + 1) * HALF)];
  }

  css(value) {
    const colour = this.at(value);
    return `rgb(${colour & 255},${(colour >> 8) & 255},${(colour >> 16) & 255})`;
  }

  // The colours of the 256 levels of a map. contrast above 1 lifts what is faint.
  levels(lowest, highest, limit, contrast) {
    const found = new Uint32Array(256);
    for (let level = 0; level < 256; level++) {
      found[level] = this.at(lifted((lowest + (level / 255) * (highest - lowest)) / limit, contrast));
    }
    return found;
  }

  gradient() {
    return `linear-gradient(90deg, ${this.stops.join(", ")})`;
  }
}

export function lifted(share, contrast) {
  return Math.sign(share) * Math.abs(share) ** (1 / contrast);
}

const known = new Map();

export function palette(stops) {
  const name = stops.join();
  if (!known.has(name)) known.set(name, new Palette(stops));
  return known.get(name);
}

// One map on a canvas of its own, a pixel for each value.
export function picture(payload, unit, limit, contrast) {
  const { head, bytes } = payload;
  const [, height, width] = head.shape;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  fill(new Uint32Array(image.data.buffer), payload, unit, limit, contrast);
  context.putImageData(image, 0, 0);
  return canvas;
}

// Colours of one unit, pixel after pixel; where it has no numbers, nothing.
function fill(target, { head, bytes }, unit, limit, contrast) {
  const size = head.shape[1] * head.shape[2];
  const start = unit * size;
  if (head.rgb) {
    for (let at = 0; at < size; at++) {
      const [red, green, blue] = bytes.subarray(3 * (start + at), 3 * (start + at) + 3);
      target[at] = (255 << 24) | (blue << 16) | (green << 8) | red;
    }
    return;
  }
  const lowest = head.lowest[unit];
  if (lowest === null) return;
  const colours = palette(head.colours).levels(lowest, head.highest[unit], limit, contrast);
  for (let at = 0; at < size; at++) target[at] = colours[bytes[start + at]];
}

// Where the scale of a unit ends, for a range: unit, layer or network.
export function limitOf(head, unit, range) {
  if (range === "layer") return head.layer_limit;
  if (range === "network") return head.global_limit;
  return Math.max(Math.abs(head.lowest?.[unit] ?? 0), Math.abs(head.highest?.[unit] ?? 0)) || 1;
}
