// The table of the layers: one line a layer, or two where compared networks differ; sorted in the
// browser. Its bars are the parameters and multiply-adds of each layer on one scale.

import { make } from "../../../browser/dom.js";
import { whole } from "../../../browser/format.js";

const TIME = {
  id: "time",
  title: "Time",
  bar: (cell) => cell.spent,
  hint: "For one picture on this machine: median of nine passes",
};
const COLUMNS = [
  { id: "layer", title: "Layer", hint: "In forward order" },
  { id: "kind", title: "What it does", text: true },
  { id: "values", title: "Output", hint: "By the number of values" },
  { id: "parameters", title: "Parameters", bar: (cell) => whole(cell.parameters) },
  {
    id: "macs",
    title: "Multiply-adds",
    bar: (cell) => cell.work,
    hint: "For one picture, in convolutions and fully connected layers",
  },
  { id: "bytes", title: "Memory", hint: "Of the output for one picture, as 32-bit numbers" },
  {
    id: "field",
    title: "Sees",
    hint: "Side in pixels of the part of the picture that one value depends on",
  },
];

export class Table {
  #sort = { id: "layer", down: false };

  constructor(hooks) {
    this.hooks = hooks;
    this.root = make("div", { cls: "table" });
  }

  update(data) {
    this.data = data;
    // Between what it costs by arithmetic and what it takes in memory.
    this.root.classList.toggle("timed", data.timed);
    this.columns = data.timed ? COLUMNS.toSpliced(5, 0, TIME) : COLUMNS;
    if (!this.columns.some(({ id }) => id === this.#sort.id))
      this.#sort = { id: "layer", down: false };
    this.#show();
  }

  #show() {
    const focused = this.root.getRootNode().activeElement?.dataset?.sort;
    const caption = make("caption", { text: "Layers of the network" });
    this.root.replaceChildren(make("table", {}, caption, this.#heads(), this.#body()));
    if (focused) this.root.querySelector(`[data-sort="${focused}"]`)?.focus();
  }

  #heads() {
    const row = make("tr");
    for (const { id, title, hint } of this.columns) {
      const chosen = this.#sort.id === id;
      const button = make("button", {
        type: "button",
        text: title,
        "data-sort": id,
        title: hint ? `${hint}. Click to sort.` : "Click to sort.",
      });
      button.onclick = () => {
        const first = id !== "layer" && id !== "kind";
        this.#sort = { id, down: chosen ? !this.#sort.down : first };
        this.#show();
      };
      const way = chosen ? (this.#sort.down ? "descending" : "ascending") : "none";
      row.append(make("th", { scope: "col", cls: id, "aria-sort": way }, button));
    }
    return make("thead", {}, row);
  }

  #body() {
    const { rows } = this.data;
    const most = {};
    for (const field of ["parameters", "macs", "time"]) {
      // A whole number at least, but for times, which are often below one.
      most[field] = Math.max(
        field === "time" ? 0 : 1,
        ...rows.flatMap((row) => row.cells.map((cell) => cell?.[field] ?? 0)),
      );
    }
    const body = make("tbody");
    for (const row of this.#sorted(rows)) {
      const [first] = row.cells;
      const two = row.cells.length > 1 && row.differs;
      const cells = two ? row.cells : [first];
      cells.forEach((cell, at) => body.append(this.#line(row, cell, at, two, most)));
    }
    return body;
  }

  #sorted(rows) {
    const { id, down } = this.#sort;
    const sorted = rows.map((row, at) => {
      const cells = row.cells.filter(Boolean);
      const value =
        id === "layer"
          ? at
          : id === "kind"
            ? cells[0].kind
            : Math.max(...cells.map((cell) => cell[id]));
      return { row, at, value };
    });
    const turn = down ? -1 : 1;
    sorted.sort(
      (a, b) => turn * (a.value < b.value ? -1 : a.value > b.value ? 1 : 0) || a.at - b.at,
    );
    return sorted.map(({ row }) => row);
  }

  #line(row, cell, at, two, most) {
    const part = two ? (at ? " second" : " first") : "";
    const cls = `${row.differs ? "differs" : ""}${part}`;
    const line = make("tr", { cls, "data-layer": row.layer });
    if (!at || !two)
      line.append(make("th", { scope: "row", rowSpan: two ? 2 : 1 }, this.#name(row)));
    if (cell) {
      line.append(
        ...this.columns.slice(1).map((column) => filled(column, cell, most, two ? at : -1)),
      );
      // Built the same way behind inputs of different sizes, they see different parts of them.
      const fields = new Set(row.cells.map((each) => each?.field));
      if (!two && fields.size > 1) line.lastChild.textContent = `${[...fields].join(" / ")} px`;
    } else {
      const colSpan = this.columns.length - 1;
      line.append(make("td", { cls: "none", colSpan }, ...mark(two ? at : -1), "not there"));
    }
    line.onpointerenter = () => this.hooks.point(row.layer);
    line.onpointerleave = () => this.hooks.point("");
    return line;
  }

  #name(row) {
    const network = row.cells[0] ? 0 : 1;
    return make("button", {
      type: "button",
      text: row.layer,
      title: this.data.networks[network].opens,
      onclick: () => this.hooks.open(network, row.layer),
      onfocus: () => this.hooks.point(row.layer),
      onblur: () => this.hooks.point(""),
    });
  }
}

function filled(column, cell, most, at) {
  const place = make("td", { cls: column.id });
  if (column.id === "kind") {
    place.append(...mark(at), cell.kind);
    if (cell.window) place.append(make("small", { text: ` ${cell.window}` }));
  } else if (column.bar) {
    if (cell[column.id]) {
      const share = cell[column.id] / most[column.id];
      place.append(make("span", { cls: "amount" }, bar(share, cell.family), column.bar(cell)));
    }
  } else {
    place.textContent = { values: cell.output, bytes: cell.memory, field: `${cell.field} px` }[
      column.id
    ];
  }
  return place;
}

// Which of two networks a line is about: by a sign and, for a reader of the screen, by a word.
function mark(at) {
  if (at < 0) return [];
  const label = at ? "second network" : "first network";
  return [make("span", { cls: "sign", text: at ? "B" : "A", "aria-label": label })];
}

function bar(share, family) {
  const inner = make("i");
  inner.style.width = `max(2px, ${(100 * share).toFixed(2)}%)`;
  return make("span", { cls: `bar ${family}`, "aria-hidden": "true" }, inner);
}
