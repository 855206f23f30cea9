// Pictures to choose from. Every one is a button; the chosen one is pressed.
// data: {label, items: [{id, image, title, caption, chosen}]}; trigger "picked": the id.

export default function gallery({ data, parentElement, setTriggerValue }) {
  let group = parentElement.querySelector(".gallery");
  if (!group) {
    group = document.createElement("div");
    group.className = "gallery";
    group.setAttribute("role", "group");
    parentElement.append(group);
  }
  group.setAttribute("aria-label", data.label);
  group.classList.toggle("captioned", data.items.some((item) => item.caption));

  // Buttons that stay are kept, so that the keyboard does not lose its place after a choice.
  const known = new Map([...group.children].map((button) => [button.dataset.id, button]));
  const buttons = data.items.map((item) => {
    const button = known.get(item.id) ?? created(item.id);
    button.onclick = () => setTriggerValue("picked", item.id);
    button.setAttribute("aria-pressed", String(item.chosen));
    button.title = item.title;
    const image = button.querySelector("img");
    if (image.src !== item.image) image.src = item.image;
    image.alt = item.title;
    button.querySelector(".caption").textContent = item.caption ?? "";
    return button;
  });
  if (buttons.some((button, at) => group.children[at] !== button)) {
    group.replaceChildren(...buttons);
  }
  for (const button of [...group.children].slice(buttons.length)) button.remove();
}

function created(id) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.id = id;
  const image = document.createElement("img");
  const caption = document.createElement("span");
  caption.className = "caption";
  button.append(image, caption);
  return button;
}
