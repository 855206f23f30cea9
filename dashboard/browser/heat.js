// Heat maps and their figures, fetched once for each question and shared by all parts of the page.
//
// A map that takes longer says how far it is until it is there; it can be stopped and asked again.

import { API, answer } from "./api.js";
import { Recent, RecentAnswers, unpackFloats } from "./payload.js";

const PAUSE_MS = 120;

/** @type {Recent<Fetched>} */
const kept = new Recent(96);
/** @type {RecentAnswers<ImageData>} */
const photos = new RecentAnswers(8);

// state: going, done, failed, cancelled or gone (the pass is not kept any more).
class Fetched extends EventTarget {
  state = "going";
  done = 0;
  total = 0;
  error = "";
  /** @type {any} */
  payload = null;
  #run = 0;
  /** @type {Promise<unknown> | null} */
  #stopping = null;

  /** @param {string} token @param {string} what @param {string} asked */
  constructor(token, what, asked) {
    super();
    this.path = `${API}explain/${token}/${what}?${new URLSearchParams({ asked })}`;
    this.stopping = `${API}explain/${token}/stop?${new URLSearchParams({ asked })}`;
    this.begin();
  }

  begin() {
    this.#says({ state: "going", done: 0, total: 0, error: "" });
    this.#follow();
  }

  stop() {
    this.#says({ state: "cancelled" });
    this.#stopping = fetch(this.stopping, { method: "POST" }).catch(() => {});
  }

  async #follow() {
    const run = ++this.#run;
    const over = () => this.state !== "going" || run !== this.#run;
    // An order to stop that came after this would end what is begun now.
    await this.#stopping;
    for (let still = ""; !over(); still = "&still=1") {
      try {
        // A refusal is a JSON sentence as well, so its status is not looked at.
        const found = await fetch(this.path + still);
        if (over()) return;
        if (found.status === 404) this.#says({ state: "gone" });
        else if (found.headers.get("content-type")?.startsWith("application/octet-stream")) {
          this.#says({ state: "done", payload: unpackFloats(await found.arrayBuffer()) });
        } else {
          const said = await found.json();
          if (over()) return;
          if (said.figures) this.#says({ state: "done", payload: said.figures });
          else this.#says({ state: "failed", ...said });
        }
      } catch {
        this.#says({ state: "failed", error: "The lab did not answer. Try again." });
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** @param {Record<string, unknown>} what */
  #says(what) {
    Object.assign(this, what);
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {string} token @param {string} asked */
export function heatOf(token, asked) {
  return fetched(token, "map", asked);
}

/** @param {string} token @param {string} asked */
export function figuresOf(token, asked) {
  return fetched(token, "quality", asked);
}

/** @param {string} token @param {string} what @param {string} asked */
function fetched(token, what, asked) {
  return kept.get(
    `${token} ${what} ${asked}`,
    () => new Fetched(token, what, asked),
    ({ state }) => state !== "gone",
  );
}

/**
 * What the network saw, as the colours of S x S pixels.
 * @param {string} token
 */
export function photoOf(token) {
  return photos.get(token, () => photo(token));
}

/** @param {string} token */
async function photo(token) {
  const image = new Image();
  image.src = `${API}explain/${token}/picture`;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/**
 * The answers and the map of the picture with cells painted over.
 * @param {string} token @param {string} asked
 * @param {Uint8Array} mask size x size cells, 1 where it is painted
 * @param {number} size @param {string} fill
 */
export async function painted(token, asked, mask, size, fill) {
  const bytes = new Uint8Array(Math.ceil(mask.length / 8));
  mask.forEach((cell, at) => {
    bytes[at >> 3] |= cell << (7 - (at & 7));
  });
  const text = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  const query = new URLSearchParams({ asked, mask: text, size: `${size}`, fill });
  return unpackFloats(await (await answer(`explain/${token}/painted?${query}`)).arrayBuffer());
}
