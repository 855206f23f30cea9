// From the figures of one or several runs to what Plotly draws.

import { rate } from "../../../browser/format.js";
import { faint } from "../../../browser/plotly.js";
import { axis, layout, pixels } from "./layout.js";
import { smoothed, visible } from "./points.js";

// Every panel. A small one is left out while none of its figures has a point.
const PANELS = [
  { id: "accuracy", title: "Accuracy", large: true, format: ".1%", ticks: ".0%", share: true },
  { id: "loss", title: "Loss", large: true, format: ".4~g", logarithmic: true },
  { id: "rate", title: "Learning rate", of: ["lr"], format: ".3~g", logarithmic: true },
  {
    id: "speed",
    title: "Images a second",
    of: ["images_per_second"],
    format: ",.0f",
    fromZero: true,
  },
  {
    id: "processor",
    title: "CPU",
    of: ["system/cpu", "system/gpu"],
    format: ".0%",
    alone: true,
    fromZero: true,
  },
  {
    id: "memory",
    title: "Memory",
    of: ["system/memory", "system/gpu_memory"],
    format: ".2f",
    unit: " GB",
    alone: true,
    fromZero: true,
  },
];

// sources: [{label, colour, points, run, edits}]; one run alone has no colour of its own.
// options: {alone, axis, weight, logarithmic, width, range, chosen, theme,
// colours: {train, validation, gpu}}
export function figure(sources, options) {
  const { alone } = options;
  const there = ({ large, of }) =>
    large || sources.some(({ points }) => of.some((name) => points.get(name).step.length));
  const named = (panel) =>
    panel.alone
      ? { ...panel, title: withGpu(panel.title, sources[0], options.colours.gpu) }
      : panel;
  const panels = PANELS.filter((panel) => (alone || !panel.alone) && there(panel)).map(named);
  const traces = [];
  const marks = [];
  const notes = [];
  for (const source of sources) {
    const draw = new Drawing(source, options, panels, traces);
    if (alone) {
      drawAlone(draw, options.colours);
      marks.push(...marksOf(source, options));
      notes.push(...noteOfBest(source, options));
    } else {
      drawBeside(draw);
    }
  }
  return { traces, layout: layout(panels, marks, notes, options) };
}

function withGpu(title, { points }, colour) {
  const there = points.get("system/gpu").step.length > 0;
  return there ? `${title} <span style="color:${colour}">and GPU</span>` : title;
}

function drawAlone(draw, { train, validation }) {
  const best = draw.source.run.best_epoch;
  const machine = draw.options.theme.quiet;
  draw.rough("accuracy", "train/top1", "Train", train, "train");
  draw.epochs("accuracy", "validation/top1", "Validation", validation, "validation");
  draw.one("accuracy", "validation/top1", best, validation, "validation", true);
  draw.rough("loss", "train/loss", "Train", train, "train");
  draw.epochs("loss", "validation/loss", "Validation", validation, "validation");
  draw.one("loss", "validation/loss", best, validation, "validation");
  draw.plain("rate", "lr", "Rate", machine, { shape: "hv" });
  draw.rough("speed", "images_per_second", "Speed", machine, "speed");
  const [cpu, gpu] = [machine, draw.options.colours.gpu];
  draw.plain("processor", "system/cpu", "CPU", cpu);
  draw.plain("processor", "system/gpu", "GPU", gpu);
  draw.plain("memory", "system/memory", "Memory", cpu, {}, 1e-9);
  draw.plain("memory", "system/gpu_memory", "GPU memory", gpu, {}, 1e-9);
}

function drawBeside(draw) {
  const { colour, label, run } = draw.source;
  draw.epochs("accuracy", "validation/top1", label, colour, run.id);
  draw.one("accuracy", "validation/top1", run.best_epoch, colour, run.id);
  draw.smooth("accuracy", "train/top1", `${label}, train`, colour, run.id);
  draw.epochs("loss", "validation/loss", label, colour, run.id);
  draw.smooth("loss", "train/loss", `${label}, train`, colour, run.id);
  draw.plain("rate", "lr", label, colour, { shape: "hv" }, 1, run.id);
  draw.smooth("speed", "images_per_second", label, colour, run.id);
}

// The lines of one run in all panels.
class Drawing {
  constructor(source, options, panels, traces) {
    Object.assign(this, { source, options, panels, traces });
    this.place = placing(source, options.axis);
  }

  // Every step faintly, and the running mean of them.
  rough(panel, name, label, colour, group) {
    const column = this.source.points.get(name);
    const { weight } = this.options;
    const mean = weight ? smoothed(column.value, weight) : column.value;
    if (weight) {
      this.#line(panel, name, column, column.value, {
        group,
        line: { color: faint(colour, 0.22), width: 1 },
        hoverinfo: "skip",
      });
    }
    this.#line(panel, name, column, mean, {
      group,
      label,
      line: { color: colour, width: 2 },
      legend: panel === "accuracy",
      hover: weight
        ? `${label} %{y:FORMAT} (step %{customdata[0]:FORMAT})`
        : `${label} %{y:FORMAT}`,
    });
  }

  // The running mean alone.
  smooth(panel, name, label, colour, group) {
    const column = this.source.points.get(name);
    const mean = smoothed(column.value, this.options.weight || 0.9);
    const validated = this.source.points.get("validation/top1").step.length > 0;
    this.#line(panel, name, column, mean, {
      group,
      label,
      legend: panel === "accuracy" && !validated,
      line: { color: faint(colour, 0.5), width: 1.25 },
      hover: `${label} %{y:FORMAT}`,
    });
  }

  // A point an epoch.
  epochs(panel, name, label, colour, group) {
    const column = this.source.points.get(name);
    this.#line(panel, name, column, column.value, {
      group,
      label,
      mode: "lines+markers",
      line: { color: colour, width: 2.5 },
      marker: { color: colour, size: column.step.length > 60 ? 4 : 7 },
      legend: panel === "accuracy",
      hover: `${label} %{y:FORMAT} (epoch %{customdata[1]})`,
    });
  }

  plain(panel, name, label, colour, line = {}, scale = 1, group = name) {
    const column = this.source.points.get(name);
    const values = scale === 1 ? column.value : column.value.map((value) => value * scale);
    this.#line(panel, name, column, values, {
      group,
      label,
      line: { color: colour, width: 1.75, ...line },
      hover: `${label} %{y:FORMAT}`,
    });
  }

  // The best epoch, in a trace of its own: nothing thins it out.
  one(panel, name, epoch, colour, group, star = false) {
    const column = this.source.points.get(name);
    const at = column.epoch.lastIndexOf(epoch);
    if (at < 0 || !epoch) return;
    const { background } = this.options.theme;
    this.#add(panel, {
      x: [this.place(column)[at]],
      y: [column.value[at]],
      mode: "markers",
      marker: star
        ? { color: colour, size: 15, symbol: "star", line: { color: background, width: 1.5 } }
        : { color: colour, size: 11, symbol: "circle-open", line: { color: colour, width: 2 } },
      cliponaxis: false,
      hoverinfo: "skip",
      legendgroup: group,
      showlegend: false,
      uid: uid(this.source.run.id, panel, "best"),
    });
  }

  #line(panel, name, column, values, wanted) {
    const x = this.place(column);
    const range = this.options.range ?? [x[0], x.at(-1)];
    const places = visible(x, values, range, this.#pixels(panel));
    this.#add(panel, {
      x: places.map((at) => x[at]),
      y: places.map((at) => (Number.isFinite(values[at]) ? values[at] : null)),
      customdata: places.map((at) => [column.value[at], column.epoch[at]]),
      mode: wanted.mode ?? "lines",
      line: wanted.line,
      marker: wanted.marker,
      name: wanted.label,
      legendgroup: wanted.group,
      showlegend: Boolean(wanted.legend) && column.step.length > 0,
      hoverinfo: wanted.hoverinfo,
      hovertemplate: wanted.hover && `${wanted.hover}<extra></extra>`,
      uid: uid(this.source.run.id, panel, name, wanted.label ? "line" : "rough"),
    });
  }

  #pixels(id) {
    const panel = this.panels.find((one) => one.id === id);
    return panel ? pixels(this.panels, panel, this.options.width) : 1;
  }

  #add(panel, trace) {
    const at = this.panels.findIndex(({ id }) => id === panel);
    if (at < 0) return;
    const { format, unit = "" } = this.panels[at];
    trace.hovertemplate = trace.hovertemplate
      ?.replaceAll("FORMAT", format)
      .replace("<extra>", `${unit}<extra>`);
    // Plotly takes a part that is undefined for one that is there.
    const given = Object.entries(trace).filter(([, value]) => value !== undefined);
    const axes = { xaxis: axis("x", at), yaxis: axis("y", at) };
    this.traces.push({ ...Object.fromEntries(given), type: "scatter", ...axes });
  }
}

// Plotly makes a selector of it.
function uid(...parts) {
  return parts.join("-").replace(/[^\w-]/g, "_");
}

// How figures are placed from left to right: by step, by epoch or by the minutes since the first.
export function placing({ points, run }, kind) {
  if (kind === "epoch" && run.steps) {
    return ({ step }) => step.map((number) => (number * run.epochs) / run.steps);
  }
  if (kind === "time") {
    const start = points.get("train/loss").time[0] ?? 0;
    return ({ time }) => time.map((moment) => (moment - start) / 60_000);
  }
  return ({ step }) => step;
}

function noteOfBest({ points, run }, { axis: kind, theme }) {
  const column = points.get("validation/top1");
  const at = column.epoch.lastIndexOf(run.best_epoch);
  if (at < 0) return [];
  const value = column.value[at];
  return [
    {
      x: placing({ points, run }, kind)(column)[at],
      y: value,
      text: `best ${rate(value)}, epoch ${run.best_epoch}`,
      // Under curves that rise there is room, also below those of training.
      xanchor: at > column.step.length / 2 ? "right" : "left",
      yanchor: "top",
      yshift: -44,
      showarrow: false,
      bgcolor: faint(theme.background, 0.8),
    },
  ];
}

// Where the chosen epoch ends, and where settings were changed.
function marksOf(source, { axis: kind, chosen, theme }) {
  const place = placing(source, kind);
  const ends = source.points.get("train/epoch_loss");
  const marks = [];
  const at = ends.epoch.lastIndexOf(chosen);
  if (chosen && at >= 0) {
    marks.push({
      x: place(ends)[at],
      line: { color: theme.text, width: 1, dash: "dot" },
      text: "",
    });
  }
  const steps = source.points.get("train/loss");
  for (const edit of source.edits) {
    const after = edit.step === null ? -1 : steps.step.findIndex((step) => step >= edit.step);
    if (after < 0) continue;
    const text = Object.entries(edit.settings)
      .map(([name, value]) => `${WORDS[name] ?? name} ${value ?? "off"}`)
      .join(", ");
    marks.push({ x: place(steps)[after], line: { color: theme.quiet, width: 1 }, text });
  }
  return marks;
}

const WORDS = { lr: "rate", epochs: "epochs", early_stopping: "patience" };
