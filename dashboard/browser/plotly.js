// Plotly's own script, fetched once for all charts of a page, and the theme for its figures.

import { API } from "./pull.js";

let loading;

export function plotly(version) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${API}plotly.js?v=${version}`;
    script.onload = () => resolve(window.Plotly);
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

// The colours and the font of the page, as Streamlit gives them to the element.
export function theme(element) {
  const style = getComputedStyle(element);
  const named = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const text = named("text-color");
  return {
    text,
    background: named("background-color"),
    raised: named("secondary-background-color"),
    font: named("font"),
    size: parseFloat(style.fontSize),
    line: faint(text, 0.14),
    quiet: faint(text, 0.7),
  };
}

export function faint(colour, strength) {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
  return `rgba(${red},${green},${blue},${strength})`;
}
