// The drawing of one network: SVG from the places that geometry.js works out.

import { svg } from "../../../browser/dom.js";
import { faces, layout, onSide, windowOn } from "./geometry.js";

// network: {label, blocks, cards, lost, ...}. Returns the svg; `hooks` hears of pointer and keys.
export function draw(network, { scale, picture, differs, width, em, factor, hooks }) {
  const places = layout(network.blocks, scale, width, em, factor);
  const root = svg("svg", {
    width: places.width,
    height: places.height,
    viewBox: `0 0 ${places.width} ${places.height}`,
    role: "group",
    "aria-label": network.label,
  });
  const lines = svg("g", { class: "lines", "aria-hidden": "true" });
  const { columns } = places;
  const stops = new Map();
  columns.forEach((column, at) => {
    const group = block(column, network, picture, differs);
    caption(group, column, places.floor, em, differs);
    root.append(group);
    if (column.block.layer) stops.set(column.block.layer, group);
    for (const place of column.chips) {
      const chip = small(place, column.middle, network, differs);
      root.append(chip);
      stops.set(place.name, chip);
    }
    if (at) lines.append(...connections(columns[at - 1], column));
  });
  root.append(lines);
  // Tab stops once; arrow keys go through the layers as the picture does.
  const order = Object.keys(network.cards).map((name) => stops.get(name));
  order.forEach((stop, at) => {
    stop.setAttribute("tabindex", at ? "-1" : "0");
    const name = stop.dataset.layer;
    stop.addEventListener("pointerenter", () => hooks.look(name, stop));
    stop.addEventListener("pointerleave", () => hooks.leave());
    stop.addEventListener("focus", () => hooks.look(name, stop));
    stop.addEventListener("blur", () => hooks.leave());
    stop.addEventListener("click", () => hooks.open(name));
    stop.addEventListener("keydown", (event) => keyed(event, order, at, hooks));
  });
  return root;
}

function keyed(event, order, at, hooks) {
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: order.length - 1 }[event.key];
  if (event.key === "Enter" || event.key === " ") hooks.open(order[at].dataset.layer);
  else if (event.key === "Escape") hooks.leave();
  else if (order[to]) {
    order.forEach((stop, place) => stop.setAttribute("tabindex", place === to ? "0" : "-1"));
    order[to].focus();
  } else return;
  event.preventDefault();
}

function block(column, network, picture, differs) {
  const { layer, kind, side } = column.block;
  const group = layer
    ? stop(layer, network, `block ${kind}`, differs)
    : svg("g", { class: "block picture" });
  for (const solid of column.solids) {
    const corners = faces(solid);
    for (const face of ["top", "side", "front"]) {
      group.append(svg("polygon", { class: face, points: points(corners[face]) }));
    }
    if (kind === "picture" && picture) {
      const { x, y, h, d, rx, ry } = solid;
      const image = svg("image", {
        href: picture,
        width: 100,
        height: 100,
        preserveAspectRatio: "xMidYMid slice",
        transform: `matrix(${rx / 100} ${-ry / 100} 0 ${h / 100} ${x + d} ${y})`,
      });
      group.append(image, svg("polygon", { class: "edge", points: points(corners.side) }));
    } else if (kind !== "dense" && side <= 13 && solid.h / side > 3.5) {
      // Few enough pixels to be seen one by one.
      group.append(grid(solid, side));
    }
  }
  return group;
}

function grid(solid, side) {
  const parts = [];
  for (let at = 1; at < side; at += 1) {
    parts.push([onSide(solid, at / side, 0), onSide(solid, at / side, 1)]);
    parts.push([onSide(solid, 0, at / side), onSide(solid, 1, at / side)]);
  }
  const d = parts.map(([from, to]) => `M${point(from)}L${point(to)}`).join("");
  return svg("path", { class: "pixels", d });
}

function caption(group, column, floor, em, differs) {
  const lines = [column.block.layer || "picture", ...column.block.caption];
  lines.forEach((text, at) => {
    const y = floor + (20 + at * 15) * em;
    const kind = at ? "size" : "name";
    const line = svg("text", { class: kind, x: column.middle, y, "text-anchor": "middle" }, text);
    if (!at && differs.has(text)) line.prepend(svg("tspan", { class: "dot" }, "● "));
    group.append(line);
  });
}

function small({ name, x, y, width, height }, middle, network, differs) {
  const chip = stop(name, network, "chip", differs);
  const text = { x: middle, y: y + 0.71 * height, "text-anchor": "middle" };
  chip.append(svg("rect", { x, y, width, height, rx: 5 }), svg("text", text, name));
  return chip;
}

function stop(name, network, kind, differs) {
  const { kind: what, lines } = network.cards[name];
  const told = lines.map(([label, value]) => `${label} ${value}`).join(", ");
  const state = `${differs.has(name) ? " differs" : ""}${network.lost === name ? " lost" : ""}`;
  return svg("g", {
    class: kind + state,
    role: "link",
    "data-layer": name,
    "aria-label": `${name}, ${what}. ${told}. ${network.opens}`,
  });
}

// How a block reads the one before it: a window that shrinks to a point, or all of it at once.
function connections(from, to) {
  const found = [];
  from.solids.forEach((source, half) => {
    to.solids.forEach((target, other) => {
      const own = from.solids.length === 1 || to.solids.length === 1 || half === other;
      if (!own && !to.block.crosses) return;
      found.push(...reading(source, target, from.block, to.block));
    });
  });
  return found;
}

function reading(source, target, from, to) {
  if (to.window && from.kind !== "dense") {
    const corners = windowOn(source, from.side, to.window[0]);
    const end = [target.x, target.y + target.h * 0.42];
    const rays = corners.map((corner) => `M${point(corner)}L${point(end)}`).join("");
    return [
      svg("path", { class: "ray", d: rays }),
      svg("polygon", { class: "window", points: points(corners) }),
      svg("circle", { class: "end", cx: end[0], cy: end[1], r: 1.8 }),
    ];
  }
  const flat = from.kind === "dense";
  const upper = flat
    ? [source.x + source.d + source.rx, source.y - source.ry]
    : onSide(source, 1, 0);
  const lower = flat ? [source.x + source.d, source.y + source.h] : onSide(source, 1, 1);
  const d = `M${point(upper)}L${point([target.x, target.y])}M${point(lower)}L${point([target.x, target.y + target.h])}`;
  return [svg("path", { class: "ray dense", d })];
}

function points(corners) {
  return corners.map(point).join(" ");
}

function point([x, y]) {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
