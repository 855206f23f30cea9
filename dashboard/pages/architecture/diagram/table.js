// The table of the layers: one line a layer, or two where compared networks differ; sorted in the
// browser. Its bars are the parameters and multiply-adds of each layer on one scale.

const TIME = { id: "time", title: "Time", bar: (cell) => cell.spent, hint: "For one picture on this machine: median of nine passes" };
const COLUMNS = [
  { id: "layer", title: "Layer", hint: "In forward order" },
  { id: "kind", title: "What it does", text: true },
  { id: "values", title: "Output", hint: "By the number of values" },
  { id: "parameters", title: "Parameters", bar: (cell) => cell.parameters.toLocaleString("en-US") },
  { id: "macs", title: "Multiply-adds", bar: (cell) => cell.work, hint: "For one picture, in convolutions and fully connected layers" },
  { id: "bytes", title: "Memory", hint: "Of the output for one picture, as 32-bit numbers" },
  { id: "field", title: "Sees", hint: "Side in pixels of the part of the picture that one value depends on" },
];

export class Table {
  #sort = { id: "layer", down: false };

  constructor(hooks) {
    this.hooks = hooks;
    this.root = document.createElement("div");
    this.root.className = "table";
  }

  update(data) {
    this.data = data;
    // Between what it costs by arithmetic and what it takes in memory.
    this.root.classList.toggle("timed", data.timed);
    this.columns = data.timed ? COLUMNS.toSpliced(5, 0, TIME) : COLUMNS;
    if (!this.columns.some(({ id }) => id === this.#sort.id)) this.#sort = { id: "layer", down: false };
    this.#show();
  }

  #show() {
    const focused = this.root.getRootNode().activeElement?.dataset?.sort;
    const table = document.createElement("table");
    const caption = document.createElement("caption");
    caption.textContent = "Layers of the network";
    table.append(caption, this.#heads(), this.#body());
    this.root.replaceChildren(table);
    if (focused) this.root.querySelector(`[data-sort="${focused}"]`)?.focus();
  }

  #heads() {
    const row = document.createElement("tr");
    for (const { id, title, hint } of this.columns) {
      const head = document.createElement("th");
      head.scope = "col";
      head.className = id;
      const chosen = this.#sort.id === id;
      head.setAttribute("aria-sort", chosen ? (this.#sort.down ? "descending" : "ascending") : "none");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.sort = id;
      button.title = hint ? `${hint}. Click to sort.` : "Click to sort.";
      button.textContent = title;
      button.onclick = () => {
        const first = id !== "layer" && id !== "kind";
        this.#sort = { id, down: chosen ? !this.#sort.down : first };
        this.#show();
      };
      head.append(button);
      row.append(head);
    }
    const heads = document.createElement("thead");
    heads.append(row);
    return heads;
  }

  #body() {
    const { rows } = this.data;
    const most = {};
    for (const field of ["parameters", "macs", "time"]) {
      // A whole number at least, but for times, which are often below one.
      most[field] = Math.max(field === "time" ? 0 : 1, ...rows.flatMap((row) => row.cells.map((cell) => cell?.[field] ?? 0)));
    }
    const body = document.createElement("tbody");
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
      const value = id === "layer" ? at : id === "kind" ? cells[0].kind : Math.max(...cells.map((cell) => cell[id]));
      return { row, at, value };
    });
    const turn = down ? -1 : 1;
    sorted.sort((a, b) => turn * (a.value < b.value ? -1 : a.value > b.value ? 1 : 0) || a.at - b.at);
    return sorted.map(({ row }) => row);
  }

  #line(row, cell, at, two, most) {
    const line = document.createElement("tr");
    const part = two ? (at ? " second" : " first") : "";
    line.className = `${row.differs ? "differs" : ""}${part}`;
    line.dataset.layer = row.layer;
    const head = document.createElement("th");
    head.scope = "row";
    if (!at || !two) {
      if (two) head.rowSpan = 2;
      head.append(this.#name(row));
      line.append(head);
    }
    if (cell) {
      line.append(...this.columns.slice(1).map((column) => filled(column, cell, most, two ? at : -1)));
      // Built the same way behind inputs of different sizes, they see different parts of them.
      const fields = new Set(row.cells.map((each) => each?.field));
      if (!two && fields.size > 1) line.lastChild.textContent = `${[...fields].join(" / ")} px`;
    } else {
      const none = document.createElement("td");
      none.colSpan = this.columns.length - 1;
      none.className = "none";
      none.append(...mark(two ? at : -1), "not there");
      line.append(none);
    }
    line.onpointerenter = () => this.hooks.point(row.layer);
    line.onpointerleave = () => this.hooks.point("");
    return line;
  }

  #name(row) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = row.layer;
    const network = row.cells[0] ? 0 : 1;
    button.title = this.data.networks[network].opens;
    button.onclick = () => this.hooks.open(network, row.layer);
    button.onfocus = () => this.hooks.point(row.layer);
    button.onblur = () => this.hooks.point("");
    return button;
  }
}

function filled(column, cell, most, at) {
  const place = document.createElement("td");
  place.className = column.id;
  if (column.id === "kind") {
    place.append(...mark(at), cell.kind);
    if (cell.window) {
      const window = document.createElement("small");
      window.textContent = ` ${cell.window}`;
      place.append(window);
    }
  } else if (column.bar) {
    if (cell[column.id]) {
      const amount = document.createElement("span");
      amount.className = "amount";
      amount.append(bar(cell[column.id] / most[column.id], cell.family), column.bar(cell));
      place.append(amount);
    }
  } else {
    place.textContent = { values: cell.output, bytes: cell.memory, field: `${cell.field} px` }[column.id];
  }
  return place;
}

// Which of two networks a line is about: by a sign and, for a reader of the screen, by a word.
function mark(at) {
  if (at < 0) return [];
  const sign = document.createElement("span");
  sign.className = "sign";
  sign.textContent = at ? "B" : "A";
  sign.setAttribute("aria-label", at ? "second network" : "first network");
  return [sign];
}

function bar(share, family) {
  const track = document.createElement("span");
  track.className = `bar ${family}`;
  track.setAttribute("aria-hidden", "true");
  const inner = document.createElement("i");
  inner.style.width = `max(2px, ${(100 * share).toFixed(2)}%)`;
  track.append(inner);
  return track;
}
