// Softmax: logits become exponentials, and each its share of their sum. Logits can be dragged and
// the temperature changed, to see what it does to the shares.

import { list, make, say } from "../../../browser/dom.js";
import { percent, whole } from "../../../browser/format.js";
import { Ledger } from "./ledger.js";
import { exponential, long } from "./numbers.js";

const MOST = 10;

export class SoftmaxLayer {
  channel = null;
  channels = null;
  pinned = false;
  sweep = null;

  constructor(host) {
    this.host = host;
    this.sentence = make("p", {
      cls: "sentence",
      text: "Softmax takes e to the power of each logit, and its share of the sum of all.",
    });
    this.warmth = make("input", {
      type: "range",
      min: "-1",
      max: "1",
      step: "0.02",
      "aria-label": "Temperature",
    });
    this.warmth.oninput = () => this.#warm(10 ** Number(this.warmth.value));
    this.warmthText = make("output");
    this.reset = make("button", { type: "button", text: "Reset" });
    this.reset.onclick = () => this.#reset();
    const label = make(
      "label",
      {},
      make("span", { text: "Temperature" }),
      this.warmth,
      this.warmthText,
    );
    const tools = make("div", { cls: "tools" }, label, this.reset);
    const titles = ["Class", "Logit", "", "e to the power of it", "Share", ""];
    const head = make("tr", {}, ...titles.map((text) => make("th", { text, scope: "col" })));
    this.powerTitle = head.children[3];
    this.body = make("tbody");
    const table = make("table", { cls: "softmax" }, make("thead", {}, head), this.body);
    this.ledger = new Ledger((layer) => host.open(layer));
    const top = make("div", { cls: "top" }, this.sentence, tools);
    this.element = make("div", { cls: "layer" }, top, table, this.ledger.element);
  }

  set(data) {
    const other = this.data?.id !== data.id;
    this.data = data;
    const { logits } = data.arrays;
    if (!other) return;
    const order = [...logits.keys()].sort((a, b) => logits[b] - logits[a]);
    this.shown = order.slice(0, logits.length <= MOST + 2 ? logits.length : MOST);
    if (!this.shown.includes(data.unit)) this.shown.push(data.unit);
    const values = this.shown.map((at) => logits[at]).filter(Number.isFinite);
    const [low, high] = [Math.min(...values, 0), Math.max(...values, 0)];
    const room = Math.max(2, (high - low) * 0.4);
    this.range = [low - room, high + room];
    this.#reset();
  }

  lookAt() {
    return false;
  }

  pace() {}

  state() {
    const { layer, unit } = this.data;
    return { layer, unit, channel: null, row: null, column: null, pinned: false };
  }

  spoken() {
    return "";
  }

  key() {
    return false;
  }

  toggle() {}

  leave() {}

  // The logarithm of the sum of all exponentials, which itself may be too large for a number.
  #sum() {
    const scaled = Array.from(this.logits, (logit) => logit / this.temperature);
    const most = scaled.reduce((found, value) => Math.max(found, value), -Infinity);
    return most + Math.log(scaled.reduce((sum, value) => sum + Math.exp(value - most), 0));
  }

  paint() {
    if (!this.data || !this.logits) return;
    const { unit, labels, arrays } = this.data;
    const total = this.#sum();
    const power = (at) => this.logits[at] / this.temperature;
    const share = (at) => Math.exp(power(at) - total);
    const plain = Math.abs(this.temperature - 1) < 0.005;
    say(this.powerTitle, plain ? "e to the power of it" : "e to the power of logit ÷ temperature");
    say(this.warmthText, this.temperature.toFixed(2));
    const others = this.logits.length - this.shown.length;
    const rest = Math.max(0, 1 - this.shown.reduce((sum, at) => sum + share(at), 0));
    const lines = this.shown.map((at) => ({
      at,
      name: labels[at],
      logit: this.logits[at],
      power: exponential(power(at)),
      share: share(at),
      was: arrays.probabilities[at],
    }));
    if (others)
      lines.push({
        name: `the other ${whole(others)}`,
        power: exponential(total + Math.log(rest)),
        share: rest,
      });
    lines.push({ name: "sum", power: exponential(total), total: true });
    list(
      this.body,
      lines,
      () => this.#line(),
      (element, item) => this.#fill(element, item),
    );
    const value = share(unit);
    const changed = !plain || this.logits.some((logit, at) => !Object.is(logit, arrays.logits[at]));
    this.reset.disabled = !changed;
    const given = arrays.probabilities[unit];
    this.ledger.show({
      terms: [
        { label: `e to the power of ${long(power(unit))}`, text: exponential(power(unit)) },
        { sign: "÷", label: "sum of all exponentials", text: exponential(total) },
        {
          sign: "=",
          label: `share of ${labels[unit]}`,
          text: Number.isFinite(value) ? `${long(value)} (${percent(value)})` : long(value),
          strong: true,
        },
      ],
      result: value,
      given,
      after: [],
      next: "",
    });
    if (changed)
      say(
        this.ledger.check,
        `The network gave ${long(given)}; this is what would be with your changes`,
      );
    this.host.tell({ row: null, column: null, sum: value, captured: given });
  }

  #line() {
    const handle = make("span", { cls: "handle" });
    const name = make("th", { scope: "row" }, make("button", { type: "button" }));
    const track = make("td", { cls: "track" }, make("div", {}, make("i"), handle));
    const bar = make("td", { cls: "share" }, make("div", {}, make("i"), make("u")));
    return make("tr", {}, name, make("td"), track, make("td"), make("td"), bar);
  }

  #fill(element, { at, name, logit, power, share, was, total }) {
    const [head, number, track, powered, percents, bar] = element.children;
    const button = head.firstChild;
    say(button, name);
    button.disabled = at === undefined;
    button.onclick = () => this.host.open("softmax", { unit: at });
    say(number, logit === undefined ? "" : long(logit));
    say(powered, power);
    say(percents, share === undefined ? "" : percent(share));
    element.classList.toggle("own", at === this.data.unit);
    element.classList.toggle("sum", Boolean(total));
    track.firstChild.hidden = at === undefined;
    bar.firstChild.hidden = share === undefined;
    bar.firstChild.firstChild.style.width = `${100 * (share || 0)}%`;
    bar.firstChild.firstChild.style.background =
      at === undefined ? "" : this.data.colours[at % this.data.colours.length];
    bar.firstChild.lastChild.hidden = !(Math.abs(was - share) >= 5e-4);
    bar.firstChild.lastChild.style.left = `${100 * (was ?? 0)}%`;
    if (at !== undefined) this.#handle(track.firstChild, at, name);
  }

  #handle(track, at, name) {
    const [low, high] = this.range;
    const place = (value) => `${100 * Math.max(0, Math.min(1, (value - low) / (high - low)))}%`;
    const [line, handle] = track.children;
    const logit = this.logits[at];
    const [from, to] = [Math.min(0, logit), Math.max(0, logit)];
    line.style.left = place(from);
    line.style.width = `calc(${place(to)} - ${place(from)})`;
    line.style.background = this.host.scale.sign(logit);
    handle.style.left = place(logit);
    handle.tabIndex = 0;
    const said = {
      role: "slider",
      "aria-label": `Logit of ${name}`,
      "aria-valuemin": low.toFixed(1),
      "aria-valuemax": high.toFixed(1),
      "aria-valuenow": Number.isFinite(logit) ? logit.toFixed(2) : "0",
      "aria-valuetext": long(logit),
    };
    for (const [key, value] of Object.entries(said)) handle.setAttribute(key, value);
    const drag = (event) => {
      const { left, width } = track.getBoundingClientRect();
      const value = low + ((event.clientX - left) / width) * (high - low);
      this.#set(at, Math.max(low, Math.min(high, value)));
    };
    handle.onpointerdown = (event) => {
      handle.setPointerCapture(event.pointerId);
      handle.onpointermove = drag;
    };
    handle.onpointerup = handle.onpointercancel = () => (handle.onpointermove = null);
    handle.onkeydown = (event) => {
      const turn = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!turn) return;
      event.preventDefault();
      event.stopPropagation();
      this.#set(
        at,
        Math.max(low, Math.min(high, this.logits[at] + turn * (event.shiftKey ? 1 : 0.1))),
      );
    };
  }

  #set(at, value) {
    this.logits[at] = value;
    this.paint();
  }

  #warm(temperature) {
    this.temperature = temperature;
    this.paint();
  }

  #reset() {
    this.logits = Float64Array.from(this.data.arrays.logits);
    this.temperature = 1;
    this.warmth.value = "0";
    this.paint();
  }
}
