// What a person chose, until the page has heard of it.
//
// The page answers to one message after the other, and of several that come quickly it may get only
// the last. So each message repeats, in order, all that has not been heard yet, every choice with
// a number; the page's data name the last number heard, and what is newer stays as it was chosen.

// Time of day, so that a page that is loaded anew in the same session counts on.
let last = Date.now();

export class Outbox {
  #sent = [];

  // what: a choice, such as {opened: "lime"}. Gives the message: [[number, choice], ...].
  put(what) {
    this.#sent.push([++last, what]);
    return this.#sent.slice();
  }

  // Whether a choice of that name is on its way.
  waits(name) {
    return this.#sent.some(([, what]) => name in what);
  }

  // data: as the page says it, with `heard`. Gives them with all choices that it knows nothing of.
  over(data) {
    this.#sent = this.#sent.filter(([number]) => number > data.heard);
    return Object.assign({}, data, ...this.#sent.map(([, what]) => what));
  }
}

// Of the board; how its maps are drawn counts for other parts of the page as well.
export const chosen = new Outbox();
