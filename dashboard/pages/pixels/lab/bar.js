// What can be chosen within a layer, and whether the window moves.

import { list, make, say } from "../../../browser/dom.js";
import { whole } from "../../../browser/format.js";

const SPEEDS = { slow: 0.35, normal: 1, fast: 3 };
const ALL = "all";

export class Bar {
  speed = 1;

  constructor({ unit, channel, toggle, pace }) {
    const step = (turn, text, label) =>
      make("button", {
        type: "button",
        text,
        "aria-label": label,
        onclick: () => this.#go(Number(this.number.value) + turn, unit),
      });
    this.number = make("input", { type: "number", min: "0", step: "1" });
    this.number.onchange = () => this.#go(Number(this.number.value), unit);
    this.word = make("span");
    this.of = make("span", { cls: "of" });
    this.less = step(-1, "‹", "The one before");
    this.more = step(1, "›", "The next one");
    const units = make(
      "label",
      { cls: "unit" },
      this.word,
      this.less,
      this.number,
      this.more,
      this.of,
    );
    this.select = make("select", { "aria-label": "Input channel" });
    this.select.onchange = () =>
      channel(this.select.value === ALL ? null : Number(this.select.value));
    this.channels = make("label", {}, make("span", { text: "Input" }), this.select);
    this.play = make("button", { type: "button", cls: "play", onclick: toggle });
    const speed = make(
      "select",
      { "aria-label": "Speed" },
      ...Object.keys(SPEEDS).map((name) => make("option", { value: name, text: name })),
    );
    speed.value = "normal";
    speed.onchange = () => pace((this.speed = SPEEDS[speed.value]));
    this.pace = make("label", {}, make("span", { text: "Speed" }), speed);
    this.hint = make("span", { cls: "hint" });
    this.element = make(
      "div",
      { cls: "bar" },
      units,
      this.channels,
      this.play,
      this.pace,
      this.hint,
    );
  }

  // What the layer has, once it is another one.
  name({ unitWord, units, labels }) {
    this.labels = unitWord === "Class" ? labels : null;
    this.units = units;
    say(this.word, unitWord);
    this.number.max = units - 1;
    this.number.setAttribute("aria-label", `${unitWord}, 0 to ${units - 1}`);
  }

  // What the view shows now.
  show(view) {
    const { unit, channel, pinned } = view.state();
    if (this.number.getRootNode().activeElement !== this.number) this.number.value = unit;
    this.less.disabled = unit <= 0;
    this.more.disabled = unit >= this.units - 1;
    say(
      this.of,
      this.labels ? `${this.labels[unit]}, one of ${whole(this.units)}` : `of ${whole(this.units)}`,
    );
    const { channels } = view;
    this.channels.hidden = !channels;
    if (channels) {
      const options = [{ channel: ALL, name: `all ${channels.length} channels` }, ...channels];
      list(
        this.select,
        options,
        () => make("option"),
        (option, { channel: value, name }) => {
          option.value = value;
          say(option, name);
        },
      );
      this.select.value = channel ?? ALL;
    }
    this.play.hidden = this.pace.hidden = !view.sweep;
    if (!view.sweep) return say(this.hint, "");
    say(this.play, view.sweep.moving ? "Pause" : "Play");
    return say(
      this.hint,
      pinned
        ? "Kept. Click it again, or press Escape, to let go."
        : "Point to look, click to keep, arrow keys move, space plays.",
    );
  }

  #go(unit, choose) {
    if (!Number.isInteger(unit)) return;
    // Shown at once, so that two quick steps are two steps.
    this.number.value = Math.max(0, Math.min(this.units - 1, unit));
    choose(Number(this.number.value));
  }
}
