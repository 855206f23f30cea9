// The table of runs. It pulls the lines that changed by itself, once a second while a run moves.
//
// data: {chosen, compared, most, wishes}; another number of wishes makes it look at once. trigger "opened": the id of a run. trigger "compared": the ids
// of the runs that are ticked.

import { Pulling } from "../../../browser/pull.js";
import { cells, COLUMNS } from "./cells.js";
import { arranged, matching } from "./order.js";

const REMEMBERED = "alexnet-lab-runs";
const LATE_MS = 5000;

const tables = new WeakMap();

export default function runTable({ data, parentElement, setTriggerValue }) {
  if (!tables.has(parentElement)) tables.set(parentElement, new Table(parentElement));
  const table = tables.get(parentElement);
  const turn = table.update(data, setTriggerValue);
  return () => table.turn === turn && table.leave();
}

class Table {
  turn = 0;
  #runs = new Map();
  #order = [];
  #version = "";
  #lines = new Map();
  #ticked = new Set();
  #told = { until: 0 };
  #view = { sort: "created", down: true, group: "", status: "", text: "" };

  constructor(parent) {
    this.parent = parent;
    try {
      Object.assign(this.#view, JSON.parse(sessionStorage.getItem(REMEMBERED)));
    } catch {
      // A table without a memory is one as well.
    }
    this.root = Object.assign(document.createElement("div"), { className: "table" });
    this.root.innerHTML = MARKUP;
    for (const name of ["text", "status", "group", "note", "heads", "body", "ticked", "clear", "scroll"]) {
      this[name] = this.root.querySelector(`[data-part="${name}"]`);
    }
    for (const name of ["text", "status", "group"]) {
      this[name].value = this.#view[name];
      this[name].oninput = () => this.#look({ [name]: this[name].value });
    }
    this.clear.onclick = () => this.#tick([]);
    this.#makeHeads();
    parent.append(this.root);
  }

  update(data, trigger) {
    Object.assign(this, { data, trigger });
    // The answer to an earlier tick must not take back a later one: its own is on its way.
    const answered = data.compared.join() === this.#told.runs;
    if (answered || performance.now() > this.#told.until) {
      this.#told.until = 0;
      this.#ticked = new Set(data.compared);
    }
    if (this.pulling) this.pulling.now();
    else this.#begin();
    this.#show();
    this.turn += 1;
    return this.turn;
  }

  leave() {
    this.pulling.stop();
    this.root.remove();
    tables.delete(this.parent);
  }

  #begin() {
    this.pulling = new Pulling({
      path: () => `runs?after=${this.#version}`,
      take: (answer) => {
        for (const row of answer.rows) this.#runs.set(row.id, row);
        if (answer.order) this.#order = answer.order;
        this.#version = answer.version;
        this.#show();
        return answer.moving;
      },
      silent: (failures) => {
        const text = failures > 1 ? "The server does not answer. The table goes on as soon as it does." : "";
        if (this.note.textContent !== text) this.note.textContent = text;
      },
      gone: () => {},
    });
  }

  #makeHeads() {
    for (const [id, { title, sorted, hint }] of Object.entries(COLUMNS)) {
      const head = document.createElement("th");
      head.scope = "col";
      head.dataset.column = id;
      if (sorted) {
        const button = Object.assign(document.createElement("button"), { type: "button" });
        button.textContent = title;
        button.title = hint ?? `Sort by ${title.toLowerCase()}`;
        button.onclick = () => {
          const down = this.#view.sort === id ? !this.#view.down : sorted === "down";
          this.#look({ sort: id, down });
        };
        head.append(button);
      } else {
        head.textContent = title;
      }
      this.heads.append(head);
    }
  }

  #look(change) {
    Object.assign(this.#view, change);
    sessionStorage.setItem(REMEMBERED, JSON.stringify(this.#view));
    this.#show();
  }

  #tick(ids) {
    this.#ticked = new Set(ids);
    this.#told = { runs: ids.join(), until: performance.now() + LATE_MS };
    this.#show();
    this.trigger("compared", { runs: ids });
  }

  #show() {
    const { sort, down, group } = this.#view;
    for (const head of this.heads.children) {
      if (head.dataset.column === sort) head.ariaSort = down ? "descending" : "ascending";
      else head.removeAttribute("aria-sort");
    }
    const all = this.#order.map((id) => this.#runs.get(id));
    const rows = all.filter((run) => matching(run, this.#view));
    const wanted = arranged(rows, { sort, down, group, columns: COLUMNS }).flatMap((part) =>
      part.name === undefined
        ? part.runs.map((run) => this.#line(run))
        : [this.#groupLine(part), ...part.runs.map((run) => this.#line(run))],
    );
    if (!rows.length && all.length) wanted.push(this.#emptyLine());
    // Lines that stay are kept where they are, so that nothing flickers and no focus is lost.
    const now = this.body.children;
    if (wanted.length !== now.length || wanted.some((line, at) => line !== now[at])) {
      const focused = this.body.getRootNode().activeElement;
      this.body.replaceChildren(...wanted);
      focused?.focus({ preventScroll: true });
    }
    for (const id of this.#lines.keys()) if (!this.#runs.has(id)) this.#lines.delete(id);
    this.#bringIntoSight();
    const count = this.#ticked.size;
    this.ticked.textContent = count === 1 ? "1 run ticked; tick another one to compare" : `${count} runs compared`;
    this.ticked.parentElement.hidden = count === 0;
  }

  // The chosen run, once for every choice.
  #bringIntoSight() {
    const line = this.#lines.get(this.data.chosen)?.element;
    if (this.inSight === this.data.chosen || !line?.isConnected) return;
    this.inSight = this.data.chosen;
    const [top, bottom] = [line.offsetTop - this.heads.offsetHeight, line.offsetTop + line.offsetHeight];
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    const below = bottom - this.scroll.clientHeight;
    if (below > this.scroll.scrollTop) this.scroll.scrollTop = below;
  }

  #line(run) {
    if (!this.#lines.has(run.id)) this.#lines.set(run.id, cells());
    const line = this.#lines.get(run.id);
    line.show(run, {
      chosen: run.id === this.data.chosen,
      ticked: this.#ticked.has(run.id),
      full: this.#ticked.size >= this.data.most,
      onOpen: () => this.trigger("opened", run.id),
      onTick: (on) => {
        const others = [...this.#ticked].filter((id) => id !== run.id);
        this.#tick(on ? [...others, run.id] : others);
      },
    });
    return line.element;
  }

  #groupLine({ name, runs }) {
    const line = document.createElement("tr");
    line.className = "group";
    const head = document.createElement("th");
    head.scope = "rowgroup";
    head.colSpan = Object.keys(COLUMNS).length;
    const best = Math.max(...runs.map((run) => run.best_validation_top1 ?? -1));
    const count = runs.length === 1 ? "1 run" : `${runs.length} runs`;
    const said = best < 0 ? count : `${count}, best ${(100 * best).toFixed(1)}\u00a0%`;
    const words = document.createElement("span");
    words.textContent = said;
    head.append(name || "None", words);
    line.append(head);
    return line;
  }

  #emptyLine() {
    const line = document.createElement("tr");
    const cell = document.createElement("td");
    cell.colSpan = Object.keys(COLUMNS).length;
    cell.textContent = "No run fits these words. Clear them to see all.";
    line.append(cell);
    return line;
  }
}

const MARKUP = `
  <div class="bar">
    <input type="search" data-part="text" placeholder="Find by name, tag or note" aria-label="Find runs">
    <label>Status
      <select data-part="status">
        <option value="">all</option>
        <option value="moving">going on</option>
        <option value="paused">paused</option>
        <option value="finished">finished</option>
        <option value="stopped">stopped</option>
        <option value="failed">failed</option>
      </select>
    </label>
    <label>Group by
      <select data-part="group">
        <option value="">nothing</option>
        <option value="group">sweep</option>
        <option value="dataset">data set</option>
        <option value="recipe">recipe</option>
        <option value="status">status</option>
      </select>
    </label>
    <span class="ticked" hidden>
      <span data-part="ticked" role="status"></span>
      <button type="button" data-part="clear">Clear</button>
    </span>
  </div>
  <p class="note" data-part="note" role="status"></p>
  <div class="scroll" data-part="scroll">
    <table>
      <caption>Runs</caption>
      <thead><tr data-part="heads"></tr></thead>
      <tbody data-part="body"></tbody>
    </table>
  </div>
`;
