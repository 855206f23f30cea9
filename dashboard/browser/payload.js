// Binary answers of the lab: the length of a head in four bytes, the head in JSON, then numbers.

import { API, answer } from "./api.js";

/**
 * @param {ArrayBuffer | Uint8Array} packed
 * @returns {{ head: any, body: Uint8Array }}
 */
export function unpack(packed) {
  const bytes = packed instanceof Uint8Array ? packed : new Uint8Array(packed);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { head, body: bytes.subarray(4 + length) };
}

/**
 * A body that is 32-bit floating point numbers.
 * @param {ArrayBuffer | Uint8Array} packed
 */
export function unpackFloats(packed) {
  const { head, body } = unpack(packed);
  // A copy begins at an address that such numbers can begin at.
  return { head, values: new Float32Array(body.slice().buffer) };
}

const TYPES = { f4: Float32Array, i4: Int32Array, u1: Uint8Array };

/**
 * A body of several arrays that the head names, as alexnet_core.inspection.arithmetic packs them.
 * @param {ArrayBuffer | Uint8Array} packed
 * @returns {any} the facts of the head, with `arrays` and `shapes` by name
 */
export function unpackArrays(packed) {
  const { head, body } = unpack(packed);
  const { arrays, ...facts } = head;
  const { buffer } = body.slice();
  /** @type {Record<string, Float32Array | Int32Array | Uint8Array>} */
  const found = {};
  /** @type {Record<string, number[]>} */
  const shapes = {};
  for (const [name, { at, shape, type }] of Object.entries(arrays)) {
    const count = shape.reduce(
      (/** @type {number} */ all, /** @type {number} */ side) => all * side,
      1,
    );
    found[name] = new TYPES[/** @type {keyof typeof TYPES} */ (type)](buffer, at, count);
    shapes[name] = shape;
  }
  return { ...facts, arrays: found, shapes };
}

/**
 * The last so many of what was made, by name.
 * @template Value
 */
export class Recent {
  /** @type {Map<string, Value>} */
  #kept = new Map();

  /** @param {number} most */
  constructor(most) {
    this.most = most;
  }

  /**
   * @param {string} name
   * @param {() => Value} made
   * @param {(value: Value) => boolean} [good] whether one that is kept may be given again
   * @returns {Value}
   */
  get(name, made, good = () => true) {
    const kept = this.#kept.get(name);
    const found = kept !== undefined && good(kept) ? kept : made();
    this.#kept.delete(name);
    this.#kept.set(name, found);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.most) break;
      this.#kept.delete(oldest);
    }
    return found;
  }

  /** @param {string} name */
  drop(name) {
    this.#kept.delete(name);
  }
}

/**
 * The last so many answers that were asked for; what failed is asked for again the next time.
 * @template Value
 * @extends {Recent<Promise<Value>>}
 */
export class RecentAnswers extends Recent {
  /**
   * @param {string} name
   * @param {() => Promise<Value>} asked
   * @returns {Promise<Value>}
   */
  get(name, asked) {
    return super.get(name, () => {
      const coming = asked();
      coming.catch(() => this.drop(name));
      return coming;
    });
  }
}

/** @typedef {{ head: any, bytes: Uint8Array }} Levels values of layers as bytes; see valueAt */

/** @type {RecentAnswers<Levels>} */
const layers = new RecentAnswers(24);

/**
 * What layers gave, fetched once for each pass, layer and view.
 * @param {string} token of the pass
 * @param {"strip" | "maps" | "filters" | "effective"} what
 * @param {string} layer
 * @param {Record<string, any> | null} [place] for the last: {unit, row, column}
 * @returns {Promise<Levels>} fails with Gone where the pass is not kept any more
 */
export function load(token, what, layer, place = null) {
  const asked = place ? `?${new URLSearchParams(place)}` : "";
  const path = `inside/${token}/${what}/${encodeURIComponent(layer)}${asked}`;
  return layers.get(path, async () => {
    const { head, body } = unpack(await (await answer(path)).arrayBuffer());
    return { head, bytes: body };
  });
}

/** @param {string} token @returns {string} the address of the photo of a pass */
export function photoOf(token) {
  return `${API}inside/${token}/photo/original`;
}

/**
 * The value that a byte stands for.
 * @param {Levels} levels @param {number} unit @param {number} [row] @param {number} [column]
 */
export function valueAt({ head, bytes }, unit, row = 0, column = 0) {
  const [, height, width] = head.shape;
  const lowest = head.lowest[unit];
  const highest = head.highest[unit];
  if (lowest === null) return NaN;
  const level = bytes[(unit * height + row) * width + column];
  return lowest + (level / 255) * (highest - lowest);
}
