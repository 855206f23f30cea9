// The unit that a person chose last, until the page has answered to it.
//
// The page answers to every choice in turn. Whoever has gone on meanwhile must not be taken back
// by the answer to an earlier one.

const LATE_MS = 5000;

let awaited = null;

// Chosen; the page will hear of it soon.
export function choose(token, layer, unit) {
  awaited = { token, layer, unit, until: Infinity };
}

// The page has been told. An answer that has not come by then never will.
export function sent() {
  if (awaited) awaited.until = performance.now() + LATE_MS;
}

// The unit to show where the page says this one.
export function unitFor({ token, layer, unit }) {
  if (!awaited) return unit;
  const other = awaited.token !== token || awaited.layer !== layer;
  const answered = awaited.until < Infinity && awaited.unit === unit;
  if (other || answered || performance.now() > awaited.until) awaited = null;
  return awaited?.unit ?? unit;
}
