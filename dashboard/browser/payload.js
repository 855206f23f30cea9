// What layers gave, fetched once for each pass, layer and view.

const MOST = 24;

// The lab's routes, also where it is served below a path: this file lies under it as well.
const API = new URL("../api/", import.meta.url).href;

// The pass is not kept any more; the page makes it anew.
export class Gone extends Error {}

const kept = new Map();

// token: of the pass. what: strip, maps, filters or effective. place: for the latter {unit, row,
// column}. Gives {head, bytes}.
export function load(token, what, layer, place = null) {
  const asked = place ? `?${new URLSearchParams(place)}` : "";
  const path = `${token}/${what}/${encodeURIComponent(layer)}${asked}`;
  let found = kept.get(path);
  if (!found) {
    found = fetched(path);
    // What failed is asked for again the next time.
    found.catch(() => kept.delete(path));
  }
  kept.delete(path);
  kept.set(path, found);
  if (kept.size > MOST) kept.delete(kept.keys().next().value);
  return found;
}

export function photoOf(token) {
  return `${API}inside/${token}/photo/original`;
}

async function fetched(path) {
  const answer = await fetch(`${API}inside/${path}`);
  if (answer.status === 404) throw new Gone(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const buffer = await answer.arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { head, bytes: new Uint8Array(buffer, 4 + length) };
}

// The value that a byte stands for.
export function valueAt({ head, bytes }, unit, row = 0, column = 0) {
  const [, height, width] = head.shape;
  const { [unit]: lowest } = head.lowest;
  const { [unit]: highest } = head.highest;
  if (lowest === null) return NaN;
  const level = bytes[(unit * height + row) * width + column];
  return lowest + (level / 255) * (highest - lowest);
}

// A number as short as it goes, with the sign that is as wide as a plus.
export function shown(value) {
  if (value === null || Number.isNaN(value)) return "not a number";
  const size = Math.abs(value);
  let text;
  if (size === 0) text = "0";
  else if (size >= 1000 || size < 0.001) text = value.toExponential(1);
  else text = value.toPrecision(3);
  return text.replaceAll("-", "−");
}
