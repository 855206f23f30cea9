// The answers that follow the brush, each beside what it was.

import { make } from "../../../browser/dom.js";
import { rate } from "../../../browser/format.js";

export class Watched {
  #rows = [];

  constructor() {
    this.said = make("p", { cls: "said", role: "status" });
    this.list = make("ul", { "aria-label": "Answers before and with what is painted" });
    this.element = make(
      "div",
      { cls: "watched" },
      this.said,
      this.list,
      make("p", {
        cls: "note",
        text: "The thin line above a bar is the answer to the picture as it is.",
      }),
    );
  }

  // rows: {index, label, probability, colour}, the answers to the picture as it is. Gives whether
  // they are others than before.
  begin(rows) {
    if (JSON.stringify(rows) === JSON.stringify(this.#rows)) return false;
    this.#rows = rows;
    this.list.replaceChildren();
    this.said.textContent = "";
    return true;
  }

  // head: {shares, best}; shares by class, those that are not there are near zero.
  show(head, share) {
    const most = this.#rows.reduce((best, row) =>
      row.probability > best.probability ? row : best,
    );
    const same = head.best.index === most.index;
    const answer = same
      ? `the answer stays ${most.label}.`
      : `the answer changes from ${most.label} to ${head.best.label}.`;
    this.said.textContent = share
      ? `${Math.max(1, Math.round(100 * share))} % painted over: ${answer}`
      : `Nothing is painted over yet: the answer is ${most.label}.`;
    this.list.replaceChildren(
      ...this.#rows.map((row) => this.#row(row, head.shares[row.index] ?? 0)),
    );
  }

  fault(sentence) {
    this.said.textContent = sentence;
  }

  #row({ label, probability, colour }, now) {
    const bars = [
      ["was", probability],
      ["now", now],
    ].map(([cls, share]) => {
      const bar = make("i", { cls });
      Object.assign(bar.style, { width: `${100 * share}%`, background: colour });
      return bar;
    });
    const [was, is] = [probability, now].map((share) => rate(share));
    return make(
      "li",
      {},
      make("span", { text: label }),
      make("i", { cls: "bars", "aria-hidden": "true" }, ...bars),
      make("b", { text: is }),
      make("small", { text: `was ${was}` }),
    );
  }
}
