// Where the numbers of a layer lie on the screen: maps as they are, rows folded to squares.

// A map, or the part of one that begins at an origin.
export function mapSpace([rows, columns], origin) {
  return {
    rows,
    columns,
    origin,
    count: rows * columns,
    cell: (at) => [origin[0] + Math.floor(at / columns), origin[1] + (at % columns)],
    at: (row, column) => {
      const [down, across] = [row - origin[0], column - origin[1]];
      const inside = down >= 0 && down < rows && across >= 0 && across < columns;
      return inside ? down * columns + across : -1;
    },
    arranged: (values) => values,
  };
}

// A row of numbers as a square; one that was maps before as a tile for every map.
export function rowSpace(count, source = []) {
  const [height, width] = source.length ? source.slice(1) : [1, 1];
  const gap = source.length && height * width > 1 ? 1 : 0;
  const tiles = source.length ? source[0] : count;
  const across = Math.ceil(Math.sqrt(tiles));
  const columns = across * (width + gap) - gap;
  const rows = Math.ceil(tiles / across) * (height + gap) - gap;
  const cell = (at) => {
    const tile = Math.floor(at / (height * width));
    const within = at % (height * width);
    return [
      Math.floor(tile / across) * (height + gap) + Math.floor(within / width),
      (tile % across) * (width + gap) + (within % width),
    ];
  };
  const at = (row, column) => {
    if (row < 0 || column < 0 || row >= rows || column >= columns) return -1;
    const [down, over] = [row % (height + gap), column % (width + gap)];
    if (down >= height || over >= width) return -1;
    const tile = Math.floor(row / (height + gap)) * across + Math.floor(column / (width + gap));
    const found = tile * height * width + down * width + over;
    return found < count ? found : -1;
  };
  const arranged = (values) => {
    const found = new Array(rows * columns);
    for (let number = 0; number < count; number++) {
      const [row, column] = cell(number);
      found[row * columns + column] = values[number];
    }
    return found;
  };
  return { rows, columns, origin: [0, 0], count, cell, at, arranged };
}

// The window of the input that a place of the output looks at, in the input's rows and columns.
export function windowOf(data, row, column) {
  if (data.kind === "conv" || data.kind === "max_pool") {
    const { kernel, stride, padding } = data;
    const [top, left] = [row * stride - padding, column * stride - padding];
    return { row: top, column: left, height: kernel, width: kernel };
  }
  if (data.kind === "adaptive_avg_pool") {
    const [top, bottom] = between(row, data.inputShape[1], data.outputShape[1]);
    const [left, right] = between(column, data.inputShape[2], data.outputShape[2]);
    return { row: top, column: left, height: bottom - top, width: right - left };
  }
  return { row, column, height: 1, width: 1 };
}

// The place of the output whose window has a pixel of the input nearest to its middle.
export function lookingAt(data, row, column) {
  if (data.kind === "conv" || data.kind === "max_pool") {
    const { kernel, stride, padding } = data;
    return [row, column].map((at, axis) => {
      const place = Math.round((at + padding - (kernel - 1) / 2) / stride);
      return within(place, data.outputOrigin[axis], data.shapes.output[axis]);
    });
  }
  if (data.kind === "adaptive_avg_pool") {
    return [row, column].map((at, axis) =>
      within(
        Math.floor(((at + 0.5) * data.outputShape[axis + 1]) / data.inputShape[axis + 1]),
        data.outputOrigin[axis],
        data.shapes.output[axis],
      ),
    );
  }
  return [row, column];
}

function within(place, first, count) {
  return Math.max(first, Math.min(first + count - 1, place));
}

function between(at, into, out) {
  return [Math.floor((at * into) / out), Math.ceil(((at + 1) * into) / out)];
}
