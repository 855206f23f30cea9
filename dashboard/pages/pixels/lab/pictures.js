// The input and the output of a layer as pictures, with their titles.

import { bitmap, limitOf, photo } from "./colours.js";

const KEYS = "Arrow keys move the window, Enter keeps a place, space plays.";

export function inputPicture({ data, channel, flat, inputSpace, panel, host }) {
  const { rows, columns, origin } = inputSpace;
  return {
    ...drawn({ data, channel, flat, inputSpace, panel, scale: host.scale }),
    rows,
    columns,
    origin,
    title: data.below ? `Input: ${data.below}` : "Input",
    pad: data.whole ? (data.padding ?? 0) : 0,
    label: `What goes into ${data.layer}. ${KEYS}`,
  };
}

export function outputPicture({ data, flat, space, host }) {
  const { rows, columns, origin } = space;
  const { output } = data.arrays;
  return {
    picture: bitmap(space.arranged(output), rows, columns, host.scale, limitOf(output)),
    rows,
    columns,
    origin,
    title: `Output: ${data.layer}`,
    note: flat ? "" : `${data.unitWord.toLowerCase()} ${data.unit}`,
    label: `What ${data.layer} gives. ${KEYS}`,
  };
}

function drawn({ data, channel, flat, inputSpace, panel, scale }) {
  const { rows, columns } = inputSpace;
  const { input, pixels } = data.arrays;
  const size = rows * columns;
  if (flat) {
    const note = data.source.length && data.kind === "flatten" ? `${data.source[0]} maps` : "";
    return {
      picture: bitmap(inputSpace.arranged(input), rows, columns, scale, limitOf(input)),
      note,
    };
  }
  if (data.kind === "conv" && channel === null) {
    if (pixels) return { picture: photo(pixels, rows, columns), note: "the picture itself" };
    const mean = averaged(input, data.channels.length, size);
    const note = `mean of ${data.channels.length} channels`;
    return { picture: bitmap(mean, rows, columns, scale, limitOf(mean)), note };
  }
  const own = channel ?? data.unit;
  const first = data.channels.indexOf(own) * size;
  const values = input.subarray(first, first + size);
  const note = panel.channelName?.(own) ?? `map ${own}`;
  return { picture: bitmap(values, rows, columns, scale, limitOf(input)), note };
}

function averaged(input, channels, size) {
  const found = new Float64Array(size);
  for (let at = 0; at < channels * size; at++) found[at % size] += input[at] / channels;
  return found;
}
