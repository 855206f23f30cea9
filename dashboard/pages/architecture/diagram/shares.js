// Where the parameters and the work of a network sit: one bar each, divided among its layers.

const NAMED = 0.055;

export function shares(bars, point) {
  const list = document.createElement("div");
  list.className = "shares";
  for (const { title, said, parts } of bars) {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const name = document.createElement("b");
    name.textContent = title;
    caption.append(name, ` ${said}`);
    const bar = document.createElement("div");
    bar.className = "share";
    bar.setAttribute("aria-hidden", "true");
    for (const part of parts) {
      const piece = document.createElement("span");
      piece.className = part.family;
      piece.dataset.layer = part.layer;
      piece.style.flexGrow = part.share;
      const percent = (100 * part.share).toFixed(part.share < 0.01 ? 2 : 1);
      piece.title = `${part.layer}: ${percent}\u00a0%`;
      piece.textContent = part.share >= NAMED ? part.layer : "";
      piece.onpointerenter = () => point(part.layer);
      piece.onpointerleave = () => point("");
      bar.append(piece);
    }
    figure.append(caption, bar);
    list.append(figure);
  }
  return list;
}
