// The texts of numbers are those that Python makes: tests/dashboard/common/test_format_examples.py
// reads the same examples.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as format from "../../dashboard/browser/format.js";

const examples = JSON.parse(
  readFileSync(new URL("./format_examples.json", import.meta.url), "utf-8"),
);
const functions = { ...format, "number+": (value) => format.number(value, true) };

for (const { function: name, input, text } of examples) {
  test(`${name}(${input.join(", ")}) is ${text}`, () => {
    // In the browser no line breaks between a number and its unit.
    assert.equal(functions[name](...input).replaceAll("\u00a0", " "), text);
  });
}

test("what is no number says so", () => {
  for (const value of [null, undefined, NaN]) assert.equal(format.number(value), "not a number");
  assert.equal(format.number(-Infinity), "−∞");
});

test("a rate that was counted may be all or nothing", () => {
  assert.equal(format.rate(1), "100.0\u00a0%");
  assert.equal(format.rate(0), "0.0\u00a0%");
  assert.equal(format.rate(0.256, 0), "26\u00a0%");
});

test("a power is written in small raised figures", () => {
  assert.equal(format.raised(-120), "⁻¹²⁰");
});
