// Numbers to colours: below zero purple, zero white, above zero orange; and maps in these colours,
// alone, over a photo, or as a line around the hottest places.

const HALF = 512;
// Heat over a photo: how much of it is covered at the end of the scale, and in which colours; the
// ends of the scale are too dark to be told from shadows.
const OPACITY = 0.7;
const FOR = 0.6;
const AGAINST = 0.75;
const HOTTEST = 0.1;

/** @typedef {{ head: any, bytes: Uint8Array }} Levels */
/** @typedef {{ head: any, values: Float32Array }} Heat */
/**
 * @typedef {object} Look
 * @property {string} show over, alone or outline
 * @property {string} signs signed or sizes
 * @property {number} end of the scale
 * @property {number} [opacity]
 */

export class Palette {
  /** @param {string[]} stops colours, #rrggbb, in even steps from −1 to 1 */
  constructor(stops) {
    this.stops = stops;
    this.table = new Uint32Array(2 * HALF + 1);
    const known = stops.map((stop) =>
      [1, 3, 5].map((at) => Number.parseInt(stop.slice(at, at + 2), 16)),
    );
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

  /**
   * @param {number} value from −1 to 1; what lies beyond takes the colour at the end
   */
  at(value) {
    return this.table[Math.round((Math.max(-1, Math.min(1, value)) + 1) * HALF)];
  }

  /** @param {number} value */
  css(value) {
    const colour = this.at(value);
    return `rgb(${colour & 255},${(colour >> 8) & 255},${(colour >> 16) & 255})`;
  }

  /**
   * The colours of the 256 levels of a map.
   * @param {number} lowest @param {number} highest @param {number} limit where the scale ends
   * @param {number} contrast above 1 lifts what is faint
   */
  levels(lowest, highest, limit, contrast) {
    const found = new Uint32Array(256);
    for (let level = 0; level < 256; level++) {
      found[level] = this.at(
        lifted((lowest + (level / 255) * (highest - lowest)) / limit, contrast),
      );
    }
    return found;
  }

  gradient() {
    return `linear-gradient(90deg, ${this.stops.join(", ")})`;
  }
}

/** @param {number} share @param {number} contrast */
export function lifted(share, contrast) {
  return Math.sign(share) * Math.abs(share) ** (1 / contrast);
}

/** @type {Map<string, Palette>} */
const known = new Map();

/** @param {string[]} stops */
export function palette(stops) {
  const name = stops.join();
  const found = known.get(name) ?? new Palette(stops);
  known.set(name, found);
  return found;
}

/** @param {HTMLCanvasElement} canvas */
function drawing(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * One map on a canvas of its own, a pixel for each value.
 * @param {Levels} levels @param {number} unit @param {number} limit @param {number} contrast
 */
export function picture(levels, unit, limit, contrast) {
  const [, height, width] = levels.head.shape;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = drawing(canvas);
  const image = context.createImageData(width, height);
  fill(new Uint32Array(image.data.buffer), levels, unit, limit, contrast);
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * Colours of one unit, pixel after pixel; where it has no numbers, nothing.
 * @param {Uint32Array} target @param {Levels} levels @param {number} unit @param {number} limit
 * @param {number} contrast
 */
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

/**
 * Where the scale of a unit ends.
 * @param {any} head @param {number} unit @param {string} range unit, layer or network
 * @returns {number}
 */
export function limitOf(head, unit, range) {
  if (range === "layer") return head.layer_limit;
  if (range === "network") return head.global_limit;
  return Math.max(Math.abs(head.lowest?.[unit] ?? 0), Math.abs(head.highest?.[unit] ?? 0)) || 1;
}

/**
 * Where the scale of heat maps ends: so many percent of all sizes lie below.
 * @param {Heat[]} maps @param {number} percentile
 */
export function heatLimit(maps, percentile) {
  const all = maps.map(({ values }) => values);
  const sizes = new Float32Array(all.reduce((sum, values) => sum + values.length, 0));
  let at = 0;
  for (const values of all) for (const value of values) sizes[at++] = Math.abs(value);
  sizes.sort();
  return quantile(sizes, percentile / 100) || sizes.at(-1) || 1;
}

/**
 * The share of places whose size lies beyond the end of the scale.
 * @param {Heat} heat @param {number} end
 */
export function beyond({ values }, end) {
  let count = 0;
  for (const value of values) if (Math.abs(value) > end) count++;
  return count / values.length;
}

/**
 * A heat map as alexnet_core.rendering draws it, but that a photo loses its own colours under it:
 * orange fur and orange heat could not be told apart.
 * @param {HTMLCanvasElement} canvas @param {ImageData} photo of the same side
 * @param {Heat} heat @param {Look} look
 */
export function drawHeat(canvas, photo, { head, values }, look) {
  const { side } = head;
  if (canvas.width !== side) Object.assign(canvas, { width: side, height: side });
  const context = drawing(canvas);
  const image = context.createImageData(side, side);
  if (look.show === "outline") outlined(image, photo, values, side, head.outline);
  else coloured(image, photo, values, look, palette(head.colours));
  context.putImageData(image, 0, 0);
}

/** @param {HTMLCanvasElement} canvas @param {ImageData} photo */
export function drawPhoto(canvas, photo) {
  Object.assign(canvas, { width: photo.width, height: photo.height });
  drawing(canvas).putImageData(photo, 0, 0);
}

/**
 * @param {ImageData} image @param {ImageData} photo @param {Float32Array} values
 * @param {Look} look @param {Palette} colours
 */
function coloured(image, photo, values, { show, signs, end, opacity = OPACITY }, colours) {
  const fading = Math.min(1, 1.4 * opacity);
  const target = image.data;
  const under = photo.data;
  const ends = [colours.at(-AGAINST), colours.at(FOR)].map((colour) =>
    [0, 8, 16].map((by) => (colour >> by) & 255),
  );
  for (let at = 0; at < values.length; at++) {
    const value = signs === "sizes" ? Math.abs(values[at]) : values[at];
    const place = 4 * at;
    if (show === "alone") {
      const colour = colours.at(value / end);
      for (let channel = 0; channel < 3; channel++) {
        target[place + channel] = (colour >> (8 * channel)) & 255;
      }
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

/**
 * @param {ImageData} image @param {ImageData} photo @param {Float32Array} values
 * @param {number} side @param {number[]} colour
 */
function outlined(image, photo, values, side, colour) {
  const from = quantile(values.slice().sort(), 1 - HOTTEST);
  const inside = (/** @type {number} */ row, /** @type {number} */ column) =>
    row >= 0 &&
    column >= 0 &&
    row < side &&
    column < side &&
    values[row * side + column] > 0 &&
    values[row * side + column] >= from;
  image.data.set(photo.data);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      if (!inside(row, column)) continue;
      const deep =
        inside(row - 1, column) &&
        inside(row + 1, column) &&
        inside(row, column - 1) &&
        inside(row, column + 1);
      if (!deep) image.data.set(colour, 4 * (row * side + column));
    }
  }
}

/**
 * Between two values as NumPy does it.
 * @param {Float32Array} sorted @param {number} share
 */
export function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const after = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[after] - sorted[below]);
}
