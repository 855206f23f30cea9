// A picture pasted anywhere on the page goes the way of an upload: same limits, same checks.
// data: {uploader: class of the element that holds the file input, hint}.

const listeners = new WeakMap();

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
    const input = document.querySelector(`.${data.uploader} input[type="file"]`);
    if (!files.length || !input) return;
    event.preventDefault();
    const carried = new DataTransfer();
    for (const file of files) carried.items.add(file);
    input.files = carried.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("paste", listeners.get(parentElement));
  return stop;
}
