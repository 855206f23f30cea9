// How maps are drawn, for all cards at once.

import { make } from "../../../browser/dom.js";

const CHOICES = {
  show: { title: "Map", over: "Over the photo", alone: "Alone", outline: "Outline" },
  signs: { title: "Signs", signed: "For and against", sizes: "Size alone" },
  scale: { title: "Scale", own: "Each its own", shared: "Shared" },
};
const HELP = {
  outline: "A line around the hottest tenth of the picture",
  signed: "Orange speaks for what is explained, purple against it",
  shared: "One end for all maps; only methods that measure the same can be compared so",
};

export class Tools {
  // chosen: called with what changed, such as {show: "alone"}.
  constructor(chosen) {
    this.buttons = new Map();
    const groups = Object.entries(CHOICES).map(([name, { title, ...options }]) =>
      make(
        "div",
        { cls: "segments", role: "group", "aria-label": title },
        make("span", { text: title, "aria-hidden": "true" }),
        ...Object.entries(options).map(([value, text]) => {
          const button = make("button", {
            type: "button",
            text,
            title: HELP[value] ?? "",
            onclick: () => chosen({ [name]: value }),
          });
          this.buttons.set(`${name} ${value}`, button);
          return button;
        }),
      ),
    );
    this.element = make("div", { cls: "tools" }, ...groups);
  }

  update(look) {
    for (const [name, button] of this.buttons) {
      const [what, value] = name.split(" ");
      button.setAttribute("aria-pressed", look[what] === value);
    }
  }
}
