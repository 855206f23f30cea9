// Reads what alexnet_core.inspection.window packs: facts as JSON, then typed arrays.

const TYPES = { f4: Float32Array, i4: Int32Array, u1: Uint8Array };

export function unpack(bytes) {
  // A copy begins at an address that typed arrays can begin at.
  const whole = bytes.slice();
  const start = 4 + new DataView(whole.buffer).getUint32(0, true);
  const { arrays, ...facts } = JSON.parse(new TextDecoder().decode(whole.subarray(4, start)));
  const read = ([name, { at, shape, type }]) => {
    const count = shape.reduce((product, side) => product * side, 1);
    return [name, new TYPES[type](whole.buffer, start + at, count)];
  };
  const shapes = Object.entries(arrays).map(([name, { shape }]) => [name, shape]);
  return {
    ...facts,
    arrays: Object.fromEntries(Object.entries(arrays).map(read)),
    shapes: Object.fromEntries(shapes),
  };
}
