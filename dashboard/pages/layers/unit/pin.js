// Keeps the map of a unit in sight while the picture or the model changes.

import { drawMap, drawPhoto } from "./drawing.js";

// One for the whole lab: it outlives the element, which goes when the page changes.
let kept = null;

export class Pin {
  #now = null;
  #said = "";

  constructor({ pin, pinned, pinnedMap, pinnedPhoto, pinnedSaid }, changed) {
    Object.assign(this, { pin, pinned, pinnedMap, pinnedPhoto, pinnedSaid });
    this.pin.onclick = () => {
      kept = kept ? null : { ...this.#now, said: this.#said };
      changed();
    };
  }

  // What to call what is shown now.
  offer({ layer, unit, noun, from }) {
    this.#said = `${layer}, ${noun} ${unit}: ${from}`;
  }

  shows(now) {
    this.#now = now;
    this.pin.setAttribute("aria-pressed", String(Boolean(kept)));
    this.pin.textContent = kept ? "Unpin" : "Pin";
    this.pinned.hidden = !kept;
    if (!kept) return;
    drawMap(this.pinnedMap, kept.payload, kept.unit, kept.look, kept.how.place);
    drawPhoto(this.pinnedPhoto, kept.photo, kept.payload, kept.unit, {
      ...kept.how,
      mix: this.#now.how.mix,
    });
    this.pinnedMap.setAttribute("aria-label", `Pinned: ${kept.said}`);
    this.pinnedSaid.textContent = `Pinned: ${kept.said}`;
  }
}
