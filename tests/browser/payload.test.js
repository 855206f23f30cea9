// Binary answers are read as they were packed, and kept as long as they are wanted.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Recent,
  RecentAnswers,
  unpack,
  unpackArrays,
  unpackFloats,
  valueAt,
} from "../../dashboard/browser/payload.js";

// As the lab packs: the length of the head in four bytes, little end first, the head, the body.
function packed(head, body) {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const bytes = new Uint8Array(4 + json.length + body.byteLength);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  bytes.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), 4 + json.length);
  return bytes;
}

test("a head in any language and bytes behind it", () => {
  const { head, body } = unpack(packed({ title: "Käse − 猫" }, Uint8Array.of(1, 2, 255)).buffer);
  assert.deepEqual(head, { title: "Käse − 猫" });
  assert.deepEqual([...body], [1, 2, 255]);
});

test("floats behind heads of every length, also within a larger buffer", () => {
  const values = Float32Array.of(0.5, -2, 1e-8);
  for (const filling of ["", "x", "xx", "xxx"]) {
    const bytes = packed({ filling }, values);
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    assert.deepEqual(unpackFloats(bytes.buffer).values, values);
    assert.deepEqual(unpackFloats(larger.subarray(3)).values, values);
  }
});

test("arrays of several kinds, each with its shape", () => {
  const body = new Uint8Array(20);
  new Float32Array(body.buffer, 0, 2).set([1.5, -1]);
  new Int32Array(body.buffer, 8, 2).set([7, -7]);
  body.set([3, 4, 5, 6], 16);
  const arrays = {
    input: { at: 0, shape: [2], type: "f4" },
    ranks: { at: 8, shape: [1, 2], type: "i4" },
    pixels: { at: 16, shape: [2, 2], type: "u1" },
  };
  const found = unpackArrays(packed({ layer: "conv1", arrays }, body));
  assert.equal(found.layer, "conv1");
  assert.deepEqual([...found.arrays.input], [1.5, -1]);
  assert.deepEqual([...found.arrays.ranks], [7, -7]);
  assert.deepEqual([...found.arrays.pixels], [3, 4, 5, 6]);
  assert.deepEqual(found.shapes, { input: [2], ranks: [1, 2], pixels: [2, 2] });
});

test("a byte stands for a value between the lowest and the highest of its unit", () => {
  const head = { shape: [2, 1, 2], lowest: [-1, null], highest: [1, null] };
  const levels = { head, bytes: Uint8Array.of(0, 255, 0, 0) };
  assert.equal(valueAt(levels, 0), -1);
  assert.equal(valueAt(levels, 0, 0, 1), 1);
  assert.ok(Number.isNaN(valueAt(levels, 1)));
});

test("the last ones are kept; one that was just wanted is among them", () => {
  const recent = new Recent(2);
  let made = 0;
  const get = (name) => recent.get(name, () => `${name}${made++}`);
  assert.deepEqual(
    [get("a"), get("b"), get("a"), get("c"), get("a")],
    ["a0", "b1", "a0", "c2", "a0"],
  );
  assert.equal(get("b"), "b3");
});

test("one that is no good any more is made anew", () => {
  const recent = new Recent(2);
  recent.get("a", () => ({ state: "gone" }));
  assert.equal(
    recent.get(
      "a",
      () => ({ state: "new" }),
      ({ state }) => state !== "gone",
    ).state,
    "new",
  );
});

test("what failed is asked for again", async () => {
  const answers = new RecentAnswers(2);
  await assert.rejects(
    answers.get("a", async () => {
      throw new Error("no");
    }),
  );
  assert.equal(await answers.get("a", async () => "yes"), "yes");
  assert.equal(await answers.get("a", async () => "other"), "yes");
});
