// Many buttons as one stop of the Tab key; arrow keys go from one to the next.

export class Walk {
  // buttons: gives them in order, also those that came since.
  constructor(element, buttons) {
    this.buttons = buttons;
    element.addEventListener("keydown", (event) => this.#key(event));
    element.addEventListener("focusin", (event) => buttons().includes(event.target) && this.aim(event.target));
  }

  // The one that the Tab key stops at.
  aim(aimed) {
    for (const button of this.buttons()) button.tabIndex = button === aimed ? 0 : -1;
  }

  #key(event) {
    const buttons = this.buttons();
    const at = buttons.indexOf(event.target);
    const to = {
      ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1,
    }[event.key];
    if (at < 0 || to === undefined || !buttons[to]) return;
    event.preventDefault();
    buttons[to].focus();
  }
}
