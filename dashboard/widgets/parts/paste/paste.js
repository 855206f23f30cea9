// A picture pasted anywhere on the page goes the way of an upload: same limits, same checks.
// data: {uploader: class of the element that holds the file input, hint}.

import { make } from "../../../browser/dom.js";
import { mounted } from "../../../browser/mount.js";

const PATIENCE_MS = 10_000;

/** @typedef {{ uploader: string, hint: string }} Data */

export default mounted(
  (/** @type {import("../../../browser/mount.js").Mount<Data>} */ { model, el }) => {
    const hint = make("p", { cls: "hint" });
    const pasted = (/** @type {ClipboardEvent} */ event) => {
      const files = [...(event.clipboardData?.files ?? [])].filter((file) =>
        file.type.startsWith("image/"),
      );
      if (!files.length) return;
      event.preventDefault();
      deliver(files, model.data.uploader, performance.now() + PATIENCE_MS);
    };
    el.append(hint);
    document.addEventListener("paste", pasted);
    model.onChange((data) => {
      hint.textContent = data.hint;
    });
    return () => {
      document.removeEventListener("paste", pasted);
      hint.remove();
    };
  },
);

// Between two answers the page has no uploader for a moment; a paste must not fall into that gap.
/** @param {File[]} files @param {string} uploader @param {number} until */
function deliver(files, uploader, until) {
  /** @type {HTMLInputElement | null} */
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
