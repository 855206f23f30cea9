// Where the parameters and the work of a network sit: one bar each, divided among its layers.

import { make } from "../../../browser/dom.js";
import { rate } from "../../../browser/format.js";

const NAMED = 0.055;

export function shares(bars, point) {
  const list = make("div", { cls: "shares" });
  for (const { title, said, parts } of bars) {
    const bar = make("div", { cls: "share", "aria-hidden": "true" });
    for (const part of parts) {
      const piece = make("span", {
        cls: part.family,
        "data-layer": part.layer,
        text: part.share >= NAMED ? part.layer : "",
        title: `${part.layer}: ${rate(part.share, part.share < 0.01 ? 2 : 1)}`,
        onpointerenter: () => point(part.layer),
        onpointerleave: () => point(""),
      });
      piece.style.flexGrow = part.share;
      bar.append(piece);
    }
    const caption = make("figcaption", {}, make("b", { text: title }), ` ${said}`);
    list.append(make("figure", {}, caption, bar));
  }
  return list;
}
