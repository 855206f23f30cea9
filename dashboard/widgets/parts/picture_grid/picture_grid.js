// A page of pictures. Each is a button; Tab stops once, arrow keys go from one to the next.
// data: {label, items: [{id, image, title, caption, chosen}], large}; trigger "picked": the id.

export default function pictureGrid({ data, parentElement, setTriggerValue }) {
  let grid = parentElement.querySelector(".grid");
  if (!grid) {
    grid = document.createElement("div");
    grid.setAttribute("role", "group");
    grid.onkeydown = (event) => move(event, grid);
    parentElement.append(grid);
  }
  grid.className = data.large ? "grid large" : "grid";
  grid.setAttribute("aria-label", data.label);

  // Buttons that stay are kept, so that the keyboard does not lose its place after a choice.
  const known = new Map([...grid.children].map((button) => [button.dataset.id, button]));
  const buttons = data.items.map((item) => {
    const button = known.get(item.id) ?? created(item.id);
    button.onclick = () => {
      aim(grid, button);
      setTriggerValue("picked", item.id);
    };
    button.setAttribute("aria-pressed", String(item.chosen));
    button.title = item.title;
    const image = button.querySelector("img");
    if (image.src !== item.image) image.src = item.image;
    image.alt = item.title;
    button.querySelector(".caption").textContent = item.caption ?? "";
    return button;
  });
  if (buttons.some((button, at) => grid.children[at] !== button)) grid.replaceChildren(...buttons);
  for (const button of [...grid.children].slice(buttons.length)) button.remove();
  aim(grid, buttons.find((button) => button.tabIndex === 0) ?? buttons[0]);
}

function aim(grid, aimed) {
  for (const button of grid.children) button.tabIndex = button === aimed ? 0 : -1;
}

function move(event, grid) {
  const buttons = [...grid.children];
  const at = buttons.indexOf(event.target);
  if (at < 0) return;
  const top = buttons[0].offsetTop;
  const columns = buttons.filter((button) => button.offsetTop === top).length;
  const steps = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -at,
    End: buttons.length - 1 - at,
  };
  const step = steps[event.key];
  if (step === undefined || !buttons[at + step]) return;
  event.preventDefault();
  aim(grid, buttons[at + step]);
  buttons[at + step].focus();
}

function created(id) {
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  button.dataset.id = id;
  const image = document.createElement("img");
  const caption = document.createElement("span");
  caption.className = "caption";
  button.append(image, caption);
  return button;
}
