// What is told of the layer under the pointer or the keyboard.

const AWAY = 10;

export class Card {
  constructor() {
    this.root = document.createElement("div");
    this.root.className = "card";
    this.root.hidden = true;
    // Everything in it is in the layer's own label as well.
    this.root.setAttribute("aria-hidden", "true");
  }

  show(layer, network, stop, frame) {
    const { kind, lines } = network.cards[layer];
    const title = document.createElement("p");
    const name = document.createElement("b");
    name.textContent = layer;
    title.append(name, ` ${kind}`);
    const list = document.createElement("dl");
    for (const [label, value] of lines) {
      const term = document.createElement("dt");
      term.textContent = label;
      const said = document.createElement("dd");
      said.textContent = value;
      list.append(term, said);
    }
    const action = document.createElement("p");
    action.className = "action";
    action.textContent =
      network.lost === layer ? "No pixels would be left here." : network.opens;
    this.root.replaceChildren(title, list, action);
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
