// A slider over the epochs of a run that moves its filters, its answers and its confusion together.
//
// data: {heard, run, epochs, kept, best, chosen, colours, plotly}; chosen 0 follows the newest epoch.
// A choice is {run, chosen}: an epoch that a person came to rest on, 0 for the newest; or {opened}:
// the epoch whose network is wanted.

import { ask } from "../../../browser/api.js";
import { choicesOf } from "../../../browser/choices.js";
import { make, partsOf } from "../../../browser/dom.js";
import { rate } from "../../../browser/format.js";
import { mounted } from "../../../browser/mount.js";
import { plotly, theme } from "../../../browser/plotly.js";
import { answers, filters } from "./pictures.js";

const SETTLED_MS = 400;
const FRAME_MS = 450;

export default mounted(({ model, el }) => {
  const machine = new Machine(model, el);
  model.onChange((data) => machine.update(data));
  return () => machine.leave();
});

class Machine {
  #epochs = new Map();
  #pinned = null;
  #shown = 0;
  #playing = undefined;

  constructor(model, parent) {
    this.choices = choicesOf("runs-time-machine").join(() => this.#follow(), model);
    this.root = make("div", { cls: "lab-machine", innerHTML: MARKUP });
    Object.assign(this, partsOf(this.root));
    this.slider.oninput = () => this.#move(this.data.epochs[this.slider.value]);
    this.play.onclick = () => this.#toggle();
    this.open.onclick = () => this.choices.put({ opened: this.#shown });
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.#paint());
    this.observer.observe(this.root);
  }

  update(data) {
    const other = this.data?.run !== data.run;
    this.data = data;
    if (other) {
      this.#epochs.clear();
      this.#pinned = null;
      this.#stop();
    }
    this.root.style.setProperty("--lab-right", data.colours.right);
    this.root.style.setProperty("--lab-wrong", data.colours.wrong);
    this.slider.max = data.epochs.length - 1;
    this.slider.disabled = this.play.disabled = data.epochs.length < 2;
    this.#follow();
  }

  // What was chosen, here or elsewhere such as on the curves, unless it is just being played.
  #follow() {
    if (this.#playing) return;
    const { run, epochs } = this.data;
    const said = this.choices.over(this.data);
    const chosen = said.run === run ? said.chosen : this.data.chosen;
    this.#show(chosen && epochs.includes(chosen) ? chosen : epochs.at(-1));
  }

  leave() {
    this.choices.leave();
    this.#stop();
    this.observer.disconnect();
    this.root.remove();
  }

  // A person moved it: the page hears of it once it stands still.
  #move(epoch) {
    this.#stop();
    this.#settle(epoch);
  }

  #settle(epoch) {
    const { run, epochs } = this.data;
    const chosen = epoch === epochs.at(-1) ? 0 : epoch;
    this.choices.put({ run, chosen }, { after: SETTLED_MS });
  }

  #toggle() {
    if (this.#playing) {
      this.#stop();
      this.#settle(this.#shown);
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
      if (!this.#playing) return;
      this.#show(this.data.epochs[at]);
      if (at + 1 < this.data.epochs.length) {
        this.#playing = setTimeout(step, FRAME_MS);
      } else {
        this.#stop();
        this.#settle(this.#shown);
      }
    };
    this.#playing = setTimeout(step, 0);
  }

  #stop() {
    clearTimeout(this.#playing);
    this.#playing = undefined;
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
    this.accuracy.textContent = found.top1 === null ? "" : `${rate(found.top1)} on validation`;
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
    this.confusion.setAttribute(
      "aria-label",
      `Which class was taken for which in epoch ${found.epoch}`,
    );
    this.root.dataset.epoch = found.epoch;
  }
}

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
      <canvas data-part="canvas" role="img" aria-label="Filters"></canvas>
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
