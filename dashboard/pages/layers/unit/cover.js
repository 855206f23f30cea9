// A box on the photo that a person draws, moves and sizes, by pointer or keyboard.

const SETTLED_MS = 300;
const STEP = 0.02;
const SMALLEST = 0.02;

export class Cover {
  #box = null;
  #told = undefined;
  #start = null;
  #timer;

  // area: what is drawn on. mark: the element that shows the box. done: gets a box.
  constructor(area, mark, done) {
    Object.assign(this, { area, mark, done });
    area.onpointerdown = (event) => this.#begin(event);
    area.onpointermove = (event) => this.#go(event);
    area.onpointerup = (event) => this.#end(event);
    area.onpointercancel = () => (this.#start = null);
    mark.onkeydown = (event) => this.#key(event);
  }

  // What Python says counts where it says something new, unless a person is just moving the box.
  show(covering, box) {
    this.covering = covering;
    this.area.classList.toggle("covering", covering);
    const said = JSON.stringify(box);
    if (said !== this.#told) {
      this.#told = said;
      if (!this.#start && !this.#timer) this.#box = box;
    }
    this.#place();
  }

  #place() {
    this.mark.hidden = !this.covering || !this.#box;
    if (this.mark.hidden) return;
    const [left, top, width, height] = this.#box.map((share) => `${100 * share}%`);
    Object.assign(this.mark.style, { left, top, width, height });
  }

  #point(event) {
    const box = this.area.getBoundingClientRect();
    const within = (share) => Math.max(0, Math.min(1, share));
    return [
      within((event.clientX - box.left) / box.width),
      within((event.clientY - box.top) / box.height),
    ];
  }

  #begin(event) {
    if (!this.covering || event.button) return;
    event.preventDefault();
    this.area.setPointerCapture(event.pointerId);
    this.#start = this.#point(event);
  }

  #go(event) {
    if (!this.#start) return;
    const [x, y] = this.#point(event);
    const [from, down] = this.#start;
    this.#box = [Math.min(x, from), Math.min(y, down), Math.abs(x - from), Math.abs(y - down)];
    this.#place();
  }

  #end(event) {
    if (!this.#start) return;
    this.#go(event);
    this.#start = null;
    // A click is no box.
    if (this.#box[2] < SMALLEST || this.#box[3] < SMALLEST) return;
    this.mark.focus({ preventScroll: true });
    this.done(this.#box);
  }

  #key(event) {
    const steps = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const step = steps[event.key];
    if (!step || !this.#box) return;
    event.preventDefault();
    let [left, top, width, height] = this.#box;
    if (event.shiftKey) {
      width = Math.max(SMALLEST, Math.min(1 - left, width + step[0]));
      height = Math.max(SMALLEST, Math.min(1 - top, height + step[1]));
    } else {
      left = Math.max(0, Math.min(1 - width, left + step[0]));
      top = Math.max(0, Math.min(1 - height, top + step[1]));
    }
    this.#box = [left, top, width, height];
    this.#place();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.done(this.#box);
    }, SETTLED_MS);
  }
}
