// One map at large: over the photo by a slider, clipped where a person wants it, read by pointer or
// keyboard.
//
// data: {heard, token, side, asked, name, title, label, file, show, signs, refusal, card}.

import { choicesOf } from "../../../browser/choices.js";
import { beyond, drawHeat, drawPhoto, heatLimit, palette } from "../../../browser/colours.js";
import { make, onceAFrame, placeUnder } from "../../../browser/dom.js";
import { listen, tell } from "../../../browser/events.js";
import { duration, number, rate } from "../../../browser/format.js";
import { heatOf, photoOf } from "../../../browser/heat.js";
import { mounted } from "../../../browser/mount.js";

// A share of the sum from which on a person is told that it can be had more exactly.
const MUCH = 0.01;

export default mounted(({ model, el }) => {
  const view = new View(el);
  model.onChange((data) => view.update(data));
  return () => view.leave();
});

class View {
  #heat = null;
  #photo = null;
  #place = null;
  #shared = null;
  #name = "";
  #ends = new Map();

  constructor(parent) {
    // Chosen on the board; here it is only shown.
    this.choices = choicesOf("explain-board").join(() => {});
    this.draw = onceAFrame(() => this.#photo && this.root.isConnected && this.#paint());
    this.canvas = make("canvas", { role: "img", "aria-label": "Heat map" });
    this.mark = make("div", { cls: "mark", hidden: true });
    this.stage = make(
      "div",
      { cls: "stage", tabindex: "0", role: "group" },
      this.canvas,
      this.mark,
    );
    this.readout = make("output", { "aria-live": "polite" });
    this.legend = make(
      "div",
      {
        cls: "legend",
        role: "img",
        "aria-label": "Colours: purple against, white nothing, orange for",
      },
      make("span"),
      make("i"),
      make("span"),
    );
    this.mix = slider(0, 1, 0.05, 0.7);
    this.percentile = slider(90, 100, 0.1, 99.5);
    this.save = make("button", {
      type: "button",
      text: "PNG",
      title: "The picture as it is drawn here",
      onclick: () => this.#save(),
    });
    this.note = make("p", { cls: "note" });
    this.figures = make("p", { cls: "note figures" });
    this.root = make(
      "div",
      { cls: "large" },
      this.stage,
      this.readout,
      this.legend,
      make(
        "div",
        { cls: "bar" },
        make("label", {}, "Photo", this.mix, "Map"),
        make(
          "label",
          { cls: "ends", title: "Below the end of the scale lies so much of the map" },
          "Scale ends at",
          this.percentile,
          (this.percent = make("span")),
        ),
      ),
      this.note,
      this.figures,
      make("div", { cls: "bar save" }, this.save),
    );
    this.mix.setAttribute("aria-label", "How much of the map covers the photo");
    this.percentile.setAttribute("aria-label", "Percentile at which the scale ends");
    this.mix.oninput = this.percentile.oninput = () => this.draw();
    this.stage.onpointermove = (event) => tell("heat", placeUnder(event, this.canvas));
    this.stage.onpointerleave = () => tell("heat", null);
    this.stage.onkeydown = (event) => this.#key(event);
    parent.append(this.root);
    this.changed = () => this.draw();
    this.silence = [
      listen("heat", (place) => {
        this.#place = place;
        this.draw();
      }),
      listen("drawn", (look) => {
        Object.assign(this.data, look);
        this.draw();
      }),
      listen("shared", (shared) => {
        this.#shared = this.data.card ? shared : null;
        this.draw();
      }),
    ];
  }

  update(data) {
    const other = this.data?.token !== data.token;
    // How maps are drawn may have been chosen since.
    const { show, signs } = this.choices.over(data);
    this.data = { ...data, show, signs };
    const name = data.refusal ? "" : `${data.token} ${data.asked}`;
    // What went is made anew, under the same name.
    if (name !== this.#name || this.#heat?.state === "gone") {
      this.#name = name;
      this.#ends.clear();
      this.#heat?.removeEventListener("change", this.changed);
      this.#heat = name ? heatOf(data.token, data.asked) : null;
      this.#heat?.addEventListener("change", this.changed);
    }
    if (other || !this.#photo) this.#loadPhoto();
    this.stage.setAttribute("aria-label", `${data.title}. Arrow keys read the map.`);
    this.draw();
  }

  leave() {
    this.choices.leave();
    this.silence.forEach((silence) => silence());
    this.#heat?.removeEventListener("change", this.changed);
    this.root.remove();
  }

  async #loadPhoto() {
    const { token } = this.data;
    try {
      const photo = await photoOf(token);
      if (token === this.data.token) this.#photo = photo;
      this.draw();
    } catch {
      // The board asks for the same and has the pass made anew.
    }
  }

  #paint() {
    const { side, show, signs, title, label, refusal } = this.data;
    const payload = this.#heat?.payload;
    this.root.classList.toggle("coarse", side < 128);
    this.root.dataset.state = refusal ? "refused" : (this.#heat?.state ?? "");
    this.root.dataset.method = this.data.name;
    // Beside a ledger it is small: what its card would have is left out.
    this.root.classList.toggle("lean", !this.data.card);
    this.#point(payload);
    if (!payload) {
      drawPhoto(this.canvas, this.#photo);
      const state = this.#heat?.state;
      this.note.textContent =
        refusal || this.#heat?.error || (state === "going" ? "The map is on its way." : "Stopped.");
      this.figures.textContent = "";
      return;
    }
    const end = this.#end(payload);
    drawHeat(this.canvas, this.#photo, payload, {
      show,
      signs,
      end,
      opacity: Number(this.mix.value),
    });
    this.canvas.setAttribute("aria-label", `${title} for ${label}`);
    const [low, bar, high] = this.legend.children;
    const { colours } = payload.head;
    const above = signs === "sizes" || !payload.values.some((value) => value < 0);
    low.textContent = above ? "0" : number(-end);
    bar.style.background = palette(above ? colours.slice(colours.length >> 1) : colours).gradient();
    high.textContent = number(end, true);
    this.percent.textContent = `${Number(this.percentile.value).toFixed(1)} %`;
    const share = rate(beyond(payload, end));
    const whose = this.#shared
      ? "The scale is shared by all maps"
      : `The scale ends at the ${this.percentile.value}th percentile of the sizes`;
    this.note.textContent = payload.head.flat
      ? "The map is the same everywhere: the method finds nothing here."
      : `${whose}; ${share} of the places lie beyond and take its colour.`;
    this.figures.textContent = this.#numbers(payload.head);
    this.root.dataset.drawn = `${this.data.name} ${show} ${signs} ${this.mix.value}`;
  }

  #end(payload) {
    if (this.#shared) return this.#shared;
    const { value } = this.percentile;
    if (Number(value) === payload.head.percentile) return payload.head.limit;
    if (!this.#ends.has(value)) this.#ends.set(value, heatLimit([payload], Number(value)));
    return this.#ends.get(value);
  }

  #numbers({ logit, baseline_logit: baseline, delta, steps, seconds: took }) {
    const parts = [`The number explained is ${number(logit)}`];
    if (baseline !== null) parts.push(`${number(baseline)} for the picture without content`);
    const gained = logit - (baseline ?? 0);
    const off = delta === null || !gained ? 0 : Math.abs(delta / gained);
    const share = gained ? `, ${rate(off)} of it` : "";
    if (delta !== null) parts.push(`the shares miss the difference by ${number(delta)}${share}`);
    const more = off > MUCH && steps ? " More steps come nearer." : "";
    return `${parts.join("; ")}.${more} Made in ${duration(took)}.`;
  }

  #point(payload) {
    const place = this.#place;
    const { side } = this.data;
    this.mark.hidden = !place;
    if (!place) {
      this.readout.textContent = payload ? "Point at the map to read it." : "";
      return;
    }
    Object.assign(this.mark.style, {
      left: `${((place.column + 0.5) * 100) / side}%`,
      top: `${((place.row + 0.5) * 100) / side}%`,
    });
    const value = payload ? number(payload.values[place.row * side + place.column], true) : "";
    this.readout.textContent = `Row ${place.row}, column ${place.column}: ${value}`;
  }

  #key(event) {
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const step = steps[event.key];
    if (event.key === "Escape") tell("heat", null);
    if (!step) return;
    event.preventDefault();
    const { side } = this.data;
    const far = event.shiftKey ? Math.max(1, Math.round(side / 16)) : 1;
    const { row, column } = this.#place ?? { row: side >> 1, column: side >> 1 };
    const within = (at) => Math.max(0, Math.min(side - 1, at));
    tell("heat", { row: within(row + far * step[0]), column: within(column + far * step[1]) });
  }

  #save() {
    const large = document.createElement("canvas");
    const factor = Math.max(1, Math.floor(448 / this.data.side));
    Object.assign(large, { width: this.data.side * factor, height: this.data.side * factor });
    const context = large.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(this.canvas, 0, 0, large.width, large.height);
    make("a", { href: large.toDataURL("image/png"), download: `${this.data.file}.png` }).click();
  }
}

function slider(min, max, step, value) {
  const found = make("input", { type: "range", min, max, step });
  found.value = value;
  return found;
}
