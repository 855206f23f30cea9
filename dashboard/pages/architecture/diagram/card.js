// What is told of the layer under the pointer or the keyboard.

import { make } from "../../../browser/dom.js";

const AWAY = 10;

export class Card {
  constructor() {
    // Everything in it is in the layer's own label as well.
    this.root = make("div", { cls: "card", hidden: true, "aria-hidden": "true" });
  }

  show(layer, network, stop, frame) {
    const { kind, lines } = network.cards[layer];
    const said = lines.flatMap(([label, value]) => [
      make("dt", { text: label }),
      make("dd", { text: value }),
    ]);
    const action = network.lost === layer ? "No pixels would be left here." : network.opens;
    this.root.replaceChildren(
      make("p", {}, make("b", { text: layer }), ` ${kind}`),
      make("dl", {}, ...said),
      make("p", { cls: "action", text: action }),
    );
    this.root.hidden = false;
    this.#place(stop.getBoundingClientRect(), frame.getBoundingClientRect());
  }

  hide() {
    this.root.hidden = true;
  }

  // Beside the layer, to the right if there is room, so that it hides as little as it can.
  #place(at, frame) {
    const { offsetWidth: width, offsetHeight: height } = this.root;
    const right = at.right - frame.left + AWAY;
    const left = at.left - frame.left - width - AWAY;
    const x = right + width <= frame.width || left < 0 ? right : left;
    const y = at.top - frame.top + at.height / 2 - height / 2;
    this.root.style.left = `${Math.max(0, Math.min(x, frame.width - width))}px`;
    this.root.style.top = `${Math.max(0, Math.min(y, frame.height - height))}px`;
  }
}
