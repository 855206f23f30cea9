// Many buttons are one stop of the Tab key.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inLines, Walk } from "../../dashboard/browser/keyboard.js";

// As much of a button and of what holds it as a walk needs.
function walked(count, ways, columns = count) {
  const holder = new EventTarget();
  const buttons = Array.from({ length: count }, (_, at) => ({
    at,
    tabIndex: -1,
    offsetTop: Math.floor(at / columns),
    contains: (other) => other === buttons[at],
    focus: () => (holder.focused = at),
  }));
  const walk = new Walk(holder, () => buttons, ways);
  walk.settle();
  const press = (at, key) => {
    const event = new Event("keydown", { cancelable: true });
    Object.defineProperties(event, { key: { value: key }, target: { value: buttons[at] } });
    holder.dispatchEvent(event);
    return event.defaultPrevented ? holder.focused : null;
  };
  const stops = () => buttons.filter(({ tabIndex }) => tabIndex === 0).map(({ at }) => at);
  return { buttons, walk, press, stops };
}

test("arrows, Home and End go from one to the next and take the stop along", () => {
  const { press, stops } = walked(4);
  assert.deepEqual(stops(), [0]);
  assert.equal(press(0, "ArrowRight"), 1);
  assert.deepEqual(stops(), [1]);
  assert.equal(press(1, "ArrowDown"), 2);
  assert.equal(press(2, "ArrowUp"), 1);
  assert.equal(press(1, "End"), 3);
  assert.equal(press(3, "Home"), 0);
});

test("at the ends, and with other keys, nothing happens", () => {
  const { press, stops } = walked(2);
  assert.equal(press(0, "ArrowLeft"), null);
  assert.equal(press(1, "ArrowRight"), null);
  assert.equal(press(0, "a"), null);
  assert.deepEqual(stops(), [0]);
});

test("in lines up and down go to the same place of another line", () => {
  const { press } = walked(7, inLines, 3);
  assert.equal(press(1, "ArrowDown"), 4);
  assert.equal(press(4, "ArrowUp"), 1);
  assert.equal(press(5, "ArrowDown"), null);
});

test("the stop stays where it was while buttons come, and moves where its button went", () => {
  const { buttons, walk, stops } = walked(3);
  walk.aim(buttons[1]);
  walk.settle();
  assert.deepEqual(stops(), [1]);
  buttons.splice(1, 1);
  walk.settle();
  assert.deepEqual(stops(), [0]);
});
