// Small pieces of the page that several views are made of.

export function make(kind, { text, cls, ...more } = {}, ...children) {
  const element = document.createElement(kind);
  if (cls) element.className = cls;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(more)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Changes a text only where it is another one, so that nothing is selected or announced anew.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// As many children as there are items, made and filled by the caller; those that stay are kept.
export function list(parent, items, created, fill) {
  items.forEach((item, at) => {
    const child = parent.children[at] ?? parent.appendChild(created());
    fill(child, item, at);
  });
  while (parent.children.length > items.length) parent.lastChild.remove();
}
