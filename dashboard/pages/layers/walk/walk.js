// The channels that feed a unit and those that it feeds; each is a way there.
//
// data: {heard, token, colours: {up, down}, groups: [{title, layer, noun, note, parts}]}; a part is
// {unit, name, value, link, sum}. A choice is {layer, unit, kind: null}.

import { choicesOf } from "../../../browser/choices.js";
import { limitOf, picture } from "../../../browser/colours.js";
import { make } from "../../../browser/dom.js";
import { number } from "../../../browser/format.js";
import { mounted } from "../../../browser/mount.js";
import { load } from "../../../browser/payload.js";

export default mounted(({ model, el }) => {
  const root = make("div", { cls: "walk" });
  const choices = choicesOf("layers").join(() => {}, model);
  // What kind of layer it is is not known here, so nothing goes there ahead of the page.
  const walk = (to) => choices.put({ ...to, kind: null });
  let said = "";
  el.append(root);
  model.onChange((data) => {
    choices.over(data);
    // A row that is made anew under a pressed pointer is never clicked.
    const now = JSON.stringify({ ...data, heard: 0 });
    if (now === said) return;
    said = now;
    root.style.setProperty("--up", data.colours.up);
    root.style.setProperty("--down", data.colours.down);
    root.replaceChildren(...data.groups.map((group) => section(group, data.token, walk)));
  });
  return () => {
    choices.leave();
    root.remove();
  };
});

function section(group, token, walk) {
  const list = make("ul");
  // The sum would make all that it is made of look small.
  const sizes = group.parts.map(({ value, sum }) => (sum ? 0 : Math.abs(value ?? 0)));
  const most = Math.max(...sizes, Number.MIN_VALUE);
  const canvases = [];
  for (const part of group.parts) {
    const canvas = make("canvas");
    const value = part.value ?? 0;
    const fill = make("i", { cls: value < 0 ? "down" : "up" });
    fill.style.width = `${part.sum ? 0 : (50 * Math.abs(value)) / most}%`;
    const row = make(
      part.link ? "button" : "div",
      { cls: part.sum ? "row sum" : "row" },
      canvas,
      make("span", { text: part.name }),
      make("i", {}, fill),
      make("b", { text: number(part.value, true) }),
    );
    if (part.link) {
      row.type = "button";
      row.title = `Go to ${group.noun} ${part.unit} of ${group.layer}`;
      row.onclick = () => walk({ layer: group.layer, unit: part.unit });
      canvases.push([canvas, part.unit]);
    } else {
      canvas.hidden = true;
    }
    list.append(make("li", {}, row));
  }
  if (canvases.length) thumbnails(canvases, token, group.layer);
  return make(
    "section",
    {},
    make("h4", { text: group.title }),
    make("p", { text: group.note }),
    list,
  );
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
