// One line of the table of runs: made once, changed where the run changed.

import { duration, number, percent } from "../../../browser/strip.js";

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
  left: { title: "Time left", sorted: "up", value: (run) => (moving(run) ? known(run.seconds_left) : null) },
  best: { title: "Best validation", sorted: "down", value: (run) => known(run.best_validation_top1) },
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

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 88;
const HEIGHT = 24;

export function cells() {
  const element = document.createElement("tr");
  const cell = {};
  for (const id of Object.keys(COLUMNS)) {
    cell[id] = document.createElement(id === "created" ? "th" : "td");
    cell[id].dataset.column = id;
    element.append(cell[id]);
  }
  cell.created.scope = "row";
  const tick = Object.assign(document.createElement("input"), { type: "checkbox" });
  cell.tick.append(tick);
  const name = nameCell(cell.created);
  const chip = Object.assign(document.createElement("span"), { className: "chip" });
  cell.status.append(chip);
  const progress = progressCell(cell.progress);
  const best = [document.createElement("b"), document.createElement("small")];
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
    write(cell.left, moving(run) && run.seconds_left !== null ? duration(run.seconds_left) : "");
    const there = run.best_validation_top1 !== null;
    write(best[0], there ? percent(run.best_validation_top1) : "");
    write(best[1], there ? ` epoch ${run.best_epoch}` : "");
    line(run.spark);
    write(cell.loss, run.train_loss === null ? "" : run.train_loss.toPrecision(3));
    write(cell.speed, run.images_per_second === null ? "" : number(run.images_per_second));
    write(cell.device, run.device);
    cell.device.title = run.device;
  }
  return { element, show };
}

function nameCell(cell) {
  const button = Object.assign(document.createElement("button"), { type: "button" });
  const id = document.createElement("small");
  const tags = Object.assign(document.createElement("span"), { className: "tags" });
  const notes = Object.assign(document.createElement("small"), { className: "notes" });
  cell.append(button, tags, id, notes);
  return {
    button,
    show(run) {
      write(button, `${run.recipe} on ${run.dataset}`);
      button.title = `Show ${run.id}`;
      write(id, run.id);
      write(notes, run.notes.split("\n")[0]);
      const words = [run.group, ...run.tags].filter(Boolean);
      if ([...tags.children].map((tag) => tag.textContent).join() !== words.join()) {
        tags.replaceChildren(
          ...words.map((word) => Object.assign(document.createElement("span"), { textContent: word })),
        );
      }
    },
  };
}

function progressCell(cell) {
  const bar = Object.assign(document.createElement("div"), { className: "progress" });
  bar.setAttribute("role", "progressbar");
  bar.append(document.createElement("div"));
  const words = document.createElement("small");
  cell.append(bar, words);
  return {
    show(run) {
      const share = run.steps ? Math.round((100 * run.step) / run.steps) : 0;
      bar.firstChild.style.width = `${share}%`;
      bar.setAttribute("aria-valuenow", share);
      bar.setAttribute("aria-label", `Progress of ${run.id}`);
      bar.dataset.status = run.status;
      write(words, `epoch ${run.epoch} of ${run.epochs}`);
    },
  };
}

// Its highest point stays marked.
function sparkline(cell) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  picture.setAttribute("role", "img");
  const line = document.createElementNS(SVG, "polyline");
  const top = document.createElementNS(SVG, "circle");
  top.setAttribute("r", 2.5);
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
    line.setAttribute("points", points.map((point) => point.map((part) => part.toFixed(1))).join(" "));
    const [x, y] = points[there.indexOf(high)];
    top.setAttribute("cx", x);
    top.setAttribute("cy", y);
    picture.setAttribute("aria-label", `Accuracy from ${percent(there[0])} to ${percent(there.at(-1))}`);
  };
}

function moving(run) {
  return ["running", "pausing", "stopping"].includes(run.status);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
