// What the grid says of a unit, and its scale.

import { limitOf, palette } from "../../../browser/colours.js";
import { number, rate } from "../../../browser/format.js";
import { valueAt } from "../../../browser/payload.js";

// One line about a unit, or about a place of it. names: {noun, view}.
export function said(payload, { noun, view }, { unit, row, column }) {
  const { head } = payload;
  if (!(unit < head.shape[0])) return "";
  const named = `${noun[0].toUpperCase()}${noun.slice(1)} ${unit}`;
  const flat = head.shape[1] * head.shape[2] === 1;
  if (head.lowest?.[unit] === null) return `${named}: not a number`;
  if (row !== undefined && !head.rgb) {
    const value = number(valueAt(payload, unit, row, column));
    return flat ? `${named}: ${value}` : `${named}, row ${row}, column ${column}: ${value}`;
  }
  if (view === "filters") return `${named}: norm ${number(head.strength[unit])}`;
  if (flat) return `${named}: ${number(head.lowest[unit])}`;
  const zeros = rate(head.sparsity[unit], 0);
  return `${named}: mean size ${number(head.strength[unit])}, ${zeros} zeros`;
}

// The colours from the lowest to the highest number; filters in their own colours have none.
export function legend(element, head, range) {
  element.hidden = Boolean(head.rgb);
  if (head.rgb) return;
  const flat = head.shape[1] * head.shape[2] === 1;
  const own = range === "unit" && !flat;
  const [low, bar, high] = element.children;
  const limit = limitOf(head, 0, flat && range === "unit" ? "layer" : range);
  low.textContent = own ? "−its largest" : number(-limit);
  high.textContent = own ? "its largest" : number(limit);
  bar.style.background = palette(head.colours).gradient();
}
