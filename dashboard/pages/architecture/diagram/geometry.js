// Where the blocks of a drawing stand. Plain numbers in, plain numbers out; pixels of the screen.
//
// Sides, maps and units are drawn by their square roots: by their true sizes a map of 6 pixels
// beside a picture of 227 could not be seen.

const TALLEST = 132; // a map as large as the largest
const DEEPEST = 62; // as many maps as the deepest block
const LONGEST = 124; // the longest dense bar, or two of them one above the other
const BAR = 11;
const SLANT = { x: 0.4, y: 0.3 }; // how far a side runs back, of its length
const APART = 16; // between two towers
const MARGIN = 6;
const GAP = 14;
const LEAST_GAP = 7;
const LARGEST_GAP = 40;
const CAPTION = 62; // under the blocks, where letters are 16 pixels, as what follows
const LARGEST = 1.3;
const SMALLEST = 0.5;

const CHIP = { height: 19, gap: 4, width: 48 };
const LETTER = { caption: 6.1, name: 7 };

// How large the blocks can be drawn so that they fit, of LARGEST. Once only their captions need
// room, smaller blocks help no more.
export function fitting(blocks, scale, width, em) {
  const taken = (factor) => total(blocks.map((block) => sized(block, scale, factor, em)));
  const room = Math.max(width - 2 * MARGIN - GAP * (blocks.length - 1), taken(SMALLEST) + 1);
  let factor = LARGEST;
  while (factor > SMALLEST && taken(factor) > room) factor -= 0.02;
  return factor;
}

// Every block of one drawing with its solids and chips, and the size of it all. `em` is how large
// letters are, 1 for 16 pixels.
export function layout(blocks, scale, width, em, factor) {
  const columns = blocks.map((block) => sized(block, scale, factor, em));
  const spare = (width - 2 * MARGIN - total(columns)) / (blocks.length - 1);
  const gap = Math.min(LARGEST_GAP, Math.max(LEAST_GAP, spare));
  const height = Math.max(...columns.map((column) => column.tall));
  let x = MARGIN;
  const floor = MARGIN + height;
  const placed = columns.map((column) => {
    const left = x + (column.width - column.wide) / 2;
    const middle = left + column.wide / 2;
    x += column.width + gap;
    const solids = stacked(column, left, height);
    return { ...column, x: left, middle, solids, chips: chips(column.block, middle, floor, em) };
  });
  const most = Math.max(0, ...blocks.map((block) => block.chips.length));
  return {
    columns: placed,
    width: Math.max(width, x - gap + MARGIN),
    floor,
    height: floor + (CAPTION + most * (CHIP.height + CHIP.gap)) * em + MARGIN,
  };
}

function chips(block, middle, floor, em) {
  return block.chips.map((name, row) => {
    const width = Math.max(CHIP.width, LETTER.name * name.length) * em;
    const y = floor + (CAPTION - 2 + row * (CHIP.height + CHIP.gap)) * em;
    return { name, x: middle - width / 2, y, width, height: CHIP.height * em };
  });
}

function sized(block, scale, factor, em) {
  const each = block.depth / block.halves;
  const dense = block.kind === "dense";
  const h = dense
    ? Math.max(12, LONGEST * factor * Math.sqrt(each / (scale.units * scale.halves)))
    : Math.max(5, TALLEST * factor * Math.sqrt(block.side / scale.side));
  const d = dense ? BAR : Math.max(4, DEEPEST * factor * Math.sqrt(each / scale.depth));
  const back = dense ? 14 : h;
  const rx = back * SLANT.x;
  const ry = back * SLANT.y;
  const wide = d + rx;
  const tall = block.halves * (h + ry) + (block.halves - 1) * APART;
  const letters = block.caption.map((line) => LETTER.caption * line.length);
  const chip = block.chips.length ? CHIP.width : 0;
  const text = em * Math.max(...letters, LETTER.name * block.layer.length, chip);
  return { block, h, d, rx, ry, wide, tall, width: Math.max(wide, text) };
}

function total(columns) {
  return columns.reduce((sum, column) => sum + column.width, 0);
}

// One solid for each half, the column in the middle of the height.
function stacked(column, x, height) {
  const { h, d, rx, ry, tall, block } = column;
  const top = MARGIN + (height - tall) / 2;
  return Array.from({ length: block.halves }, (_, half) => ({
    x,
    y: top + half * (h + ry + APART) + ry,
    h,
    d,
    rx,
    ry,
  }));
}

// The three sides that are seen, as corners.
export function faces({ x, y, h, d, rx, ry }) {
  return {
    front: [
      [x, y],
      [x + d, y],
      [x + d, y + h],
      [x, y + h],
    ],
    top: [
      [x, y],
      [x + rx, y - ry],
      [x + d + rx, y - ry],
      [x + d, y],
    ],
    side: [
      [x + d, y],
      [x + d + rx, y - ry],
      [x + d + rx, y - ry + h],
      [x + d, y + h],
    ],
  };
}

// A point of the side that shows a map: shares of its width and height.
export function onSide({ x, y, h, d, rx, ry }, across, down) {
  return [x + d + rx * across, y - ry * across + h * down];
}

// The kernel's window on the map that it reads: four corners.
export function windowOn(solid, side, kernel) {
  const share = Math.min(1, kernel / side);
  const across = Math.max(0, Math.min(0.42, 1 - share));
  const down = Math.max(0, Math.min(0.3, 1 - share));
  return [
    onSide(solid, across, down),
    onSide(solid, across + share, down),
    onSide(solid, across + share, down + share),
    onSide(solid, across, down + share),
  ];
}
