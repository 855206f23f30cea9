// The channels that feed a unit and those that it feeds; each is a way there.
//
// data: {token, colours: {up, down}, groups: [{title, layer, noun, note, parts}]}; a part is
// {unit, name, value, link, sum}. trigger "walked": {layer, unit}.

import { limitOf, picture } from "../../../browser/palette.js";
import { load, shown } from "../../../browser/payload.js";

export default function unitWalk({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".walk");
  if (!root) {
    root = Object.assign(document.createElement("div"), { className: "walk" });
    parentElement.append(root);
  }
  root.style.setProperty("--up", data.colours.up);
  root.style.setProperty("--down", data.colours.down);
  root.replaceChildren(
    ...data.groups.map((group) => section(group, data.token, (to) => setTriggerValue("walked", to))),
  );
}

function section(group, token, walk) {
  const element = document.createElement("section");
  const title = Object.assign(document.createElement("h4"), { textContent: group.title });
  const note = Object.assign(document.createElement("p"), { textContent: group.note });
  const list = document.createElement("ul");
  // The sum would make all that it is made of look small.
  const sizes = group.parts.map(({ value, sum }) => (sum ? 0 : Math.abs(value ?? 0)));
  const most = Math.max(...sizes, Number.MIN_VALUE);
  const canvases = [];
  for (const part of group.parts) {
    const item = document.createElement("li");
    const row = document.createElement(part.link ? "button" : "div");
    row.className = part.sum ? "row sum" : "row";
    const canvas = document.createElement("canvas");
    const name = Object.assign(document.createElement("span"), { textContent: part.name });
    const bar = document.createElement("i");
    const fill = bar.appendChild(document.createElement("i"));
    const value = part.value ?? 0;
    fill.className = value < 0 ? "down" : "up";
    fill.style.width = `${part.sum ? 0 : (50 * Math.abs(value)) / most}%`;
    const number = document.createElement("b");
    number.textContent = `${value > 0 ? "+" : ""}${shown(part.value)}`;
    row.append(canvas, name, bar, number);
    if (part.link) {
      row.type = "button";
      row.title = `Go to ${group.noun} ${part.unit} of ${group.layer}`;
      row.onclick = () => walk({ layer: group.layer, unit: part.unit });
      canvases.push([canvas, part.unit]);
    } else {
      canvas.hidden = true;
    }
    item.append(row);
    list.append(item);
  }
  element.append(title, note, list);
  if (canvases.length) thumbnails(canvases, token, group.layer);
  return element;
}

async function thumbnails(canvases, token, layer) {
  let payload;
  try {
    payload = await load(token, "maps", layer);
  } catch {
    // Without them the list is as useful; the grid says what is wrong.
    return;
  }
  const flat = payload.head.shape[1] * payload.head.shape[2] === 1;
  for (const [canvas, unit] of canvases) {
    const drawn = picture(payload, unit, limitOf(payload.head, unit, flat ? "layer" : "unit"), 1);
    Object.assign(canvas, { width: drawn.width, height: drawn.height });
    canvas.getContext("2d").drawImage(drawn, 0, 0);
  }
}
