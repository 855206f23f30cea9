// One method on the board: its map, what it says in a sentence, its seconds and its figures.

import { drawHeat, drawPhoto } from "../../../browser/colours.js";
import { make, placeUnder, say } from "../../../browser/dom.js";
import { duration, number } from "../../../browser/format.js";
import { figuresOf, heatOf } from "../../../browser/heat.js";

export class Card {
  #heat = null;
  #figures = null;
  #said = "";
  #listed = "";

  // does: {open(name), hover(place), drawn()}.
  constructor(does) {
    this.does = does;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.mark = make("div", { cls: "mark", hidden: true });
    this.face = make("button", { type: "button", cls: "face" }, this.canvas, this.mark);
    this.told = make("p");
    this.bar = make("progress");
    // Kept as they are while the bar moves: a button that is made anew is never clicked.
    this.stop = make("button", { type: "button", text: "Stop", onclick: () => this.#heat?.stop() });
    this.retry = make("button", {
      type: "button",
      text: "Try again",
      onclick: () => this.#heat?.begin(),
    });
    this.wait = make(
      "div",
      { cls: "wait", hidden: true },
      this.told,
      this.bar,
      this.stop,
      this.retry,
    );
    this.title = make("h4");
    this.value = make("span", { cls: "value" });
    this.sentence = make("p");
    this.list = make("dl");
    this.element = make(
      "article",
      { cls: "card" },
      make("div", { cls: "picture" }, this.face, this.wait),
      make("header", {}, this.title, this.value),
      this.sentence,
      this.list,
    );
    this.face.onclick = () => this.does.open(this.method?.name);
    this.face.onpointermove = (event) => this.does.hover(placeUnder(event, this.canvas));
    this.face.onpointerleave = () => this.does.hover(null);
    this.changed = () => this.#show();
  }

  // method: as the board gets it; null shows the photo alone.
  update(token, method, opened) {
    Object.assign(this, { token, method });
    this.title.textContent = method?.title ?? "What the network sees";
    this.sentence.textContent = method?.sentence ?? "The picture, cut and scaled to its input.";
    this.element.classList.toggle("opened", opened);
    this.element.dataset.method = method?.name ?? "photo";
    this.face.setAttribute(
      "aria-label",
      method ? `${method.title}: show it large` : "What the network sees",
    );
    this.face.setAttribute("aria-pressed", opened);
    for (const button of [this.stop, this.retry])
      button.setAttribute("aria-label", `${button.textContent}: ${method?.title}`);
    this.bar.setAttribute("aria-label", `${method?.title} is computed`);
    this.face.disabled = !method;
    this.list.hidden = !method;
    const name = method && !method.refusal ? `${token} ${method.asked}` : "";
    // What went is made anew, under the same name.
    if (name !== this.#said || this.gone) {
      this.#said = name;
      this.#leave();
      if (name) {
        this.#heat = heatOf(token, method.asked);
        this.#heat.addEventListener("change", this.changed);
      }
    }
    this.#show();
  }

  get payload() {
    return this.#heat?.payload ?? null;
  }

  get gone() {
    return this.#heat?.state === "gone";
  }

  paint(photo, look) {
    if (!photo) return;
    if (!this.method) drawPhoto(this.canvas, photo);
    else if (this.payload) drawHeat(this.canvas, photo, this.payload, look);
    else drawPhoto(this.canvas, photo);
  }

  // place: {row, column}, or null.
  point(place, side) {
    this.mark.hidden = !place;
    this.value.textContent = "";
    if (!place) return;
    const share = 100 / side;
    Object.assign(this.mark.style, {
      left: `${(place.column + 0.5) * share}%`,
      top: `${(place.row + 0.5) * share}%`,
    });
    if (this.payload)
      this.value.textContent = number(this.payload.values[place.row * side + place.column], true);
  }

  leave() {
    this.#leave();
    this.element.remove();
  }

  #leave() {
    this.#heat?.removeEventListener("change", this.changed);
    this.#figures?.removeEventListener("change", this.changed);
    this.#heat = this.#figures = null;
  }

  #show() {
    const heat = this.#heat;
    this.element.dataset.state = this.method?.refusal ? "refused" : (heat?.state ?? "done");
    this.#waiting(heat);
    if (heat?.state === "done" && !this.#figures) {
      this.#figures = figuresOf(this.token, this.method.asked);
      this.#figures.addEventListener("change", this.changed);
    }
    this.#numbers(heat);
    this.does.drawn();
  }

  #waiting(heat) {
    const said =
      this.method?.refusal ||
      { failed: heat?.error, cancelled: "Stopped.", gone: "Making it anew." }[heat?.state] ||
      "";
    const going = heat?.state === "going";
    this.wait.hidden = !said && !going;
    say(this.told, said);
    this.told.hidden = !said;
    this.bar.hidden = this.stop.hidden = !going;
    this.retry.hidden = !heat || !["failed", "cancelled"].includes(heat.state);
    if (!going) return;
    this.bar.max = Math.max(heat.total, 1);
    if (heat.total) this.bar.value = heat.done;
    else this.bar.removeAttribute("value");
  }

  #numbers(heat) {
    const rows = [];
    if (heat?.payload) {
      const { head } = heat.payload;
      rows.push(["Seconds", duration(head.seconds), "What the map took."]);
      if (head.flat) rows.push(["Map", "the same everywhere", "The method finds nothing here."]);
      if (head.delta !== null)
        rows.push([
          "Sum misses by",
          number(head.delta),
          "What the shares sum to, minus what they should.",
        ]);
      const figures = this.#figures;
      if (figures?.state === "done")
        for (const figure of figures.payload)
          rows.push([figure.title, number(figure.value), figure.help]);
      else if (figures?.state === "going")
        rows.push(["Quality", "measuring", "Pixels are taken away and brought back."]);
      else if (figures?.error) rows.push(["Quality", "not measured", figures.error]);
    }
    const said = JSON.stringify(rows);
    if (said === this.#listed) return;
    this.#listed = said;
    this.list.replaceChildren(
      ...rows.map(([name, value, title]) =>
        make("div", { title }, make("dt", { text: name }), make("dd", { text: value })),
      ),
    );
  }
}
