// One line of the table of runs: made once, changed where the run changed.

import { make, say, svg } from "../../../browser/dom.js";
import { number, rate, span, whole } from "../../../browser/format.js";

const known = (value) => value ?? null;

// sorted: which way a column is sorted first. value: what it is sorted by; null is unknown.
export const COLUMNS = {
  tick: { title: "" },
  created: { title: "Run", sorted: "down", hint: "Sort by age", value: (run) => run.created },
  status: { title: "Status", sorted: "up", value: (run) => run.status },
  progress: {
    title: "Progress",
    sorted: "down",
    value: (run) => (run.steps ? run.step / run.steps : null),
  },
  left: {
    title: "Time left",
    sorted: "up",
    value: (run) => (moving(run) ? known(run.seconds_left) : null),
  },
  best: {
    title: "Best validation",
    sorted: "down",
    value: (run) => known(run.best_validation_top1),
  },
  spark: { title: "By epoch" },
  loss: { title: "Last loss", sorted: "up", value: (run) => known(run.train_loss) },
  speed: { title: "Images/s", sorted: "down", value: (run) => known(run.images_per_second) },
  device: { title: "Device", sorted: "up", value: (run) => run.device },
};

const STATUS = {
  queued: "waiting",
  running: "running",
  pausing: "pausing",
  paused: "paused",
  stopping: "stopping",
  stopped: "stopped",
  finished: "finished",
  failed: "failed",
};

const WIDTH = 88;
const HEIGHT = 24;

export function cells() {
  const element = make("tr");
  const cell = {};
  for (const id of Object.keys(COLUMNS)) {
    cell[id] = make(id === "created" ? "th" : "td", { "data-column": id });
    element.append(cell[id]);
  }
  cell.created.scope = "row";
  const tick = make("input", { type: "checkbox" });
  cell.tick.append(tick);
  const name = nameCell(cell.created);
  const chip = make("span", { cls: "chip" });
  cell.status.append(chip);
  const progress = progressCell(cell.progress);
  const best = [make("b"), make("small")];
  cell.best.append(...best);
  const line = sparkline(cell.spark);
  let before = {};

  function show(run, { chosen, ticked, full, onOpen, onTick }) {
    name.button.onclick = onOpen;
    tick.onchange = () => onTick(tick.checked);
    tick.checked = ticked;
    tick.disabled = full && !ticked;
    element.setAttribute("aria-current", String(chosen));
    if (run === before) return;
    before = run;
    tick.ariaLabel = `Compare ${run.id}`;
    name.show(run);
    chip.textContent = STATUS[run.status];
    chip.dataset.status = run.status;
    chip.title = run.silent ? `Silent for ${run.silent} s. ${run.reason}` : run.reason;
    progress.show(run);
    say(cell.left, moving(run) && run.seconds_left !== null ? span(run.seconds_left) : "");
    const there = run.best_validation_top1 !== null;
    say(best[0], there ? rate(run.best_validation_top1) : "");
    say(best[1], there ? ` epoch ${run.best_epoch}` : "");
    line(run.spark);
    say(cell.loss, run.train_loss === null ? "" : number(run.train_loss));
    say(cell.speed, run.images_per_second === null ? "" : whole(run.images_per_second));
    say(cell.device, run.device);
    cell.device.title = run.device;
  }
  return { element, show };
}

function nameCell(cell) {
  const button = make("button", { type: "button" });
  const id = make("small");
  const tags = make("span", { cls: "tags" });
  const notes = make("small", { cls: "notes" });
  cell.append(button, tags, id, notes);
  return {
    button,
    show(run) {
      say(button, `${run.recipe} on ${run.dataset}`);
      button.title = `Show ${run.id}`;
      say(id, run.id);
      say(notes, run.notes.split("\n")[0]);
      const words = [run.group, ...run.tags].filter(Boolean);
      if ([...tags.children].map((tag) => tag.textContent).join() !== words.join()) {
        tags.replaceChildren(...words.map((text) => make("span", { text })));
      }
    },
  };
}

function progressCell(cell) {
  const bar = make("div", { cls: "progress", role: "progressbar" }, make("div"));
  const words = make("small");
  cell.append(bar, words);
  return {
    show(run) {
      const share = run.steps ? Math.round((100 * run.step) / run.steps) : 0;
      bar.firstChild.style.width = `${share}%`;
      bar.setAttribute("aria-valuenow", share);
      bar.setAttribute("aria-label", `Progress of ${run.id}`);
      bar.dataset.status = run.status;
      say(words, `epoch ${run.epoch} of ${run.epochs}`);
    },
  };
}

// Its highest point stays marked.
function sparkline(cell) {
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  const line = svg("polyline");
  const top = svg("circle", { r: 2.5 });
  picture.append(line, top);
  cell.append(picture);
  return (values) => {
    const there = values.filter((value) => value !== null);
    picture.style.display = there.length > 1 ? "" : "none";
    if (there.length < 2) return;
    const [low, high] = [Math.min(...there), Math.max(...there)];
    const points = there.map((value, at) => [
      3 + ((WIDTH - 6) * at) / (there.length - 1),
      HEIGHT - 3 - ((HEIGHT - 6) * (value - low)) / (high - low || 1),
    ]);
    line.setAttribute(
      "points",
      points.map((point) => point.map((part) => part.toFixed(1))).join(" "),
    );
    const [x, y] = points[there.indexOf(high)];
    top.setAttribute("cx", x);
    top.setAttribute("cy", y);
    picture.setAttribute("aria-label", `Accuracy from ${rate(there[0])} to ${rate(there.at(-1))}`);
  };
}

function moving(run) {
  return ["running", "pausing", "stopping"].includes(run.status);
}
