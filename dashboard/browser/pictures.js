// Pictures to choose from: every one is a button, the chosen ones are pressed.

import { lay, make } from "./dom.js";

/**
 * @typedef {object} Item
 * @property {string} id
 * @property {string} image its address
 * @property {string} title
 * @property {string} [caption] short lines below it
 * @property {boolean} chosen
 */

export class Pictures {
  /** @type {Map<string, HTMLButtonElement>} */
  #known = new Map();
  /** @type {HTMLButtonElement[]} */
  buttons = [];

  /**
   * @param {HTMLElement} element that holds them
   * @param {(id: string, button: HTMLButtonElement) => void} picked
   */
  constructor(element, picked) {
    this.element = element;
    this.picked = picked;
  }

  /** @param {Item[]} items in order; buttons that stay are kept, and with them the keyboard's place */
  show(items) {
    this.buttons = items.map((item) => this.#button(item));
    this.#known = new Map(items.map(({ id }, at) => [id, this.buttons[at]]));
    lay(this.element, this.buttons);
  }

  /** @param {Item} item */
  #button({ id, image, title, caption = "", chosen }) {
    const button = this.#known.get(id) ?? this.#made(id);
    const [picture, words] = button.children;
    button.setAttribute("aria-pressed", String(chosen));
    button.title = title;
    if (picture.getAttribute("src") !== image) picture.setAttribute("src", image);
    picture.setAttribute("alt", title);
    words.textContent = caption;
    return button;
  }

  /** @param {string} id */
  #made(id) {
    const button = make(
      "button",
      { type: "button", "data-id": id },
      make("img"),
      make("span", { cls: "caption" }),
    );
    button.onclick = () => this.picked(id, button);
    return button;
  }
}
