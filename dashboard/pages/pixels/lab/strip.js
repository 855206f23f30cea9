// Every layer of the network in forward order, those of a block together.

import { list, make, say } from "../../../browser/dom.js";

export class Strip {
  constructor(open) {
    this.open = open;
    this.element = make("nav", { cls: "strip", "aria-label": "Layers" });
  }

  show(layers, chosen) {
    list(
      this.element,
      blocks(layers),
      () => make("div", { role: "group" }),
      (group, names) => {
        group.setAttribute("aria-label", names.join(", "));
        list(
          group,
          names,
          () => make("button", { type: "button" }),
          (button, name) => {
            say(button, name);
            button.onclick = () => this.open(name);
            if (name === chosen) button.setAttribute("aria-current", "true");
            else button.removeAttribute("aria-current");
          },
        );
      },
    );
  }
}

function blocks(layers) {
  const found = [];
  let before = null;
  for (const { name } of layers) {
    const number = name.match(/\d+$/)?.[0] ?? name;
    if (number === before) found.at(-1).push(name);
    else found.push([name]);
    before = number;
  }
  return found;
}
