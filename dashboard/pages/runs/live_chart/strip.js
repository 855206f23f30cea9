// The line above the chart: how far the run is, how fast, how good.

import { make } from "../../../browser/dom.js";
import { number, rate, span, whole } from "../../../browser/format.js";

export function strip() {
  const bar = make(
    "div",
    { cls: "lab-live-bar", role: "progressbar", "aria-label": "Progress" },
    make("div"),
  );
  const facts = make("dl");
  const element = make("div", { cls: "lab-live-strip" }, bar, facts);
  return { element, show: (run) => show(bar, facts, run) };
}

function show(bar, facts, run) {
  const share = run.steps ? run.step / run.steps : 0;
  bar.firstChild.style.width = `${100 * share}%`;
  bar.setAttribute("aria-valuenow", Math.round(100 * share));
  bar.dataset.status = run.status;
  const shown = Object.entries(factsOf(run)).filter(([, value]) => value);
  const texts = shown.flat();
  const now = [...facts.querySelectorAll("dt, dd")].map((part) => part.textContent);
  if (now.join("\n") === texts.join("\n")) return;
  facts.replaceChildren(
    ...shown.map(([name, value]) =>
      make("div", {}, make("dt", { text: name }), make("dd", { text: value })),
    ),
  );
}

function factsOf(run) {
  const moving = ["running", "pausing", "stopping"].includes(run.status);
  return {
    Epoch: run.epochs && `${whole(run.epoch)} of ${whole(run.epochs)}`,
    Step: run.steps && `${whole(run.step)} of ${whole(run.steps)}`,
    "Time left": moving && run.seconds_left !== null && span(run.seconds_left),
    "Images a second": moving && run.images_per_second && whole(run.images_per_second),
    "Training loss": run.train_loss !== null && number(run.train_loss),
    "Best validation":
      run.best_validation_top1 !== null &&
      `${rate(run.best_validation_top1)} in epoch ${run.best_epoch}`,
    "Test accuracy": run.test_top1 !== null && rate(run.test_top1),
  };
}
