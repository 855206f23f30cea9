// Numbers as people read them, with the same texts as dashboard/common/format.py: both are proved
// on tests/browser/format_examples.json. A minus is as wide as a plus; between a number and its
// unit no line breaks.
//
// One rule for every number that is not counted: three significant digits without trailing zeros,
// written out from 0.0001 to below a million (then with all digits before the point), and as a
// power of ten beyond.

const RAISED = {
  "-": "⁻",
  0: "⁰",
  1: "¹",
  2: "²",
  3: "³",
  4: "⁴",
  5: "⁵",
  6: "⁶",
  7: "⁷",
  8: "⁸",
  9: "⁹",
};

/** @param {string} text */
export function minus(text) {
  return text.replaceAll("-", "−");
}

/**
 * So many decimals. Exactly between two it is the even one, as in Python.
 * @param {number} value @param {number} digits
 */
export function fixed(value, digits) {
  const scaled = Math.abs(value) * 10 ** digits;
  const below = Math.floor(scaled);
  // Only then is a tie one in binary too.
  const tie = scaled - below === 0.5 && Number.isInteger(value * 2 ** (digits + 1));
  if (!tie || below % 2) return value.toFixed(digits);
  return (Math.sign(value) * (below / 10 ** digits)).toFixed(digits);
}

/**
 * A power in small raised figures: -4 as ⁻⁴.
 * @param {number} power
 */
export function raised(power) {
  return [...`${power}`]
    .map((letter) => RAISED[/** @type {keyof typeof RAISED} */ (letter)])
    .join("");
}

/**
 * 0.00050012 as 0.0005, 1234.5 as 1,235 and 0.00005 as 5 × 10⁻⁵.
 * @param {number | null | undefined} value
 * @param {boolean} [signed] whether a plus is written as well
 */
export function number(value, signed = false) {
  if (value === null || value === undefined || Number.isNaN(value)) return "not a number";
  const sign = value < 0 ? "−" : signed && value > 0 ? "+" : "";
  const size = Math.abs(value);
  if (size === Infinity) return `${sign}∞`;
  if (size === 0) return "0";
  const rounded = Number(size < 1000 ? size.toPrecision(3) : size.toFixed(0));
  if (rounded >= 1e-4 && rounded < 1e6) {
    return sign + rounded.toLocaleString("en", { maximumFractionDigits: 6 });
  }
  const [mantissa, exponent] = size.toExponential(2).split("e");
  return `${sign}${Number(mantissa)} × 10${raised(Number(exponent))}`;
}

/**
 * A share as 97.3 %; no network is ever wholly sure, so neither 0 nor 100 is shown.
 * @param {number} share
 */
export function percent(share) {
  if (Number.isNaN(share)) return "not a number";
  if (share < 0.001) return "< 0.1\u00a0%";
  if (share > 0.999) return "> 99.9\u00a0%";
  return `${fixed(100 * share, 1)}\u00a0%`;
}

/**
 * A share that was counted, such as an accuracy: 0 and 100 are possible.
 * @param {number} share @param {number} [digits]
 */
export function rate(share, digits = 1) {
  return `${fixed(100 * share, digits)}\u00a0%`;
}

/**
 * 1 as 1 file, 1200 as 1,200 files.
 * @param {number} amount @param {string} noun
 */
export function counted(amount, noun) {
  return `${whole(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}

/**
 * 1234.4 as 1,234.
 * @param {number} value
 */
export function whole(value) {
  return minus(Math.round(value).toLocaleString("en"));
}

/**
 * What something took: 0.0042 as 4.2 ms.
 * @param {number} seconds
 */
export function duration(seconds) {
  return seconds < 1 ? `${fixed(seconds * 1000, 1)} ms` : `${fixed(seconds, 2)} s`;
}

/**
 * What something will take, rounded as an estimate deserves: 75 as 1 min 15 s.
 * @param {number} seconds
 */
export function span(seconds) {
  if (seconds < 1) return "under 1 s";
  if (seconds < 59.5) return `${fixed(seconds, 0)} s`;
  if (seconds < 600) {
    const rounded = 5 * Number(fixed(seconds / 5, 0));
    const rest = rounded % 60;
    return `${Math.floor(rounded / 60)} min${rest ? ` ${rest} s` : ""}`;
  }
  if (seconds < 5400) return `${fixed(seconds / 60, 0)} min`;
  if (seconds < 172_800) {
    const rounded = 300 * Number(fixed(seconds / 300, 0));
    const rest = rounded % 3600;
    return `${Math.floor(rounded / 3600)} h${rest ? ` ${rest / 60} min` : ""}`;
  }
  return `${fixed(seconds / 86_400, 1)} days`;
}

/**
 * Bytes: 1_300_000_000 as 1.3 GB.
 * @param {number} bytes
 */
export function memorySize(bytes) {
  let count = bytes;
  for (const unit of ["bytes", "KB", "MB"]) {
    if (count < 1000) return `${fixed(count, 0)} ${unit}`;
    count /= 1000;
  }
  return `${fixed(count, 1)} GB`;
}
