// A view over whose places a hand moves. By itself it goes from place to place; pointing holds it,
// a click or a key keeps a place, and letting go or playing moves on.

import { Sweep } from "./sweep.js";

export class Hand {
  pinned = false;
  at = 0;

  // The view has `count` places, `data`, `paint()`, and `turn(down, across)`, which gives the place
  // in the direction of an arrow, or -1.
  constructor(host) {
    this.host = host;
    this.sweep = new Sweep(
      () => this.move((this.at + 1) % this.count),
      () => this.changed(),
    );
  }

  // kept: a place that was kept, or -1. same: whether the hand may stay where it was, else begin.
  take(kept, same, begin) {
    this.pinned = kept >= 0;
    if (this.pinned) this.at = kept;
    else if (!same || this.at >= this.count) this.at = begin;
    if (this.pinned && this.sweep.playing) this.sweep.pause();
    if (!same && !this.pinned && Sweep.wanted()) this.sweep.play();
    this.changed();
  }

  point(at) {
    if (!(at >= 0) || this.pinned) return;
    this.sweep.hold();
    if (at !== this.at) this.move(at);
  }

  pointAway() {
    if (!this.pinned) this.sweep.release();
  }

  pick(at) {
    if (!(at >= 0)) return;
    if (this.pinned && at === this.at) this.letGo();
    else this.keep(at);
  }

  keep(at) {
    this.pinned = true;
    this.at = at;
    if (this.sweep.playing) this.sweep.pause();
    this.changed();
    this.build?.();
    this.host.settled();
  }

  letGo() {
    if (!this.pinned) return;
    this.pinned = false;
    this.changed();
    this.host.settled();
  }

  // Whether the key meant something.
  key(name) {
    const arrow = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      name
    ];
    if (arrow) {
      const next = this.turn(...arrow);
      if (next >= 0) this.keep(next);
    } else if (name === "Enter") this.pick(this.at);
    else if (name === "Escape") this.letGo();
    else return false;
    return true;
  }

  toggle() {
    this.pinned = false;
    if (this.sweep.moving) this.sweep.pause();
    else this.sweep.play();
    this.changed();
    this.host.settled();
  }

  move(at) {
    this.at = at;
    this.paint();
  }

  changed() {
    if (this.data) this.paint();
    this.host.stateChanged();
  }

  leave() {
    this.sweep.pause();
  }
}
