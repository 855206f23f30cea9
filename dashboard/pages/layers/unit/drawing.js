// The map of a unit, alone and over the photo.

import { lifted, picture } from "../../../browser/colours.js";

// Each value a square; the place that is meant has a frame.
export function drawMap(canvas, payload, unit, { limit, contrast }, place) {
  const side = canvas.clientWidth;
  if (!side) return;
  const ratio = window.devicePixelRatio || 1;
  Object.assign(canvas, { width: side * ratio, height: side * ratio });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.imageSmoothingEnabled = false;
  context.drawImage(picture(payload, unit, limit, contrast), 0, 0, side, side);
  if (!place) return;
  const [, rows, columns] = payload.head.shape;
  const [width, height] = [side / columns, side / rows];
  framed(context, place.column * width, place.row * height, width, height);
}

// how: {look, place, mix, part, ratio, answers}; mix 0 is the photo alone, 1 the map alone. Where
// there are answers to pixels they are drawn in place of the map.
export function drawPhoto(canvas, photo, payload, unit, how) {
  const wide = canvas.clientWidth;
  if (!wide) return;
  const ratio = window.devicePixelRatio || 1;
  const high = Math.round(wide / how.ratio);
  canvas.style.height = `${high}px`;
  Object.assign(canvas, { width: wide * ratio, height: high * ratio });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.imageSmoothingEnabled = photo.naturalWidth > wide / 2;
  context.drawImage(photo, 0, 0, wide, high);
  dimmed(context, how.part, wide, high);
  const { head } = payload;
  const [, rows, columns] = head.shape;
  const { answers } = how;
  const drawn = answers ?? (rows * columns > 1 && head.lowest[unit] !== null ? payload : null);
  if (drawn) {
    const [left, right, top, bottom] = drawn.head.cover;
    const strongest = { limit: answers?.head.highest[0] || 1, contrast: 2 };
    context.save();
    context.beginPath();
    context.rect(how.part[0] * wide, how.part[1] * high, how.part[2] * wide, how.part[3] * high);
    context.clip();
    context.imageSmoothingEnabled = false;
    context.drawImage(
      answers ? veil(answers, 0, strongest, how.mix) : veil(payload, unit, how.look, how.mix),
      left * wide,
      top * high,
      (right - left) * wide,
      (bottom - top) * high,
    );
    context.restore();
  }
  const [top, bottom] = head.rows[how.place.row];
  const [left, right] = head.columns[how.place.column];
  framed(context, left * wide, top * high, (right - left) * wide, (bottom - top) * high);
}

// The map in colours that let the photo through where it is near zero.
function veil(payload, unit, { limit, contrast }, mix) {
  const { head, bytes } = payload;
  const canvas = picture(payload, unit, limit, contrast);
  const context = canvas.getContext("2d");
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const size = canvas.width * canvas.height;
  const [lowest, highest] = [head.lowest[unit], head.highest[unit]];
  for (let at = 0; at < size; at++) {
    const value = lowest + (bytes[unit * size + at] / 255) * (highest - lowest);
    const strength = Math.min(Math.abs(lifted(value / limit, contrast)), 1);
    // Up to the middle faint places stay clear; from there the whole map fades in.
    const clear = Math.min(1, 2 * mix) * strength;
    image.data[4 * at + 3] = 255 * Math.max(clear, 2 * mix - 1);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// What the network does not get is darker.
function dimmed(context, [left, top, width, height], wide, high) {
  context.save();
  context.fillStyle = "rgb(0 0 0 / 45%)";
  context.beginPath();
  context.rect(0, 0, wide, high);
  context.rect(left * wide, top * high, width * wide, height * high);
  context.fill("evenodd");
  context.restore();
}

// Dark within light, so that it is seen on anything.
function framed(context, left, top, width, height) {
  context.lineWidth = 3;
  context.strokeStyle = "rgb(0 0 0 / 75%)";
  context.strokeRect(left, top, width, height);
  context.lineWidth = 1.25;
  context.strokeStyle = "#fff";
  context.strokeRect(left, top, width, height);
}
