// What was chosen stays as it was chosen until the page has heard of it, and none is lost.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { Choices } from "../../dashboard/browser/choices.js";

// A part that keeps what it sent, on a page whose script runs while `busy.now`.
function part(choices = new Choices(() => busy.now)) {
  const sent = [];
  let changes = 0;
  const joined = choices.join(() => changes++, {
    trigger: (name, message) => sent.push({ name, message }),
  });
  return { joined, sent, changes: () => changes, last: () => sent.at(-1).message };
}

const busy = { now: false };
const whats = (message) => message.map(([, what]) => what);
const lastNumber = (message) => message.at(-1)[0];

describe("choices", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 }));
  afterEach(() => mock.timers.reset());

  test("every message repeats in order what has not been heard", () => {
    const { joined, sent, last } = part();
    joined.put({ a: 1 });
    joined.put({ b: 2 });
    assert.equal(sent[0].name, "choices");
    assert.deepEqual(whats(last()), [{ a: 1 }, { b: 2 }]);
    const [first] = last()[0];
    joined.over({ heard: first });
    joined.put({ c: 3 });
    assert.deepEqual(whats(last()), [{ b: 2 }, { c: 3 }]);
  });

  test("a late answer takes nothing back, and one that heard all does", () => {
    const { joined, last } = part();
    joined.put({ layer: "conv2", unit: null });
    joined.put({ layer: "conv3", unit: 4 });
    assert.deepEqual(joined.over({ heard: 0, layer: "conv1", unit: 7, token: "t" }), {
      heard: 0,
      layer: "conv3",
      unit: 4,
      token: "t",
    });
    assert.ok(joined.waits("layer"));
    const heard = lastNumber(last());
    const data = { heard, layer: "conv1", unit: 7, token: "t" };
    assert.deepEqual(joined.over(data), data);
    assert.ok(!joined.waits("layer"));
  });

  test("a part with older data is not taken back by the news of another", () => {
    const choices = new Choices(() => false);
    const [strip, grid] = [part(choices), part(choices)];
    strip.joined.put({ layer: "conv2" });
    assert.equal(grid.changes(), 1);
    strip.joined.over({ heard: lastNumber(strip.last()), layer: "conv2" });
    assert.equal(grid.joined.over({ heard: 0, layer: "conv1" }).layer, "conv2");
  });

  test("what follows faster than it settles is one choice", () => {
    const { joined, sent, last } = part();
    joined.put({ unit: 1 }, { after: 250 });
    mock.timers.tick(200);
    joined.put({ unit: 2 }, { after: 250 });
    mock.timers.tick(249);
    assert.equal(sent.length, 0);
    assert.equal(joined.over({ heard: 0, unit: 0 }).unit, 2);
    mock.timers.tick(1);
    assert.deepEqual(whats(last()), [{ unit: 2 }]);
  });

  test("what has not settled goes with the next choice, in order", () => {
    const { joined, last } = part();
    joined.put({ unit: 1 }, { after: 250 });
    joined.put({ layer: "conv2" });
    assert.deepEqual(whats(last()), [{ unit: 1 }, { layer: "conv2" }]);
  });

  test("a choice that the page never heard of is said again once its script stands still", () => {
    const { joined, sent, last } = part();
    busy.now = true;
    joined.put({ layer: "conv2" });
    mock.timers.tick(60_000);
    assert.equal(sent.length, 1);
    busy.now = false;
    mock.timers.tick(2000);
    assert.equal(sent.length, 2);
    assert.deepEqual(sent[1].message, sent[0].message);
    mock.timers.tick(3999);
    assert.equal(sent.length, 2);
    mock.timers.tick(1);
    assert.equal(sent.length, 3);
    joined.over({ heard: lastNumber(last()) });
    mock.timers.tick(600_000);
    assert.equal(sent.length, 3);
  });

  test("nothing is said by a part that has left", () => {
    const { joined, sent } = part();
    joined.put({ a: 1 });
    joined.leave();
    mock.timers.tick(600_000);
    assert.equal(sent.length, 1);
  });

  test("what was not heard is said by the next part that comes", () => {
    const choices = new Choices(() => false);
    const first = part(choices);
    first.joined.put({ a: 1 });
    first.joined.leave();
    const second = part(choices);
    mock.timers.tick(2000);
    assert.deepEqual(whats(second.last()), [{ a: 1 }]);
  });

  test("a page that was begun anew shows what it says", () => {
    const { joined, last } = part();
    joined.put({ layer: "conv2" });
    joined.over({ heard: lastNumber(last()), layer: "conv2" });
    assert.equal(joined.over({ heard: 0, layer: "conv1" }).layer, "conv1");
  });

  test("numbers go on from what the page heard before it was loaded anew", () => {
    const { joined, last } = part();
    joined.over({ heard: 9_000_000 });
    joined.put({ a: 1 });
    assert.equal(lastNumber(last()), 9_000_001);
  });

  test("a part that only shows choices hears of them", () => {
    const choices = new Choices(() => false);
    const board = part(choices);
    let heard = 0;
    const view = choices.join(() => heard++);
    board.joined.put({ show: "alone" });
    assert.equal(heard, 1);
    assert.equal(view.over({ heard: 0, show: "over" }).show, "alone");
  });
});
