// The one scale of colours, and where scales end.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beyond,
  heatLimit,
  lifted,
  limitOf,
  palette,
  quantile,
} from "../../dashboard/browser/colours.js";

const STOPS = ["#800080", "#ffffff", "#ff8000"];

test("the ends and the middle are the colours that were given", () => {
  const colours = palette(STOPS);
  assert.equal(colours.css(-1), "rgb(128,0,128)");
  assert.equal(colours.css(0), "rgb(255,255,255)");
  assert.equal(colours.css(1), "rgb(255,128,0)");
  assert.equal(colours.css(7), colours.css(1));
});

test("between two colours it is between them", () => {
  assert.equal(palette(STOPS).css(0.5), "rgb(255,192,128)");
});

test("a palette is made once", () => {
  assert.equal(palette(STOPS), palette([...STOPS]));
});

test("the levels of a map go from its lowest to its highest value", () => {
  const colours = palette(STOPS);
  const levels = colours.levels(-1, 1, 1, 1);
  assert.equal(levels[0], colours.at(-1));
  assert.equal(levels[255], colours.at(1));
});

test("contrast lifts what is faint and keeps the sign", () => {
  assert.equal(lifted(0.25, 2), 0.5);
  assert.equal(lifted(-0.25, 2), -0.5);
  assert.equal(lifted(1, 4), 1);
});

test("quantiles are NumPy's", () => {
  const sorted = Float32Array.of(0, 1, 2, 10);
  assert.equal(quantile(sorted, 0.5), 1.5);
  assert.equal(quantile(sorted, 1), 10);
});

test("heat scales end where so many percent of all sizes lie below", () => {
  const maps = [{ values: Float32Array.of(-4, 0) }, { values: Float32Array.of(1, 2) }];
  assert.equal(heatLimit(maps, 100), 4);
  assert.equal(heatLimit(maps, 50), 1.5);
  assert.equal(heatLimit([{ values: Float32Array.of(0, 0) }], 99), 1);
  assert.equal(beyond(maps[0], 3), 0.5);
});

test("a unit's own scale ends at its largest size; one of zeros has some end", () => {
  const head = { lowest: [-3, 0], highest: [1, 0], layer_limit: 5, global_limit: 9 };
  assert.equal(limitOf(head, 0, "unit"), 3);
  assert.equal(limitOf(head, 1, "unit"), 1);
  assert.equal(limitOf(head, 0, "layer"), 5);
  assert.equal(limitOf(head, 0, "network"), 9);
});
