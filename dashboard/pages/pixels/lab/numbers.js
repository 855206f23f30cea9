// Numbers as people read them. A minus is as wide as a plus.

import { minus, raised } from "../../../browser/format.js";

// For a cell of a grid: three digits at most, without a leading zero where there is little room.
export function short(value, narrow = false) {
  if (!Number.isFinite(value)) return "?";
  const size = Math.abs(value);
  if (size >= 1e4) return minus(value.toExponential(0).replace("+", ""));
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  if (narrow && size >= 1) return minus(value.toFixed(size >= 10 ? 0 : 1));
  const text = value.toFixed(digits);
  if (Number(text) === 0) return "0";
  return minus(narrow ? text.replace("0.", ".") : text);
}

// For a sum: four decimals, fewer for large numbers, powers of ten for tiny and huge ones.
export function long(value) {
  if (!Number.isFinite(value)) return "not a number";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001 || size >= 1e6) {
    const power = Math.floor(Math.log10(size));
    return minus(`${(value / 10 ** power).toFixed(3)} × 10${raised(power)}`);
  }
  return minus(value.toFixed(size >= 1000 ? 1 : size >= 100 ? 2 : size >= 10 ? 3 : 4));
}

// e to the power of a number, however large.
export function exponential(power) {
  if (!Number.isFinite(power)) return "not a number";
  if (Math.abs(power) < 9) return long(Math.exp(power));
  const tens = power / Math.LN10;
  const whole = Math.floor(tens);
  return `${(10 ** (tens - whole)).toFixed(2)} × 10${raised(whole)}`;
}

// Where all numbers are tiny, cells count in thousandths, so that digits are left to see.
export function unitFor(limit) {
  if (limit >= 0.1) return { factor: 1, named: "" };
  return limit >= 1e-4
    ? { factor: 1e3, named: " × 1,000" }
    : { factor: 1e6, named: " × 1,000,000" };
}

// Whether a sum is what the network gave; single precision is good for about seven digits.
export function equal(mine, given) {
  if (!Number.isFinite(mine) || !Number.isFinite(given)) return false;
  return Math.abs(mine - given) <= 1e-4 * Math.max(1, Math.abs(given));
}
