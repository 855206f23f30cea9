// The curves of one or several runs, drawn from what it pulls itself: no script runs for an update.
//
// data: {heard, runs: [{id, label, colour, state}], chosen, colours, plotly, file}. A choice is
// {run, chosen}: its epoch that was clicked. trigger "changed": a run's state is not the one that
// the page knows, which should look again.

import { API, Polling } from "../../../browser/api.js";
import { choicesOf } from "../../../browser/choices.js";
import { make, onceAFrame, say } from "../../../browser/dom.js";
import { rate } from "../../../browser/format.js";
import { mounted } from "../../../browser/mount.js";
import { plotly, theme } from "../../../browser/plotly.js";
import { figure, placing } from "./figure.js";
import { Points } from "./points.js";
import { strip } from "./strip.js";
import { Tools } from "./tools.js";

export default mounted(({ model, el }) => {
  const chart = new Chart(model, el);
  model.onChange((data) => chart.update(data));
  return () => chart.leave();
});

class Chart {
  #sources = new Map();
  #range = null;
  #plotly = null;

  constructor(model, parent) {
    this.model = model;
    this.choices = choicesOf("runs-chart").join(() => this.draw(), model);
    this.draw = onceAFrame(() => this.#paint());
    this.strip = strip();
    this.tools = new Tools(() => this.#choose(), {
      reset: () => this.#reset(),
      picture: () => this.#save(),
    });
    this.note = make("p", { cls: "lab-live-note", role: "status" });
    this.plot = make("div", { cls: "lab-live-plot" });
    this.root = make(
      "div",
      { cls: "lab-live" },
      this.strip.element,
      this.tools.element,
      this.note,
      this.plot,
    );
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  update(data) {
    this.data = data;
    const wanted = new Set(data.runs.map((run) => run.id));
    for (const [id, source] of this.#sources) {
      if (wanted.has(id)) continue;
      source.pulling.stop();
      this.#sources.delete(id);
      this.#range = null;
    }
    for (const run of data.runs) {
      const source = this.#sources.get(run.id);
      if (source) {
        Object.assign(source, run);
        source.pulling.now();
      } else {
        this.#sources.set(run.id, this.#begin(run));
      }
    }
    this.tools.table = {
      href: `${API}runs/${[...wanted].join(",")}/metrics.csv`,
      name: `${data.file}.csv`,
    };
    this.draw();
  }

  leave() {
    this.choices.leave();
    for (const source of this.#sources.values()) source.pulling.stop();
    this.observer.disconnect();
    this.#plotly?.purge(this.plot);
    this.root.remove();
  }

  #begin(wanted) {
    const source = {
      ...wanted,
      points: new Points(),
      run: null,
      edits: [],
      cursor: "",
      attempt: 0,
      failures: 0,
    };
    source.pulling = new Polling({
      path: () => `runs/${source.id}/metrics?after=${source.cursor}&attempt=${source.attempt}`,
      take: (answer) => this.#take(source, answer),
      silent: (failures) => {
        source.failures = failures;
        this.#say();
      },
      gone: () => {
        source.gone = true;
        this.#say();
        this.model.trigger("changed", "gone");
      },
    });
    return source;
  }

  #take(source, answer) {
    source.points.take(answer);
    const { run, edits, cursor, attempt, state } = answer;
    Object.assign(source, { run, edits, cursor, attempt });
    // Said once: the page looks again and then knows it.
    if (state !== source.state && state !== source.told) {
      source.told = state;
      this.model.trigger("changed", state);
    }
    if (this.#sources.size === 1) this.strip.show(run);
    this.strip.element.hidden = this.#sources.size !== 1;
    this.draw();
    this.#say();
    return run.moving;
  }

  #say() {
    const sources = [...this.#sources.values()];
    let text = "";
    if (sources.some((source) => source.gone)) text = "This run was deleted.";
    else if (sources.some((source) => source.failures > 1)) {
      text = "The server does not answer. The chart goes on as soon as it does.";
    } else if (sources.length === 1 && sources[0].run) text = waiting(sources[0]);
    say(this.note, text);
  }

  // Never before there is something to draw.
  async #paint() {
    const sources = [...this.#sources.values()].filter((source) => source.run);
    const width = this.root.clientWidth;
    // Runs beside one another appear together; one that is gone keeps no other waiting.
    const late = [...this.#sources.values()].some((source) => !source.run && !source.gone);
    if (late || !sources.length || !width || !this.root.isConnected) return;
    this.plot.hidden = sources.every((source) => !source.points.columns.size);
    this.tools.element.hidden = this.plot.hidden;
    if (this.plot.hidden) return;
    try {
      this.#plotly ??= await plotly(this.data.plotly);
    } catch {
      // The next answer tries again.
      return;
    }
    this.theme = theme(this.root);
    const { axis, weight, logarithmic } = this.tools;
    this.axis = axis;
    const { colours } = this.data;
    const { traces, layout } = figure(sources, {
      alone: this.data.runs.length === 1,
      range: this.#range,
      theme: this.theme,
      axis,
      weight,
      logarithmic,
      width,
      chosen: this.#chosen(),
      colours,
    });
    const first = !this.plot.data;
    await this.#plotly.react(this.plot, traces, layout, CONFIG);
    if (first) this.#listen();
    this.plot.setAttribute("role", "img");
    this.plot.setAttribute("aria-label", spoken(sources));
    // For whoever wants to know from outside how far the drawing is.
    this.plot.dataset.step = Math.max(...sources.map((source) => source.run.step));
  }

  #listen() {
    this.plot.on("plotly_relayout", () => {
      const { range, autorange } = this.plot.layout.xaxis;
      this.#range = autorange === false && range ? [...range] : null;
      this.draw();
    });
    this.plot.on("plotly_click", ({ points }) => {
      if (this.#sources.size !== 1) return;
      const [source] = this.#sources.values();
      const epoch = nearestEpoch(source, this.tools.axis, points[0].x);
      if (epoch) this.choices.put({ run: source.id, chosen: epoch });
    });
  }

  // The epoch that is marked, where one run is alone.
  #chosen() {
    const { run, chosen } = this.choices.over(this.data);
    return run === undefined || this.#sources.has(run) ? chosen : this.data.chosen;
  }

  #choose() {
    // A stretch of steps is none of epochs.
    if (this.tools.axis !== this.axis) this.#range = null;
    this.draw();
  }

  #reset() {
    if (!this.plot.layout) return;
    const found = {};
    for (const name of Object.keys(this.plot.layout)) {
      if (/^[xy]axis\d*$/.test(name)) found[`${name}.autorange`] = true;
    }
    this.#plotly.relayout(this.plot, found);
  }

  #save() {
    if (!this.plot.layout) return;
    const layout = { ...this.plot.layout, paper_bgcolor: this.theme.background };
    const { width, height } = layout;
    const wanted = { format: "png", scale: 2, width, height, filename: this.data.file };
    this.#plotly.downloadImage({ data: this.plot.data, layout }, wanted);
  }
}

const CONFIG = {
  displayModeBar: false,
  showTips: false,
  responsive: false,
  doubleClick: "reset+autosize",
};

function waiting({ run, points }) {
  if (run.silent) return `The worker of this run has been silent for ${run.silent} seconds.`;
  if (run.status === "queued" && !run.reason) return "This run waits for a free place.";
  if (run.moving && run.reason) return run.reason;
  if (run.status === "running" && !points.get("train/loss").step.length) return "This run starts.";
  return "";
}

function nearestEpoch(source, axis, x) {
  const ends = source.points.get("train/epoch_loss");
  const places = placing(source, axis)(ends);
  let found = 0;
  for (let at = 1; at < places.length; at++) {
    if (Math.abs(places[at] - x) < Math.abs(places[found] - x)) found = at;
  }
  return ends.epoch[found];
}

function spoken(sources) {
  const said = sources.map(({ label, run }) => {
    const best =
      run.best_validation_top1 === null
        ? "no validation accuracy yet"
        : `best validation accuracy ${rate(run.best_validation_top1)} in epoch ${run.best_epoch}`;
    return `${label}: step ${run.step} of ${run.steps}, ${best}`;
  });
  return `Accuracy, loss and more against time. ${said.join(". ")}.`;
}
