// The figures of one run as columns, and what of them a line of so many pixels can show.

export class Points {
  columns = new Map();

  // Takes an answer of the server: all figures, or those behind the ones that are here.
  take(answer) {
    if (answer.whole) this.columns.clear();
    for (const [name, sent] of Object.entries(answer.points)) {
      if (!this.columns.has(name)) {
        this.columns.set(name, { step: [], epoch: [], time: [], value: [] });
      }
      const column = this.columns.get(name);
      let step = 0;
      let epoch = 0;
      let time = 0;
      for (let at = 0; at < sent.step.length; at++) {
        step += sent.step[at];
        epoch += sent.epoch[at];
        time += sent.time[at];
        if (column.step.length && step <= column.step.at(-1)) continue;
        column.step.push(step);
        column.epoch.push(epoch);
        column.time.push(time);
        column.value.push(sent.value[at] ?? NaN);
      }
    }
  }

  get(name) {
    return this.columns.get(name) ?? NOTHING;
  }
}

const NOTHING = { step: [], epoch: [], time: [], value: [] };

// A running mean in which a value counts `weight` times what the next one counts. The first
// values are not pulled towards zero.
export function smoothed(values, weight) {
  let sum = 0;
  let total = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return NaN;
    sum = sum * weight + value * (1 - weight);
    total = total * weight + (1 - weight);
    return sum / total;
  });
}

// The places of the points to draw: those between two values of x, thinned to what so many pixels
// can show. Of each pixel its first, last, lowest and highest point stay.
export function visible(x, y, [from, to], pixels) {
  const start = Math.max(before(x, from) - 1, 0);
  const end = Math.min(before(x, to) + 1, x.length);
  if (end - start <= 2 * pixels) {
    return Array.from({ length: end - start }, (_, at) => start + at);
  }
  const places = [];
  const scale = pixels / (x[end - 1] - x[start] || 1);
  let at = start;
  while (at < end) {
    const pixel = Math.floor((x[at] - x[start]) * scale);
    const first = at;
    let low = at;
    let high = at;
    while (at < end && Math.floor((x[at] - x[start]) * scale) === pixel) {
      // A value that is no number is neither high nor low, but nor may it hide those that are.
      if (y[at] < y[low] || Number.isNaN(y[low])) low = at;
      if (y[at] > y[high] || Number.isNaN(y[high])) high = at;
      at += 1;
    }
    const kept = new Set([first, low, high, at - 1]);
    places.push(...[...kept].sort((one, other) => one - other));
  }
  return places;
}

// How many numbers of a rising list are below a value.
function before(numbers, value) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
