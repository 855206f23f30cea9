// A part is drawn once for each element and cleaned up once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mounted } from "../../dashboard/browser/mount.js";

function noted() {
  const notes = [];
  const part = mounted(({ model, el }) => {
    notes.push(`drawn in ${el.name}`);
    model.onChange((data) => notes.push(`got ${data}`));
    notes.model = model;
    return () => notes.push("left");
  });
  const call = (el, data, trigger = () => {}) =>
    part({ data, parentElement: el, setTriggerValue: trigger });
  return { notes, call };
}

test("it is drawn once and told of every answer", () => {
  const { notes, call } = noted();
  const el = { name: "a" };
  call(el, 1);
  call(el, 2);
  assert.deepEqual([...notes], ["drawn in a", "got 1", "got 2"]);
});

test("an older turn's clean-up changes nothing", () => {
  const { notes, call } = noted();
  const el = { name: "a" };
  const early = call(el, 1);
  const late = call(el, 2);
  early();
  assert.ok(!notes.includes("left"));
  late();
  late();
  assert.equal(notes.filter((note) => note === "left").length, 1);
});

test("an element that left can be drawn in again, and a late clean-up spares it", () => {
  const { notes, call } = noted();
  const el = { name: "a" };
  const leave = call(el, 1);
  leave();
  call(el, 2);
  leave();
  assert.deepEqual([...notes], ["drawn in a", "got 1", "left", "drawn in a", "got 2"]);
});

test("two elements are two parts", () => {
  const { notes, call } = noted();
  call({ name: "a" }, 1);
  call({ name: "b" }, 2);
  assert.deepEqual([...notes], ["drawn in a", "got 1", "drawn in b", "got 2"]);
});

test("what a part says goes by the newest way to the page", () => {
  const { notes, call } = noted();
  const el = { name: "a" };
  const said = [];
  call(el, 1, () => said.push("old"));
  call(el, 2, (name, value) => said.push([name, value]));
  notes.model.trigger("picked", 7);
  assert.deepEqual(said, [["picked", 7]]);
  assert.equal(notes.model.data, 2);
});
