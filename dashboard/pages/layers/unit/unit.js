// One unit large: its map alone, and laid over the photo with what it sees.
//
// data: {heard, token, layer, unit, noun, title, part, ratio, from, covering, box}. part and box are
// left, top, width and height as shares of the photo. A choice is {box}.

import { choicesOf } from "../../../browser/choices.js";
import { limitOf } from "../../../browser/colours.js";
import { make, onceAFrame, partsOf } from "../../../browser/dom.js";
import { latest, listen } from "../../../browser/events.js";
import { number } from "../../../browser/format.js";
import { mounted } from "../../../browser/mount.js";
import { load, photoOf, valueAt } from "../../../browser/payload.js";
import { Cover } from "./cover.js";
import { drawMap, drawPhoto } from "./drawing.js";
import { Pin } from "./pin.js";
import { Sensitivity } from "./sensitivity.js";

export default mounted(({ model, el }) => {
  const view = new UnitView(model, el);
  model.onChange((data) => view.update(data));
  return () => view.leave();
});

class UnitView {
  #payload = null;
  #photo = null;
  #hover = null;
  #unit = 0;

  constructor(model, parent) {
    this.choices = choicesOf("layers").join(() => this.#choose(), model);
    this.draw = onceAFrame(
      () => this.#payload && this.#photo && this.root.isConnected && this.#paint(),
    );
    this.root = make("div", { cls: "view", innerHTML: MARKUP });
    Object.assign(this, partsOf(this.root));
    this.kept = new Pin(this, () => this.draw());
    this.cover = new Cover(this.photoBox, this.coverBox, (box) => this.choices.put({ box }));
    this.sensitivity = new Sensitivity(this.sensitive, () => this.draw());
    this.mix.oninput = () => this.draw();
    parent.append(this.root);
    this.silence = [
      listen("hover", (hover) => {
        this.#hover = this.#mine(hover) && hover.view === "maps" ? hover : null;
        this.draw();
      }),
      listen("look", () => this.draw()),
    ];
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  update(data) {
    const before = this.data;
    this.data = data;
    const other = before?.token !== data.token;
    if (other || before?.layer !== data.layer || !this.#payload) this.#load();
    if (other || !this.#photo) this.#loadPhoto();
    this.kept.offer(data);
    this.#choose();
  }

  // Another unit of this layer is shown at once; of another layer once the page has it.
  #choose() {
    const { layer, unit, box } = this.choices.over(this.data);
    this.#unit = (layer === this.data.layer ? unit : null) ?? this.data.unit;
    this.cover.show(this.data.covering, box);
    this.draw();
  }

  leave() {
    this.choices.leave();
    this.silence.forEach((silence) => silence());
    this.observer.disconnect();
    this.root.remove();
  }

  #mine(said) {
    return said && said.token === this.data.token && said.layer === this.data.layer;
  }

  async #load() {
    const { token, layer } = this.data;
    this.#payload = null;
    try {
      const payload = await load(token, "maps", layer);
      if (token !== this.data.token || layer !== this.data.layer) return;
      this.#payload = payload;
      this.draw();
    } catch {
      // The grid fetches the same and says what is wrong.
    }
  }

  async #loadPhoto() {
    const { token } = this.data;
    const photo = new Image();
    photo.src = photoOf(token);
    try {
      await photo.decode();
    } catch {
      return;
    }
    if (token !== this.data.token) return;
    this.#photo = photo;
    this.draw();
  }

  #paint() {
    const { head } = this.#payload;
    const unit = this.#hover?.unit ?? this.#unit;
    if (!(unit < head.shape[0])) return;
    const { range = "unit", contrast = 1 } = latest("look") ?? {};
    const [, rows, columns] = head.shape;
    const flat = rows * columns === 1;
    this.root.classList.toggle("flat", flat);
    const look = {
      limit: limitOf(head, unit, flat && range === "unit" ? "layer" : range),
      contrast,
    };
    const place = this.#hover ?? this.#strongest(unit);
    drawMap(this.map, this.#payload, unit, look, flat ? null : place);
    const { token, layer, part, ratio } = this.data;
    const answers = this.sensitivity.of({ token, layer, unit, ...place });
    const how = { look, place, mix: Number(this.mix.value), part, ratio, answers };
    drawPhoto(this.photo, this.#photo, this.#payload, unit, how);
    this.value.textContent = flat ? number(valueAt(this.#payload, unit)) : "";
    const named = `${this.data.noun} ${unit}`;
    this.map.setAttribute("aria-label", `The map of ${named} of ${this.data.layer}`);
    this.photo.setAttribute("aria-label", `${this.data.title} with the map of ${named} over it`);
    this.note.textContent = this.#said(unit, place, flat);
    // For whoever wants to know from outside what is shown.
    Object.assign(this.root.dataset, {
      layer,
      unit,
      hovered: Boolean(this.#hover),
      place: [place.row, place.column],
    });
    this.kept.shows({ payload: this.#payload, photo: this.#photo, unit, look, how });
  }

  #strongest(unit) {
    const { head, bytes } = this.#payload;
    const [, rows, columns] = head.shape;
    const start = unit * rows * columns;
    let best = 0;
    for (let at = 1; at < rows * columns; at++)
      if (bytes[start + at] > bytes[start + best]) best = at;
    return { row: Math.floor(best / columns), column: best % columns };
  }

  #said(unit, { row, column }, flat) {
    const value = number(valueAt(this.#payload, unit, row, column));
    const who = this.#hover ? `${capitalised(this.data.noun)} ${unit}` : "Strongest";
    const answers = this.sensitivity.said;
    if (flat)
      return answers || `${capitalised(this.data.noun)} ${unit} sees the whole framed part.`;
    const more = answers || "The frame is what it sees there.";
    return `${who} at row ${row}, column ${column}: ${value}. ${more}`;
  }
}

function capitalised(word) {
  return word[0].toUpperCase() + word.slice(1);
}

const MARKUP = `
  <div class="pictures">
    <figure class="alone"><canvas data-part="map" role="img" aria-label="Map"></canvas><b data-part="value"></b></figure>
    <figure class="over"><div class="photo" data-part="photoBox"><canvas data-part="photo" role="img" aria-label="Photo"></canvas>
      <div class="cover" data-part="coverBox" tabindex="0" role="group" hidden
        aria-label="The covered part. Arrow keys move it, with Shift they change its size."></div></div></figure>
    <figure class="pinned" data-part="pinned" hidden><canvas data-part="pinnedMap" role="img" aria-label="Pinned map"></canvas>
      <canvas data-part="pinnedPhoto" aria-hidden="true"></canvas>
      <figcaption data-part="pinnedSaid"></figcaption></figure>
  </div>
  <div class="bar">
    <label>Photo <input type="range" min="0" max="1" step="0.05" value="0.5" data-part="mix"> Map</label>
    <label class="sensitive" title="How strongly the value at the frame answers to each pixel: the size of its gradient"><input
      type="checkbox" data-part="sensitive"> Sensitivity</label>
    <button type="button" data-part="pin" aria-pressed="false"
      title="Keeps this map in sight while you change the picture or the model">Pin</button>
  </div>
  <p class="note" data-part="note" aria-live="off"></p>
`;
