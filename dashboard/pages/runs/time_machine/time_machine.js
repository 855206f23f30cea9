// A slider over the epochs of a run that moves its filters, its answers and its confusion together.
//
// data: {run, epochs, kept, best, chosen, colours, plotly}; chosen 0 follows the newest epoch.
// trigger "moved": {epoch} that a person came to rest on, 0 for the newest. trigger "opened": the
// epoch whose network is wanted.

import { plotly, theme } from "../../../browser/plotly.js";
import { ask } from "../../../browser/pull.js";
import { answers, filters } from "./pictures.js";

const SETTLED_MS = 400;
const FRAME_MS = 450;

const machines = new WeakMap();

export default function timeMachine({ data, parentElement, setTriggerValue }) {
  if (!machines.has(parentElement)) machines.set(parentElement, new Machine(parentElement));
  const machine = machines.get(parentElement);
  const turn = machine.update(data, setTriggerValue);
  return () => machine.turn === turn && machine.leave();
}

class Machine {
  turn = 0;
  #epochs = new Map();
  #pinned = null;
  #follows = true;
  #chosen = undefined;
  #shown = 0;
  #timers = {};

  constructor(parent) {
    this.parent = parent;
    this.root = document.createElement("div");
    this.root.className = "lab-machine";
    this.root.innerHTML = MARKUP;
    const part = (name) => this.root.querySelector(`[data-part="${name}"]`);
    for (const name of PARTS) this[name] = part(name);
    this.slider.oninput = () => this.#move(this.data.epochs[this.slider.value]);
    this.play.onclick = () => this.#toggle();
    this.open.onclick = () => this.trigger("opened", this.#shown);
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.#paint());
    this.observer.observe(this.root);
  }

  update(data, trigger) {
    const other = this.data?.run !== data.run;
    Object.assign(this, { data, trigger });
    if (other) {
      this.#epochs.clear();
      this.#pinned = null;
      this.#stop();
      clearTimeout(this.#timers.settled);
      this.#timers.settled = undefined;
    }
    // What Python says counts where it says something new, such as a click on the curves.
    if (other || data.chosen !== this.#chosen) {
      this.#chosen = data.chosen;
      this.#follows = data.chosen === 0;
    }
    this.root.style.setProperty("--lab-right", data.colours.right);
    this.root.style.setProperty("--lab-wrong", data.colours.wrong);
    const newest = data.epochs.at(-1);
    const wanted = this.#follows ? newest : data.epochs.includes(data.chosen) ? data.chosen : newest;
    this.slider.max = data.epochs.length - 1;
    this.slider.disabled = this.play.disabled = data.epochs.length < 2;
    // An answer to an earlier move must not undo the one that is being made.
    if (!this.#timers.play && !this.#timers.settled) this.#show(wanted);
    this.turn += 1;
    return this.turn;
  }

  leave() {
    this.#stop();
    clearTimeout(this.#timers.settled);
    this.observer.disconnect();
    this.root.remove();
    machines.delete(this.parent);
  }

  // A person moved it: the page hears of it once it stands still.
  #move(epoch) {
    this.#stop();
    this.#show(epoch);
    this.#settle();
  }

  #settle() {
    clearTimeout(this.#timers.settled);
    this.#timers.settled = setTimeout(() => {
      this.#timers.settled = undefined;
      this.#follows = this.#shown === this.data.epochs.at(-1);
      this.#chosen = this.#follows ? 0 : this.#shown;
      this.trigger("moved", { epoch: this.#chosen });
    }, SETTLED_MS);
  }

  #toggle() {
    if (this.#timers.play) {
      this.#stop();
      this.#settle();
      return;
    }
    const { epochs } = this.data;
    let at = epochs.indexOf(this.#shown);
    if (at === epochs.length - 1) at = -1;
    this.play.textContent = "Pause";
    const step = async () => {
      at += 1;
      // The next picture is on its way while this one is looked at.
      await this.#load(this.data.epochs[at]);
      if (!this.#timers.play) return;
      this.#show(this.data.epochs[at]);
      if (at + 1 < this.data.epochs.length) {
        this.#timers.play = setTimeout(step, FRAME_MS);
      } else {
        this.#stop();
        this.#settle();
      }
    };
    this.#timers.play = setTimeout(step, 0);
  }

  #stop() {
    clearTimeout(this.#timers.play);
    this.#timers.play = undefined;
    this.play.textContent = "Play";
  }

  #show(epoch) {
    this.#shown = epoch;
    const { epochs, best, kept } = this.data;
    const at = epochs.indexOf(epoch);
    this.slider.value = at;
    const said = `Epoch ${epoch} of ${epochs.at(-1)}`;
    this.slider.setAttribute("aria-valuetext", said);
    this.label.textContent = said;
    this.badge.hidden = epoch !== best;
    this.open.disabled = !kept.includes(epoch);
    this.open.title = this.open.disabled
      ? "The weights of this epoch were not kept; those of the best and the last one always are."
      : "This epoch's network becomes the model of every page";
    this.#paint();
    for (const near of [epoch, epochs[at + 1], epochs[at - 1]]) if (near) this.#load(near);
  }

  // Every epoch is fetched once.
  #load(epoch) {
    if (!this.#epochs.has(epoch)) {
      const { run } = this.data;
      const coming = ask(`runs/${run}/epochs/${epoch}`).then(
        (found) => {
          if (this.data.run !== run) return;
          this.#epochs.set(epoch, found);
          if (epoch === this.#shown) this.#paint();
        },
        () => {
          // The next look tries again.
          this.#epochs.delete(epoch);
          if (epoch === this.#shown) this.note.textContent = "This epoch can't be read now.";
        },
      );
      this.#epochs.set(epoch, coming);
    }
    return this.#epochs.get(epoch);
  }

  async #paint() {
    const found = this.#epochs.get(this.#shown);
    if (!found || found instanceof Promise || !this.root.isConnected) return;
    this.note.textContent = "";
    this.accuracy.textContent =
      found.top1 === null ? "" : `${(100 * found.top1).toFixed(1)}\u00a0% on validation`;
    filters(this.canvas, found.filters, this.canvas.parentElement.clientWidth);
    this.canvas.setAttribute("aria-label", `${found.filters.count} filters of conv1`);
    this.#paintAnswers(found);
    this.#paintConfusion(found);
  }

  async #paintAnswers(found) {
    this.pinnedBox.hidden = found.answers.length === 0;
    if (!found.answers.length) return;
    const { run } = this.data;
    this.#pinned ??= ask(`runs/${run}/pinned`);
    try {
      const { pictures } = await this.#pinned;
      if (this.data.run === run) answers(this.pinned, pictures, found.answers);
    } catch {
      this.#pinned = null;
    }
  }

  async #paintConfusion(found) {
    this.confusionBox.hidden = !found.confusion;
    if (!found.confusion) return;
    const drawer = await plotly(this.data.plotly).catch(() => null);
    const width = this.confusion.clientWidth;
    if (!drawer || !width || found.epoch !== this.#shown) return;
    const colours = theme(this.root);
    const axis = { gridcolor: colours.line, linecolor: colours.line, automargin: true };
    const side = Math.min(width, 460);
    await drawer.react(
      this.confusion,
      found.confusion.data.map((trace) => ({ ...trace, textfont: { color: colours.text } })),
      {
        ...found.confusion.layout,
        width: side,
        height: side,
        template: null,
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { family: colours.font, size: 12, color: colours.text },
        hoverlabel: { bgcolor: colours.raised, bordercolor: colours.line },
        // Room for the end of the last slanted name.
        margin: { ...found.confusion.layout.margin, r: 48 },
        xaxis: { ...found.confusion.layout.xaxis, ...axis, fixedrange: true },
        yaxis: { ...found.confusion.layout.yaxis, ...axis, fixedrange: true },
      },
      { displayModeBar: false },
    );
    this.confusion.setAttribute("role", "img");
    this.confusion.setAttribute("aria-label", `Which class was taken for which in epoch ${found.epoch}`);
    this.root.dataset.epoch = found.epoch;
  }
}

const PARTS = [
  "play", "slider", "label", "badge", "accuracy", "open", "note", "canvas", "pinned", "pinnedBox",
  "confusion", "confusionBox",
];

const MARKUP = `
  <div class="lab-machine-bar">
    <button type="button" data-part="play">Play</button>
    <input type="range" data-part="slider" min="0" step="1" aria-label="Epoch">
    <output data-part="label"></output>
    <span class="lab-machine-badge" data-part="badge">best</span>
    <span data-part="accuracy"></span>
    <button type="button" data-part="open">Open this epoch</button>
  </div>
  <p class="lab-machine-note" data-part="note" role="status"></p>
  <div class="lab-machine-views">
    <section>
      <h4>What the first layer looks for</h4>
      <p>The filters of conv1, each with its weights as colours; grey is zero.</p>
      <canvas data-part="canvas" role="img"></canvas>
    </section>
    <section data-part="confusionBox" hidden>
      <h4>Which class it takes for which</h4>
      <p class="lab-machine-legend"><span></span>right answers <span></span>mistakes</p>
      <div class="lab-machine-confusion" data-part="confusion"></div>
    </section>
    <section data-part="pinnedBox" hidden>
      <h4>What it answers on the pinned pictures</h4>
      <div class="lab-machine-pinned" data-part="pinned"></div>
    </section>
  </div>
`;
