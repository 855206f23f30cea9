// Many buttons as one stop of the Tab key; arrow keys go from one to the next.

/** @type {Record<string, "ahead" | "back" | "below" | "above" | "first" | "last">} */
const KEYS = {
  ArrowRight: "ahead",
  ArrowLeft: "back",
  ArrowDown: "below",
  ArrowUp: "above",
  Home: "first",
  End: "last",
};

/**
 * In a row down is ahead and up is back.
 * @param {HTMLElement[]} buttons @param {number} at
 */
function inARow(buttons, at) {
  return {
    ahead: at + 1,
    back: at - 1,
    below: at + 1,
    above: at - 1,
    first: 0,
    last: buttons.length - 1,
  };
}

/**
 * Buttons that wrap into lines of equal length: up and down go to the line above or below.
 * @param {HTMLElement[]} buttons @param {number} at
 */
export function inLines(buttons, at) {
  const top = buttons[0].offsetTop;
  const columns = buttons.filter((button) => button.offsetTop === top).length;
  return { ...inARow(buttons, at), below: at + columns, above: at - columns };
}

export class Walk {
  /** @type {HTMLElement | undefined} */
  #aimed;

  /**
   * @param {HTMLElement} element that holds them
   * @param {() => HTMLElement[]} buttons gives them in order, also those that came since
   * @param {typeof inARow} [ways] where each key leads from a place
   */
  constructor(element, buttons, ways = inARow) {
    this.buttons = buttons;
    this.ways = ways;
    element.addEventListener("keydown", (event) => this.#key(event));
    element.addEventListener("focusin", (event) => {
      const found = buttons().find((button) => button === event.target);
      if (found) this.aim(found);
    });
  }

  /**
   * The one that the Tab key stops at.
   * @param {HTMLElement | undefined} aimed
   */
  aim(aimed) {
    this.#aimed = aimed;
    for (const button of this.buttons()) button.tabIndex = button === aimed ? 0 : -1;
  }

  /** One that the Tab key stops at, where some of the buttons came or went. */
  settle() {
    const buttons = this.buttons();
    this.aim(buttons.find((button) => button === this.#aimed) ?? buttons[0]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = KEYS[event.key];
    if (!way) return;
    const buttons = this.buttons();
    const at = buttons.findIndex((button) => button.contains(/** @type {Node} */ (event.target)));
    if (at < 0) return;
    const to = buttons[this.ways(buttons, at)[way]];
    if (!to) return;
    event.preventDefault();
    this.aim(to);
    to.focus();
  }
}
