// Which pixel of a map lies under the pointer.

export function placeUnder(event, canvas) {
  const box = canvas.getBoundingClientRect();
  const side = canvas.width;
  const column = Math.floor(((event.clientX - box.left) / box.width) * side);
  const row = Math.floor(((event.clientY - box.top) / box.height) * side);
  return row >= 0 && column >= 0 && row < side && column < side ? { row, column } : null;
}
