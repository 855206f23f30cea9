// The order of the units of a layer.

export const ORDERS = {
  index: "Number",
  strength: "Strength",
  sparsity: "Sparsity",
};

export const MEANINGS = {
  index: "As the network numbers them",
  strength: "The largest mean size first",
  sparsity: "The largest share of zeros first",
};

// The units' numbers as they are shown. Of equals the lower number goes first.
export function ordered(head, by) {
  const units = Array.from({ length: head.shape[0] }, (_, unit) => unit);
  if (by === "index" || !head[by]) return units;
  // What has no figure goes last.
  const figure = (unit) => head[by][unit] ?? -Infinity;
  return units.sort((one, other) => figure(other) - figure(one) || one - other);
}
