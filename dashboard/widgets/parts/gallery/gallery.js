// Pictures to choose from. Every one is a button; the chosen one is pressed.
// data: {label, items: [{id, image, title, caption, chosen}]}; trigger "picked": the id.

import { make } from "../../../browser/dom.js";
import { mounted } from "../../../browser/mount.js";
import { Pictures } from "../../../browser/pictures.js";

/** @typedef {import("../../../browser/pictures.js").Item} Item */

export default mounted(
  (
    /** @type {import("../../../browser/mount.js").Mount<{ label: string, items: Item[] }>} */ {
      model,
      el,
    },
  ) => {
    const group = make("div", { cls: "gallery", role: "group" });
    const pictures = new Pictures(group, (id) => model.trigger("picked", id));
    el.append(group);
    model.onChange(({ label, items }) => {
      group.setAttribute("aria-label", label);
      group.classList.toggle(
        "captioned",
        items.some(({ caption }) => caption),
      );
      pictures.show(items);
    });
    return () => group.remove();
  },
);
