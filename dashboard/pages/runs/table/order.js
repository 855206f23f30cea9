// Which runs are shown, and in which order.

// Every word has to be somewhere in what is written about the run.
export function matching(run, { text, status }) {
  if (status === "moving" ? !run.moving : status && run.status !== status) return false;
  const { id, recipe, dataset, group, notes, owner, tags } = run;
  const written = [id, recipe, dataset, group, notes, owner, run.status, ...tags]
    .join(" ")
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => written.includes(word));
}

// Gives parts: one without a name, or one for each group in the order of its first run.
export function arranged(runs, { sort, down, group, columns }) {
  const value = columns[sort]?.value ?? ((run) => run.created);
  const sorted = [...runs].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    // What is not known stands at the end, whichever way it is sorted.
    if (a === null || b === null) return (a === null) - (b === null) || other.created - one.created;
    const order = typeof a === "string" ? a.localeCompare(b) : a - b;
    return (down ? -order : order) || other.created - one.created;
  });
  if (!group) return [{ runs: sorted }];
  const parts = new Map();
  for (const run of sorted) {
    if (!parts.has(run[group])) parts.set(run[group], []);
    parts.get(run[group]).push(run);
  }
  return [...parts].map(([name, members]) => ({ name, runs: members }));
}
