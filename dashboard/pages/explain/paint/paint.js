// Paint over the photo and watch the answer and a heat map follow.
//
// data: {token, side, asked, title, label, fill, rows, colours}; rows are the classes that are
// watched: {index, label, probability, colour}.

import { drawHeat, drawPhoto } from "../../../browser/colours.js";
import { make, placeUnder } from "../../../browser/dom.js";
import { painted, photoOf } from "../../../browser/heat.js";
import { mounted } from "../../../browser/mount.js";
import { Brush } from "./brush.js";
import { Watched } from "./watched.js";

export default mounted(({ model, el }) => {
  const paint = new Paint(el);
  model.onChange((data) => paint.update(data));
  return () => paint.root.remove();
});

class Paint {
  #photo = null;
  #busy = false;
  #waiting = false;
  #asked = "";
  #payload = null;

  constructor(parent) {
    this.canvas = make("canvas", {
      role: "img",
      "aria-label": "The photo with what is painted over it",
    });
    this.map = make("canvas", { role: "img", "aria-label": "Heat map" });
    this.cursor = make("div", { cls: "cursor", hidden: true });
    this.stage = make(
      "div",
      {
        cls: "stage",
        tabindex: "0",
        role: "group",
        "aria-label":
          "The photo. Arrow keys move the brush, space paints, with the occluder arrows drag it.",
      },
      this.canvas,
      this.cursor,
    );
    this.brush = new Brush(() => this.#changed());
    this.title = make("figcaption");
    this.watched = new Watched();
    this.root = make(
      "div",
      { cls: "paint" },
      this.brush.element,
      make(
        "div",
        { cls: "panes" },
        make(
          "figure",
          {},
          this.stage,
          make("figcaption", {
            text: "Drag over the photo; what is hatched is hidden from the network.",
          }),
        ),
        make("figure", {}, this.map, this.title),
        this.watched.element,
      ),
    );
    this.stage.onpointerdown = (event) => this.#begin(event);
    this.stage.onpointermove = (event) => this.#move(event);
    this.stage.onpointerup = () => this.brush.end();
    this.stage.onpointercancel = () => this.brush.end();
    this.stage.onkeydown = (event) => this.brush.key(event) && this.#cursor();
    parent.append(this.root);
  }

  update(data) {
    const before = this.data;
    this.data = data;
    if (before?.token !== data.token) {
      this.#photo = null;
      this.brush.fits(data.side);
      this.#load();
    }
    this.title.textContent = `${data.title} for ${data.label}`;
    const others = this.watched.begin(data.rows);
    const asked = `${data.token} ${data.asked} ${data.fill}`;
    if (asked !== this.#asked) {
      this.#asked = asked;
      this.#payload = null;
      this.#ask();
    } else if (others && this.#payload) this.watched.show(this.#payload.head, this.brush.share);
  }

  async #load() {
    const { token } = this.data;
    try {
      const photo = await photoOf(token);
      if (token !== this.data.token) return;
      this.#photo = photo;
      this.root.classList.toggle("coarse", this.data.side < 128);
      this.#paint();
    } catch {
      this.watched.fault("The picture did not come. Reload the page.");
    }
  }

  #begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    this.stage.focus({ preventScroll: true });
    const place = placeUnder(event, this.canvas);
    if (place) this.brush.begin(place);
  }

  #move(event) {
    const place = placeUnder(event, this.canvas);
    if (place) this.brush.move(place);
    this.#cursor();
  }

  #cursor() {
    const { side } = this.data;
    const { row, column, wide } = this.brush.cursor;
    const share = 100 / side;
    this.cursor.hidden = false;
    Object.assign(this.cursor.style, {
      left: `${(column - wide / 2) * share}%`,
      top: `${(row - wide / 2) * share}%`,
      width: `${wide * share}%`,
      height: `${wide * share}%`,
    });
  }

  #changed() {
    this.#paint();
    this.#ask();
  }

  // One question at a time; the newest one waits for the answer before it.
  async #ask() {
    if (this.#busy) {
      this.#waiting = true;
      return;
    }
    this.#busy = true;
    const { token, asked, fill } = this.data;
    const wanted = this.#asked;
    try {
      const payload = await painted(token, asked, this.brush.mask, this.brush.size, fill);
      if (wanted === this.#asked) {
        this.#payload = payload;
        this.watched.show(payload.head, this.brush.share);
        this.#paint();
      }
    } catch (error) {
      this.watched.fault(error.message);
    }
    this.#busy = false;
    if (!this.#waiting || !this.root.isConnected) return;
    this.#waiting = false;
    this.#ask();
  }

  #paint() {
    if (!this.#photo) return;
    const photo = new ImageData(
      new Uint8ClampedArray(this.#photo.data),
      this.data.side,
      this.data.side,
    );
    this.brush.cover(photo);
    drawPhoto(this.canvas, photo);
    if (!this.#payload) return;
    drawHeat(this.map, photo, this.#payload, {
      show: "over",
      signs: "signed",
      end: this.#payload.head.limit,
    });
    this.map.setAttribute(
      "aria-label",
      `${this.data.title} for ${this.data.label}, the picture as painted`,
    );
    // For whoever wants to know from outside what is shown.
    this.root.dataset.painted = this.brush.count;
    this.root.dataset.logit = String(this.#payload.head.logit);
  }
}
