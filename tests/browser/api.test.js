// Asking the lab: where it is, what an answer means, and how often it is asked.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { API, answer, ask, Gone, Polling } from "../../dashboard/browser/api.js";

const page = new EventTarget();
globalThis.document = Object.assign(page, { hidden: false });
globalThis.window = new EventTarget();

let answers = [];
let asked = [];
globalThis.fetch = async (address) => {
  asked.push(address);
  const next = answers.shift() ?? { status: 500 };
  if (next instanceof Error) throw next;
  return new Response(next.body ?? JSON.stringify(next.json ?? {}), { status: next.status ?? 200 });
};

function given(...next) {
  answers = next;
  asked = [];
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the routes lie beside the folder of the scripts, below whatever path", () => {
  assert.ok(API.endsWith("/dashboard/api/"));
});

test("an answer, a thing that is gone, and a refusal with its reason", async () => {
  given({ json: { a: 1 } }, { status: 404 }, { status: 422, json: { error: "k must be odd." } });
  assert.deepEqual(await ask("x"), { a: 1 });
  await assert.rejects(ask("x"), Gone);
  await assert.rejects(answer("x"), { message: "k must be odd." });
  given({ status: 503, body: "<html>" });
  await assert.rejects(answer("x?y"), { message: "x?y: 503" });
});

async function polled(more, steps) {
  mock.timers.enable({ apis: ["setTimeout"] });
  const heard = [];
  const polling = new Polling({
    path: () => "runs",
    take: (found) => {
      heard.push(found.n);
      return more;
    },
    silent: (failures) => heard.push(`silent ${failures}`),
    gone: () => heard.push("gone"),
  });
  await settled();
  await steps(heard, polling);
  polling.stop();
  mock.timers.reset();
}

// Answers need a few turns of the loop to be read.
async function after(milliseconds) {
  mock.timers.tick(milliseconds);
  for (let turn = 0; turn < 5; turn++) await settled();
}

test("it asks once a second while there is more to come", async () => {
  given({ json: { n: 1 } }, { json: { n: 2 } });
  await polled(true, async (heard) => {
    await after(999);
    assert.equal(asked.length, 1);
    await after(1);
    assert.equal(asked.length, 2);
    assert.deepEqual(heard, ["silent 0", 1, "silent 0", 2]);
  });
});

test("it stops where there is nothing to wait for, until someone wants to know", async () => {
  given({ json: { n: 1 } }, { json: { n: 2 } });
  await polled(false, async (_heard, polling) => {
    await after(60_000);
    assert.equal(asked.length, 1);
    polling.now();
    await after(0);
    assert.equal(asked.length, 2);
  });
});

test("a server that does not answer is asked less and less often", async () => {
  given(new Error("off"), new Error("off"), { json: { n: 3 } });
  await polled(true, async (heard) => {
    await after(1000);
    await after(1999);
    assert.equal(asked.length, 2);
    await after(1);
    assert.deepEqual(heard, ["silent 1", "silent 2", "silent 0", 3]);
  });
});

test("a page that nobody sees does not ask, and asks at once when it is seen again", async () => {
  given({ json: { n: 1 } }, { json: { n: 2 } });
  await polled(true, async () => {
    document.hidden = true;
    await after(5000);
    assert.equal(asked.length, 1);
    document.hidden = false;
    page.dispatchEvent(new Event("visibilitychange"));
    await after(0);
    assert.equal(asked.length, 2);
  });
});

test("what is gone is said once and asked no more", async () => {
  given({ status: 404 }, { json: { n: 2 } });
  await polled(true, async (heard) => {
    await after(60_000);
    assert.deepEqual(heard, ["gone"]);
    assert.equal(asked.length, 1);
  });
});
