// A place to drop a ZIP. It is sent as it lies on the disk: neither side holds it in memory.
// data: {path, most: bytes that the server has room for}; trigger "received": {id, name}.

import { make, partsOf, say } from "../../../browser/dom.js";
import { memorySize, span } from "../../../browser/format.js";
import { mounted } from "../../../browser/mount.js";

// One transfer a page. It lives here, so that it goes on while another page of the lab is shown.
let transfer = null;
// What the zone on the screen does with news; none while no zone is shown.
let show = () => {};

const SIGNATURE = [0x50, 0x4b];

export default mounted(({ model, el }) => {
  const zone = make("div", {
    cls: "zone",
    role: "group",
    "aria-label": "A ZIP of your pictures",
    innerHTML: MARKUP,
  });
  const parts = partsOf(zone);
  el.append(zone);

  const shown = () => {
    const sending = transfer && transfer.state === "sending";
    zone.classList.toggle("sending", Boolean(sending));
    parts.idle.hidden = Boolean(sending);
    parts.busy.hidden = !sending;
    parts.fault.hidden = !(transfer && transfer.state === "failed");
    if (!transfer) return;
    if (sending) {
      const share = transfer.sent / transfer.file.size;
      const percent = Math.floor(100 * share);
      parts.name.textContent = transfer.file.name;
      parts.bar.value = share;
      parts.bar.setAttribute("aria-valuetext", `${percent} percent`);
      parts.figures.textContent = figures(transfer);
      // Spoken at each tenth only; more would drown everything else.
      const tenth = `Sending ${transfer.file.name}: ${10 * Math.floor(10 * share)} percent`;
      say(parts.spoken, tenth);
    } else if (transfer.state === "failed") {
      parts.fault.textContent = transfer.sentence;
    } else if (transfer.state === "arrived") {
      const { id, file } = transfer;
      transfer = null;
      parts.spoken.textContent = `${file.name} has arrived.`;
      model.trigger("received", { id, name: file.name });
    }
  };

  const take = (file) => {
    if (file && !(transfer && transfer.state === "sending")) begin(file, model.data);
  };
  parts.choose.onclick = () => parts.input.click();
  parts.input.onchange = () => {
    take(parts.input.files[0]);
    // The same file again, after a fault, is a change too.
    parts.input.value = "";
  };
  parts.cancel.onclick = () => {
    transfer?.request?.abort();
    parts.choose.focus();
  };
  zone.ondragover = (event) => {
    event.preventDefault();
    zone.classList.add("over");
  };
  zone.ondragleave = (event) => {
    if (!zone.contains(event.relatedTarget)) zone.classList.remove("over");
  };
  zone.ondrop = (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    take(event.dataTransfer.files[0]);
  };
  model.onChange(() => {
    show = shown;
    show();
  });
  return () => {
    if (show === shown) show = () => {};
    zone.remove();
  };
});

async function begin(file, { path, most }) {
  const mine = { state: "sending", file, sent: 0, since: performance.now() };
  transfer = mine;
  show();
  const fail = (sentence) => {
    if (transfer !== mine) return;
    mine.state = "failed";
    mine.sentence = sentence;
    removeEventListener("beforeunload", ask);
    show();
  };
  if (file.size > most) {
    fail(
      `${file.name} has ${memorySize(file.size)}; the server's disk has room for ${memorySize(most)}.`,
    );
    return;
  }
  const head = await file
    .slice(0, 2)
    .arrayBuffer()
    .catch(() => null);
  if (!head) {
    fail(`${file.name} can't be read; a folder has to be packed into a ZIP first.`);
    return;
  }
  if (!SIGNATURE.every((byte, at) => new Uint8Array(head)[at] === byte)) {
    fail(`${file.name} is no ZIP archive.`);
    return;
  }
  const request = new XMLHttpRequest();
  mine.request = request;
  addEventListener("beforeunload", ask);
  request.upload.onprogress = (event) => {
    mine.sent = event.loaded;
    show();
  };
  request.onload = () => {
    removeEventListener("beforeunload", ask);
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // The status says enough.
    }
    if (request.status === 201 && answer.id) {
      mine.state = "arrived";
      mine.id = answer.id;
      show();
    } else {
      fail(answer.error ?? `The server did not take the file (${request.status}).`);
    }
  };
  request.onerror = () => fail("The connection broke; nothing of the file was kept.");
  request.onabort = () => {
    removeEventListener("beforeunload", ask);
    if (transfer === mine) transfer = null;
    show();
  };
  request.open("POST", `${path}?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("Content-Type", "application/zip");
  request.send(file);
}

// The browser asks before it closes a page whose transfer would be lost.
function ask(event) {
  event.preventDefault();
}

function figures({ file, sent, since }) {
  const seconds = (performance.now() - since) / 1000;
  const left = sent ? ((file.size - sent) / sent) * seconds : Infinity;
  const time = seconds > 2 && Number.isFinite(left) ? ` · ${span(left)} left` : "";
  return `${memorySize(sent)} of ${memorySize(file.size)}${time}`;
}

const MARKUP = `
  <div data-part="idle" class="idle">
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3v11m0-11 4 4m-4-4-4 4M4 15v4a2 2 0 0
      0 2 2h12a2 2 0 0 0 2-2v-4"/></svg>
    <p class="lead">Drop a ZIP of your pictures here</p>
    <p class="note">One folder for each class. It may be large: it goes straight to the disk.</p>
    <button type="button" data-part="choose">Choose a ZIP</button>
    <input type="file" accept=".zip,application/zip" data-part="input" tabindex="-1" hidden>
  </div>
  <div data-part="busy" class="busy" hidden>
    <p class="lead" data-part="name"></p>
    <progress data-part="bar" max="1" value="0" aria-label="Sent so far"></progress>
    <div class="row">
      <p class="note" data-part="figures"></p>
      <button type="button" data-part="cancel">Cancel</button>
    </div>
  </div>
  <p class="fault" data-part="fault" role="alert" hidden></p>
  <p class="spoken" data-part="spoken" role="status"></p>
`;
