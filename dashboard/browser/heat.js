// Heat maps and their figures, fetched once for each question and shared by all parts of the page.
//
// A map that takes longer says how far it is until it is there; it can be stopped and asked again.

const MOST = 96;
const PAUSE_MS = 120;

// The lab's routes, also where it is served below a path: this file lies under it as well.
const API = new URL("../api/", import.meta.url).href;

const kept = new Map();
const photos = new Map();

// state: going, done, failed, cancelled or gone (the pass is not kept any more).
class Fetched extends EventTarget {
  state = "going";
  done = 0;
  total = 0;
  error = "";
  payload = null;
  #run = 0;
  #stopping = null;

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
        const answer = await fetch(this.path + still);
        if (over()) return;
        if (answer.status === 404) this.#says({ state: "gone" });
        else if (answer.headers.get("content-type")?.startsWith("application/octet-stream")) {
          this.#says({ state: "done", payload: unpacked(await answer.arrayBuffer()) });
        } else {
          const said = await answer.json();
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

  #says(what) {
    Object.assign(this, what);
    this.dispatchEvent(new Event("change"));
  }
}

export function heatOf(token, asked) {
  return fetched(token, "map", asked);
}

export function figuresOf(token, asked) {
  return fetched(token, "quality", asked);
}

function fetched(token, what, asked) {
  const name = `${token} ${what} ${asked}`;
  let found = kept.get(name);
  if (!found || found.state === "gone") found = new Fetched(token, what, asked);
  kept.delete(name);
  kept.set(name, found);
  if (kept.size > MOST) kept.delete(kept.keys().next().value);
  return found;
}

// What the network saw, as the colours of S x S pixels.
export function photoOf(token) {
  if (!photos.has(token)) {
    const loading = photo(token);
    loading.catch(() => photos.delete(token));
    photos.set(token, loading);
    if (photos.size > 8) photos.delete(photos.keys().next().value);
  }
  return photos.get(token);
}

async function photo(token) {
  const image = new Image();
  image.src = `${API}explain/${token}/picture`;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, width, height);
}

// The answers and the map of the picture with cells painted over.
// mask: Uint8Array of size x size cells, 1 where it is painted.
export async function painted(token, asked, mask, size, fill) {
  const bytes = new Uint8Array(Math.ceil(mask.length / 8));
  mask.forEach((cell, at) => (bytes[at >> 3] |= cell << (7 - (at & 7))));
  const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
  const query = new URLSearchParams({ asked, mask: text, size, fill });
  const answer = await fetch(`${API}explain/${token}/painted?${query}`);
  if (answer.ok) return unpacked(await answer.arrayBuffer());
  throw new Error((await answer.json()).error ?? "The lab did not answer.");
}

function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  // Numbers of four bytes have to begin at a multiple of four.
  return { head, values: new Float32Array(buffer.slice(4 + length)) };
}
