// What the parts of a page tell each other without asking the server.
//
// "hover": {token, layer, view, unit, row, column, value}, or null when the pointer has left.
// "look": {range, contrast}. "heat": {row, column} or null. "drawn": {show, signs, scale}.
// "shared": the end of a scale that all maps share, or null.

const events = new EventTarget();
/** @type {Map<string, any>} */
const last = new Map();

/** @param {string} name @param {any} detail */
export function tell(name, detail) {
  last.set(name, detail);
  events.dispatchEvent(new CustomEvent(name, { detail }));
}

/**
 * @param {string} name
 * @param {(detail: any) => void} heard
 * @returns {() => void} what ends the listening
 */
export function listen(name, heard) {
  const listener = (/** @type {Event} */ event) => {
    heard(/** @type {CustomEvent} */ (event).detail);
  };
  events.addEventListener(name, listener);
  return () => events.removeEventListener(name, listener);
}

/** @param {string} name @returns {any} what was told last, if anything was */
export function latest(name) {
  return last.get(name);
}
