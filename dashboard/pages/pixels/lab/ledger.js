// The line below each picture: the terms of the sum in large type, what they make, what the
// network gave, and what the layers behind make of it.

import { list, make, say } from "../../../browser/dom.js";
import { equal, long } from "./numbers.js";

export class Ledger {
  constructor(open) {
    this.terms = make("div", { cls: "terms" });
    this.check = make("p", { cls: "check" });
    this.chain = make("p", { cls: "chain" });
    this.element = make(
      "div",
      { cls: "ledger" },
      this.terms,
      make("div", { cls: "then" }, this.check, this.chain),
    );
    this.open = open;
  }

  // terms: [{sign, label, value, text, strong}]; the last one is the result.
  // given: the value that the network gave. after: [{layer, value}]. next: where it goes then.
  show({ terms, result, given, after, next }) {
    list(this.terms, terms, term, (element, { sign = "", label, value, text, strong }) => {
      const [before, box] = element.children;
      say(before, sign);
      say(box.firstChild, label);
      say(box.lastChild, text ?? long(value));
      element.classList.toggle("strong", Boolean(strong));
    });
    const same = equal(result, given);
    this.check.classList.toggle("same", same);
    say(this.check, verdict(result, given, same));
    const steps = after.map(({ layer, value }) => ({ layer, text: `${layer}: ${long(value)}` }));
    if (next) steps.push({ layer: next, text: next });
    list(
      this.chain,
      [{ text: "then" }, ...steps],
      () => make("span"),
      (element, { layer, text }) => {
        if (!layer) return say(element, text);
        const button =
          element.querySelector("button") ??
          element.appendChild(make("button", { type: "button" }));
        say(button, text);
        button.title = `Look at ${layer}`;
        button.onclick = () => this.open(layer);
        return undefined;
      },
    );
    this.chain.hidden = steps.length === 0;
  }
}

function verdict(result, given, same) {
  if (!Number.isFinite(given)) return "The network gave no number here";
  const said = `The network gave ${long(given)}`;
  if (!same) return `${said}, which differs by ${long(result - given)}`;
  return long(result) === long(given) ? `${said}: the same` : `${said}: the same but for rounding`;
}

function term() {
  const box = make("span", { cls: "box" }, make("small"), make("b"));
  return make("span", { cls: "term" }, make("i"), box);
}
