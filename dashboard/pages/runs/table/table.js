// The table of runs. It pulls the lines that changed by itself, once a second while a run moves.
//
// data: {heard, chosen, compared, most, wishes}; another number of wishes makes it look at once. A
// choice is {opened}: the id of a run, or {compared}: the ids of the runs that are ticked.

import { Polling } from "../../../browser/api.js";
import { choicesOf } from "../../../browser/choices.js";
import { lay, make, partsOf, say } from "../../../browser/dom.js";
import { counted, rate } from "../../../browser/format.js";
import { mounted } from "../../../browser/mount.js";
import { COLUMNS, cells } from "./cells.js";
import { arranged, matching } from "./order.js";

const REMEMBERED = "alexnet-lab-runs";

export default mounted(({ model, el }) => {
  const table = new Table(model, el);
  model.onChange((data) => table.update(data));
  return () => table.leave();
});

class Table {
  #runs = new Map();
  #order = [];
  #version = "";
  #lines = new Map();
  #ticked = new Set();
  #view = { sort: "created", down: true, group: "", status: "", text: "" };

  constructor(model, parent) {
    this.choices = choicesOf("runs-table").join(() => this.#chosen(), model);
    try {
      Object.assign(this.#view, JSON.parse(sessionStorage.getItem(REMEMBERED)));
    } catch {
      // A table without a memory is one as well.
    }
    this.root = make("div", { cls: "table", innerHTML: MARKUP });
    Object.assign(this, partsOf(this.root));
    for (const name of ["text", "status", "group"]) {
      this[name].value = this.#view[name];
      this[name].oninput = () => this.#look({ [name]: this[name].value });
    }
    this.clear.onclick = () => this.#tick([]);
    this.#makeHeads();
    parent.append(this.root);
  }

  update(data) {
    this.data = data;
    if (this.polling) this.polling.now();
    else this.#begin();
    this.#chosen();
  }

  #chosen() {
    this.#ticked = new Set(this.choices.over(this.data).compared);
    this.#show();
  }

  leave() {
    this.choices.leave();
    this.polling.stop();
    this.root.remove();
  }

  #begin() {
    this.polling = new Polling({
      path: () => `runs?after=${this.#version}`,
      take: (answer) => {
        for (const row of answer.rows) this.#runs.set(row.id, row);
        if (answer.order) this.#order = answer.order;
        this.#version = answer.version;
        this.#show();
        return answer.moving;
      },
      silent: (failures) => {
        const text =
          failures > 1 ? "The server does not answer. The table goes on as soon as it does." : "";
        say(this.note, text);
      },
      gone: () => {},
    });
  }

  #makeHeads() {
    for (const [id, { title, sorted, hint }] of Object.entries(COLUMNS)) {
      const sort = () => {
        const down = this.#view.sort === id ? !this.#view.down : sorted === "down";
        this.#look({ sort: id, down });
      };
      const said = hint ?? `Sort by ${title.toLowerCase()}`;
      const button = () =>
        make("button", { type: "button", text: title, title: said, onclick: sort });
      const head = make("th", { scope: "col", "data-column": id }, sorted ? button() : title);
      this.heads.append(head);
    }
  }

  #look(change) {
    Object.assign(this.#view, change);
    sessionStorage.setItem(REMEMBERED, JSON.stringify(this.#view));
    this.#show();
  }

  #tick(ids) {
    this.choices.put({ compared: ids });
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
    lay(this.body, wanted);
    for (const id of this.#lines.keys()) if (!this.#runs.has(id)) this.#lines.delete(id);
    this.#bringIntoSight();
    const count = this.#ticked.size;
    this.ticked.textContent =
      count === 1 ? "1 run ticked; tick another one to compare" : `${count} runs compared`;
    this.ticked.parentElement.hidden = count === 0;
  }

  // The chosen run, once for every choice.
  #bringIntoSight() {
    const line = this.#lines.get(this.data.chosen)?.element;
    if (this.inSight === this.data.chosen || !line?.isConnected) return;
    this.inSight = this.data.chosen;
    const [top, bottom] = [
      line.offsetTop - this.heads.offsetHeight,
      line.offsetTop + line.offsetHeight,
    ];
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
      onOpen: () => this.choices.put({ opened: run.id }),
      onTick: (on) => {
        const others = [...this.#ticked].filter((id) => id !== run.id);
        this.#tick(on ? [...others, run.id] : others);
      },
    });
    return line.element;
  }

  #groupLine({ name, runs }) {
    const best = Math.max(...runs.map((run) => run.best_validation_top1 ?? -1));
    const count = counted(runs.length, "run");
    const said = best < 0 ? count : `${count}, best ${rate(best)}`;
    const colSpan = Object.keys(COLUMNS).length;
    return make(
      "tr",
      { cls: "group" },
      make("th", { scope: "rowgroup", colSpan }, name || "None", make("span", { text: said })),
    );
  }

  #emptyLine() {
    const colSpan = Object.keys(COLUMNS).length;
    const text = "No run fits these words. Clear them to see all.";
    return make("tr", {}, make("td", { colSpan, text }));
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
