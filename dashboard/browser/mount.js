// Mounting, updating and clean-up of a part, once for all of them.
//
// Streamlit calls a part's default export with every answer of the page. A part is written as
// `render({ model, el })` instead: called once for each element, it draws into `el`, follows the
// model and gives what cleans up after it.

/**
 * What the page says to a part, and what the part says to the page.
 * @template Data
 */
export class Model {
  /** @type {(name: string, value: unknown) => void} */
  #trigger = () => {};
  /** @type {(data: Data) => void} */
  #changed = () => {};

  /** @param {Data} data as the page gave them last */
  constructor(data) {
    this.data = data;
  }

  /**
   * Hear of every answer of the page, the first one included.
   * @param {(data: Data) => void} changed
   */
  onChange(changed) {
    this.#changed = changed;
  }

  /**
   * Tell the page something: its script runs once more.
   * @param {string} name @param {unknown} value
   */
  trigger(name, value) {
    this.#trigger(name, value);
  }

  /** @param {Data} data @param {(name: string, value: any) => void} trigger */
  take(data, trigger) {
    this.data = data;
    this.#trigger = trigger;
  }

  tell() {
    this.#changed(this.data);
  }
}

/**
 * @template Data
 * @typedef {{ data: Data, parentElement: any,
 *   setTriggerValue: (name: string, value: any) => void }} Arguments of Streamlit
 */

/**
 * What a part is given.
 * @template Data
 * @typedef {{ model: Model<Data>, el: HTMLElement }} Mount
 */

/**
 * The default export of a part.
 * @template Data
 * @param {(given: Mount<Data>) => (() => void) | void} render
 * @returns {(given: Arguments<Data>) => () => void}
 */
export function mounted(render) {
  /** @type {WeakMap<object, { model: Model<Data>, turn: number, leave: (() => void) | void }>} */
  const mounts = new WeakMap();
  return ({ data, parentElement, setTriggerValue }) => {
    const known = mounts.get(parentElement);
    const mount = known ?? { model: new Model(data), turn: 0, leave: undefined };
    mount.model.take(data, setTriggerValue);
    if (!known) {
      mounts.set(parentElement, mount);
      mount.leave = render({ model: mount.model, el: parentElement });
    }
    mount.turn += 1;
    mount.model.tell();
    const { turn } = mount;
    // An older turn's clean-up may come late; only the newest one's counts.
    return () => {
      if (mount.turn !== turn || mounts.get(parentElement) !== mount) return;
      mounts.delete(parentElement);
      mount.leave?.();
    };
  };
}
