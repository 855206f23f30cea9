// The line above the chart: how far the run is, how fast, how good.

export function strip() {
  const element = document.createElement("div");
  element.className = "lab-live-strip";
  const bar = document.createElement("div");
  bar.className = "lab-live-bar";
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-label", "Progress");
  bar.append(document.createElement("div"));
  const facts = document.createElement("dl");
  element.append(bar, facts);
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
    ...shown.map(([name, value]) => {
      const pair = document.createElement("div");
      pair.append(word("dt", name), word("dd", value));
      return pair;
    }),
  );
}

function factsOf(run) {
  const moving = ["running", "pausing", "stopping"].includes(run.status);
  return {
    Epoch: run.epochs && `${number(run.epoch)} of ${number(run.epochs)}`,
    Step: run.steps && `${number(run.step)} of ${number(run.steps)}`,
    "Time left": moving && run.seconds_left !== null && duration(run.seconds_left),
    "Images a second": moving && run.images_per_second && number(run.images_per_second),
    "Training loss": run.train_loss !== null && run.train_loss.toPrecision(3),
    "Best validation":
      run.best_validation_top1 !== null &&
      `${percent(run.best_validation_top1)} in epoch ${run.best_epoch}`,
    "Test accuracy": run.test_top1 !== null && percent(run.test_top1),
  };
}

export function number(value) {
  return Math.round(value).toLocaleString("en");
}

export function percent(share) {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

export function duration(seconds) {
  if (seconds < 60) return `${Math.max(Math.round(seconds), 1)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function word(kind, text) {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
}
