// A page of pictures. Each is a button; Tab stops once, arrow keys go from one to the next.
// data: {label, items: [{id, image, title, caption, chosen}], large}; trigger "picked": the id.

import { make } from "../../../browser/dom.js";
import { inLines, Walk } from "../../../browser/keyboard.js";
import { mounted } from "../../../browser/mount.js";
import { Pictures } from "../../../browser/pictures.js";

/** @typedef {import("../../../browser/pictures.js").Item} Item */
/** @typedef {{ label: string, items: Item[], large: boolean }} Data */

export default mounted(
  (/** @type {import("../../../browser/mount.js").Mount<Data>} */ { model, el }) => {
    const grid = make("div", { role: "group" });
    const pictures = new Pictures(grid, (id, button) => {
      walk.aim(button);
      model.trigger("picked", id);
    });
    const walk = new Walk(grid, () => pictures.buttons, inLines);
    el.append(grid);
    model.onChange(({ label, items, large }) => {
      grid.className = large ? "grid large" : "grid";
      grid.setAttribute("aria-label", label);
      pictures.show(items);
      walk.settle();
    });
    return () => grid.remove();
  },
);
