// A picture pasted anywhere on the page goes the way of an upload: same limits, same checks.
// data: {uploader: class of the element that holds the file input, hint}.

const listeners = new WeakMap();
const PATIENCE_MS = 10_000;

// Between two answers the page has no uploader for a moment; a paste must not fall into that gap.
function deliver(files, uploader, until) {
  const input = document.querySelector(`.${uploader} input[type="file"]`);
  if (!input) {
    if (performance.now() < until) setTimeout(deliver, 100, files, uploader, until);
    return;
  }
  const carried = new DataTransfer();
  for (const file of files) carried.items.add(file);
  input.files = carried.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

export default function paste({ data, parentElement }) {
  let hint = parentElement.querySelector(".hint");
  if (!hint) {
    hint = document.createElement("p");
    hint.className = "hint";
    parentElement.append(hint);
  }
  hint.textContent = data.hint;

  const stop = () => document.removeEventListener("paste", listeners.get(parentElement));
  stop();
  listeners.set(parentElement, (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) =>
      file.type.startsWith("image/"),
    );
    if (!files.length) return;
    event.preventDefault();
    deliver(files, data.uploader, performance.now() + PATIENCE_MS);
  });
  document.addEventListener("paste", listeners.get(parentElement));
  return stop;
}
