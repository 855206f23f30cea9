// The filters and the pinned pictures of an epoch.

import { make } from "../../../browser/dom.js";
import { rate } from "../../../browser/format.js";

const GAP = 3;
const WIDEST = 560;
const [SMALLEST, LARGEST] = [40, 72];

let drawn = 0;

// Every filter enlarged, few ones more, in rows as wide as there is room. The strip holds them side
// by side.
export function filters(canvas, { image, count, size: [width, height] }, room) {
  const turn = ++drawn;
  const strip = new Image();
  strip.onload = () => {
    // A later epoch may have come first.
    if (turn !== drawn) return;
    const ratio = window.devicePixelRatio || 1;
    const wide = Math.min(room, WIDEST) + GAP;
    const square = Math.floor(wide / Math.ceil(Math.sqrt(count))) - GAP;
    const side = Math.min(Math.max(square, SMALLEST), LARGEST);
    const columns = Math.min(Math.max(Math.floor(wide / (side + GAP)), 1), count);
    const rows = Math.ceil(count / columns);
    const across = columns * (side + GAP) - GAP;
    const down = rows * (side + GAP) - GAP;
    Object.assign(canvas, { width: across * ratio, height: down * ratio });
    Object.assign(canvas.style, { width: `${across}px`, height: `${down}px` });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.imageSmoothingEnabled = false;
    for (let at = 0; at < count; at++) {
      const x = (at % columns) * (side + GAP);
      const y = Math.floor(at / columns) * (side + GAP);
      context.drawImage(strip, at * width, 0, width, height, x, y, side, side);
    }
  };
  strip.src = image;
}

// One card a picture: what it is, and the likeliest answers as bars.
export function answers(element, pictures, guesses) {
  pictures.forEach((picture, at) => {
    const card = element.children[at] ?? element.appendChild(blank());
    const [image, title, list] = card.children;
    if (image.src !== picture.image) image.src = picture.image;
    image.alt = picture.label;
    const right = guesses[at][0]?.label === picture.label;
    title.firstChild.textContent = picture.label;
    title.lastChild.textContent = right ? "right" : "wrong";
    card.dataset.right = right;
    list.replaceChildren(...guesses[at].map(bar));
  });
  while (element.children.length > pictures.length) element.lastChild.remove();
}

function blank() {
  return make("article", {}, make("img"), make("p", {}, make("b"), make("span")), make("ul"));
}

function bar({ label, share, colour }) {
  const fill = make("i");
  fill.style.width = `${100 * share}%`;
  fill.style.background = colour;
  return make(
    "li",
    {},
    make("span", { text: label }),
    make("span", { text: rate(share, 0) }),
    fill,
  );
}
