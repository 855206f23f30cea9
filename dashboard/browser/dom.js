// Elements, made and changed the same way by every part.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{ cls?: string, text?: string, [name: string]: unknown }} [given] properties where the
 *   element has them, else attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, { cls, text, ...more } = {}, ...children) {
  const element = document.createElement(tag);
  if (cls) element.className = cls;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(more)) {
    if (name in element) Object.assign(element, { [name]: value });
    else element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {string} [text]
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, tag);
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  return element;
}

/**
 * A line that only a reader of the screen gets, spoken whenever it changes.
 * @returns {HTMLParagraphElement}
 */
export function spoken() {
  return make("p", { cls: "spoken", role: "status" });
}

/**
 * Change a text only where it is another one, so that nothing is selected or announced anew.
 * @param {Element} element @param {string | number} text
 */
export function say(element, text) {
  if (element.textContent !== `${text}`) element.textContent = `${text}`;
}

/**
 * The elements of a piece of markup that are named by `data-part`.
 * @param {Element} root
 * @returns {Record<string, any>}
 */
export function partsOf(root) {
  const found = root.querySelectorAll("[data-part]");
  return Object.fromEntries(
    [...found].map((part) => [/** @type {HTMLElement} */ (part).dataset.part, part]),
  );
}

/**
 * These elements as the only children, in order. Where they are already, nothing is touched: an
 * element that is taken out under a pressed pointer is never clicked. Whoever walks by keyboard
 * keeps the place.
 * @param {Element} parent @param {Element[]} elements
 */
export function lay(parent, elements) {
  const now = parent.children;
  if (now.length === elements.length && elements.every((element, at) => now[at] === element))
    return;
  const root = /** @type {Document | ShadowRoot} */ (parent.getRootNode());
  const focused = /** @type {HTMLElement | null} */ (root.activeElement);
  parent.replaceChildren(...elements);
  if (focused && parent.contains(focused)) focused.focus({ preventScroll: true });
}

/**
 * As many children as there are items, made and filled by the caller; those that stay are kept.
 * @template Item
 * @param {Element} parent
 * @param {Iterable<Item>} items
 * @param {() => Element} created
 * @param {(child: any, item: Item, at: number) => void} fill
 */
export function list(parent, items, created, fill) {
  const all = [...items];
  all.forEach((item, at) => {
    fill(parent.children[at] ?? parent.appendChild(created()), item, at);
  });
  while (parent.children.length > all.length) parent.lastElementChild?.remove();
}

/**
 * A function that draws at most once a frame, however often it is called.
 * @param {() => unknown} draw
 * @returns {() => void}
 */
export function onceAFrame(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
}

/**
 * Which pixel of a square map lies under the pointer.
 * @param {{ clientX: number, clientY: number }} event
 * @param {HTMLCanvasElement} canvas of one pixel a value
 * @returns {{ row: number, column: number } | null}
 */
export function placeUnder(event, canvas) {
  const box = canvas.getBoundingClientRect();
  const side = canvas.width;
  const column = Math.floor(((event.clientX - box.left) / box.width) * side);
  const row = Math.floor(((event.clientY - box.top) / box.height) * side);
  return row >= 0 && column >= 0 && row < side && column < side ? { row, column } : null;
}
