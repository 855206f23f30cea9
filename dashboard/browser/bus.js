// What the parts of the page tell each other without asking the server.
//
// "hover": {token, layer, view, unit, row, column, value}, or null when the pointer has left.
// "choose": {token, layer, unit}. "look": {range, contrast}. "layer": {token, layer, kind, flat}.

const bus = new EventTarget();
const last = new Map();

export function tell(name, detail) {
  last.set(name, detail);
  bus.dispatchEvent(new CustomEvent(name, { detail }));
}

// Gives a function that ends the listening.
export function listen(name, heard) {
  const listener = (event) => heard(event.detail);
  bus.addEventListener(name, listener);
  return () => bus.removeEventListener(name, listener);
}

export function latest(name) {
  return last.get(name);
}
