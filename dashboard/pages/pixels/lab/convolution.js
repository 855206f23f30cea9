// The sums of a convolution, in double precision from the single ones that the network has.

export class Convolution {
  constructor(data) {
    this.data = data;
    [this.channels, this.height, this.width] = data.shapes.input;
  }

  // What each input channel adds at a place of the output.
  parts(row, column) {
    const found = new Float64Array(this.channels);
    for (let channel = 0; channel < this.channels; channel++) {
      let sum = 0;
      this.#each(channel, row, column, (value, weight) => (sum += value * weight));
      found[channel] = sum;
    }
    return found;
  }

  // The numbers of one channel's window, its weights and their products. outside: padding.
  products(channel, row, column) {
    const size = this.data.kernel ** 2;
    const found = {
      patch: new Float64Array(size),
      weights: new Float64Array(size),
      products: new Float64Array(size),
    };
    const padding = new Set();
    this.#each(channel, row, column, (value, weight, at, inside) => {
      found.patch[at] = value;
      found.weights[at] = weight;
      found.products[at] = value * weight;
      if (!inside) padding.add(at);
    });
    return { ...found, outside: (at) => padding.has(at) };
  }

  // The largest product at a place, among some channels (their numbers in what is here).
  strongest(channels, row, column) {
    let found = { channel: channels[0], at: 0, size: -1 };
    for (const channel of channels) {
      this.#each(channel, row, column, (value, weight, at) => {
        const size = Math.abs(value * weight);
        if (size > found.size) found = { channel, at, size };
      });
    }
    return found;
  }

  // Length of the weights of each channel.
  norms() {
    const { weights } = this.data.arrays;
    const size = this.data.kernel ** 2;
    return Array.from({ length: this.channels }, (_, channel) => {
      const own = weights.subarray(channel * size, (channel + 1) * size);
      return Math.sqrt(own.reduce((sum, weight) => sum + weight * weight, 0));
    });
  }

  // A size that few products exceed, from places all over the map: where their colours end.
  usual() {
    const [rows, columns] = this.data.shapes.output;
    const [top, left] = this.data.outputOrigin;
    const found = [];
    for (let at = 0; at < 36; at++) {
      const row = top + Math.floor(((Math.floor(at / 6) + 0.5) * rows) / 6);
      const column = left + Math.floor((((at % 6) + 0.5) * columns) / 6);
      for (let channel = 0; channel < this.channels; channel++) {
        let most = 0;
        this.#each(
          channel,
          row,
          column,
          (value, weight) => (most = Math.max(most, Math.abs(value * weight))),
        );
        if (most > 0 && most < Infinity) found.push(most);
      }
    }
    found.sort((a, b) => a - b);
    return found[Math.floor(found.length * 0.98)] || 1;
  }

  #each(channel, row, column, use) {
    const { kernel, stride, padding, inputOrigin, arrays } = this.data;
    const { input, weights } = arrays;
    const [top, left] = [
      row * stride - padding - inputOrigin[0],
      column * stride - padding - inputOrigin[1],
    ];
    const start = channel * this.height * this.width;
    const first = channel * kernel * kernel;
    for (let at = 0; at < kernel * kernel; at++) {
      const down = top + Math.floor(at / kernel);
      const across = left + (at % kernel);
      const inside = down >= 0 && down < this.height && across >= 0 && across < this.width;
      const value = inside ? input[start + down * this.width + across] : 0;
      use(value, weights[first + at], at, inside);
    }
  }
}
