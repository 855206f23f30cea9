// Plotly's own script, fetched once for all charts of a page, and the theme for its figures.

import { API } from "./api.js";

/** @type {Promise<any> | undefined} */
let loading;

/** @param {string} version @returns {Promise<any>} */
export function plotly(version) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${API}plotly.js?v=${version}`;
    script.onload = () => resolve(/** @type {any} */ (window).Plotly);
    script.onerror = () => {
      // The next chart tries again.
      loading = undefined;
      script.remove();
      reject(new Error("Plotly's script did not come"));
    };
    document.head.append(script);
  });
  return loading;
}

/**
 * The colours and the font of the page, as Streamlit gives them to the element.
 * @param {Element} element
 */
export function theme(element) {
  const style = getComputedStyle(element);
  const named = (/** @type {string} */ name) => style.getPropertyValue(`--st-${name}`).trim();
  const text = named("text-color");
  return {
    text,
    background: named("background-color"),
    raised: named("secondary-background-color"),
    font: named("font"),
    size: Number.parseFloat(style.fontSize),
    line: faint(text, 0.14),
    quiet: faint(text, 0.7),
  };
}

/** @param {string} colour @param {number} strength */
export function faint(colour, strength) {
  const canvas = document.createElement("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgba(${red},${green},${blue},${strength})`;
}
