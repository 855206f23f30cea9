"""What a run will take: time, memory, parameters, work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core.training.config import RunConfig
from dashboard.common import html
from dashboard.common.format import duration, many, memory_size, plain, span
from dashboard.common.html import tag
from dashboard.pages.train import timing as run_timing
from dashboard.pages.train.outlook import Outlook
from dashboard.pages.train.timing import Timing

if TYPE_CHECKING:
    from alexnet_core.models.anatomy import Anatomy
    from alexnet_core.planning.memory_estimate import Memory
    from alexnet_core.planning.preflight import Preflight

TICK = 0.4
"""Seconds between two looks at a measurement that goes on."""


def summary(outlook: Outlook, anatomy: Anatomy, runs: Sequence[Preflight]) -> None:
    """Show what one run takes, and how long all of them do; comes up to date by itself.

    Args:
        outlook: the run.
        anatomy: of its network.
        runs: what is measured: the run, or every run of a sweep.
    """
    configs = [checked.config for checked in runs]
    waiting = run_timing.timing(configs).waiting

    def show() -> None:
        now = run_timing.timing(configs)
        if waiting and not now.waiting:
            # The rest of the page says the time too.
            st.rerun()
        _figures(outlook, anatomy, runs, now)

    st.fragment(show, run_every=TICK if waiting else None)()


def seconds_of(runs: Sequence[Preflight]) -> float | None:
    """What all runs take, one after another; None while one of them is not measured."""
    return _total(runs, run_timing.timing([checked.config for checked in runs]))


def _total(runs: Sequence[Preflight], timing: Timing) -> float | None:
    seconds = 0.0
    for checked, speed in zip(runs, timing.speeds, strict=True):
        if speed is None:
            return None
        epoch = speed.epoch_seconds(checked.steps_an_epoch, checked.validation)
        seconds += epoch * checked.config.epochs
    return seconds


def _figures(outlook: Outlook, anatomy: Anatomy, runs: Sequence[Preflight], timing: Timing) -> None:
    seconds = _total(runs, timing)
    about = "Time" if len(runs) == 1 else f"Time of {len(runs)} runs"
    time = "not known" if timing.problem else "measuring …" if seconds is None else span(seconds)
    figures = {about: time}
    if outlook.memory is not None:
        figures["Memory of a step"] = memory_size(outlook.memory.total)
    figures["Parameters"] = many(anatomy.parameters)
    figures["Multiply-adds a picture"] = many(anatomy.macs)
    html.show(tag("div", html.facts(figures.items()), role="status"))
    course = f"{_course(runs[0])} " if len(runs) == 1 else ""
    st.caption(plain(course + _measured(timing, runs)))
    if outlook.memory is not None and outlook.room is not None:
        _memory(outlook.memory, outlook.room.free)


def _course(checked: Preflight) -> str:
    config = checked.config
    steps, epochs = checked.steps_an_epoch, config.epochs
    held = f"validated on {checked.validation:,}" if checked.validation else "validated on nothing"
    return (
        f"{epochs:,} {'epoch' if epochs == 1 else 'epochs'} of {steps:,} "
        f"{'step' if steps == 1 else 'steps'} each: {checked.train:,} pictures in batches of "
        f"{min(config.batch_size, checked.train):,}, {held}."
    )


def _measured(timing: Timing, runs: Sequence[Preflight]) -> str:
    if timing.problem:
        return timing.problem
    known = [speed for speed in timing.speeds if speed is not None]
    if timing.waiting:
        done = f" ({len(known)} of {len(runs)})" if len(runs) > 1 else ""
        return f"A few real steps of this network are being timed on this machine{done}."
    speed = known[0]
    config: RunConfig = runs[0].config
    first = f"Timed on {speed.device}, {speed.precision}: {duration(speed.step_seconds)} a step"
    if speed.batch_size < config.batch_size:
        first += f", scaled up from batches of up to {speed.batch_size}"
    apart = " Compilation is not counted in." if config.compile else ""
    if config.processes > 1:
        apart += " Timed with one process: on several GPUs it is faster than that."
    epoch = speed.epoch_seconds(runs[0].steps_an_epoch, runs[0].validation)
    each = f", {span(epoch)} an epoch" if len(runs) == 1 else " in the first run"
    return (
        f"{first}{each}. Reading the pictures for the first time comes on top; other work on "
        f"the machine slows it down.{apart}"
    )


def _memory(memory: Memory, free: int) -> None:
    if memory.total > free:
        fits = memory.batch_that_fits(free)
        advice = f" A batch of {fits:,} would fit." if fits >= 2 else ""
        st.warning(
            f"Only {memory_size(free)} are free now: the system may end such a run.{advice}",
            icon=":material/memory:",
        )
    box = st.expander("Where the memory goes", type="compact", key="run-memory", on_change="rerun")
    if not box.open:
        return
    parts = {
        "Weights": memory.weights,
        "Gradients": memory.gradients,
        "Optimizer": memory.optimizer,
        f"Kept of {memory.batch_size:,} pictures for the way back": memory.kept,
        "Gradients between layers": memory.passing,
    }
    rows = (
        tag("tr", tag("th", name, scope="row"), tag("td", memory_size(size)))
        for name, size in parts.items()
    )
    with box:
        html.show(tag("table", tag("caption", "Memory of a step"), rows, class_="lab-facts"))
        st.caption(
            "By a formula from the layers, the batch and the optimizer. PyTorch's own scratch "
            "space comes on top; in our measurements that was 10 to 40 % more."
        )
