"""The buttons that start and steer runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from alexnet_core.runs.records import Edit, Run, RunStatus
from dashboard.common.navigation import leave_for
from dashboard.common.visitor import Visitor
from dashboard.pages.runs import requests

_EDITABLE = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.STOPPED)
_WAITING = (RunStatus.QUEUED, RunStatus.PAUSED)
_RESUMABLE = (RunStatus.PAUSED, RunStatus.STOPPED)


def no_runs() -> None:
    """Say what to do first."""
    with st.container(border=True, key="no-runs"):
        st.subheader("No run yet", anchor=False)
        st.markdown(
            "A run trains a network on a data set. It goes on by itself, also when this page is "
            "closed, and everything it measures is kept. A first run on drawn shapes needs no "
            "download and takes about a minute."
        )
        start("Start your first run")
        st.markdown("Or from the command line:")
        st.code("alexnet-lab train --recipe shapes-quick --detach", language="bash")


def start(words: str) -> None:
    """The way to the page that starts runs."""
    if st.button(words, type="primary", icon=":material/add:", key="to-train"):
        leave_for("train")


def controls(who: Visitor, run: Run, edits: Sequence[Edit], kept: Sequence[int]) -> None:
    """Show what can be asked of a run as it stands; ``kept`` are the epochs with weights."""
    with st.container(horizontal=True, key="run-controls"):
        if run.status in (RunStatus.QUEUED, RunStatus.RUNNING):
            _button("Pause", ":material/pause:", "Saves the run and frees its place", run)
        if run.status in _RESUMABLE:
            _button("Go on", ":material/play_arrow:", "Continues exactly from where it was", run)
        if run.status.live or run.status in _WAITING:
            _button("Stop", ":material/stop:", "Saves the run and ends it", run)
        if run.status is RunStatus.QUEUED:
            _button("To the front", ":material/first_page:", "Starts before all others", run)
        now = {**run.config, **{k: v for edit in edits for k, v in edit.settings.items()}}
        if run.status in _EDITABLE:
            with st.popover("Change settings", icon=":material/tune:", key="run-edit"):
                _edit(run, now, len(edits))
        with st.popover("Clone", icon=":material/content_copy:", key="run-clone"):
            _clone(who, run, now)
        if kept:
            with st.popover("Branch", icon=":material/call_split:", key="run-branch"):
                _branch(who, run, now, kept)
        with st.popover("Delete", icon=":material/delete:", key="run-delete"):
            _delete(who, run)


_WORK = {
    "Pause": requests.pause,
    "Go on": requests.resume,
    "Stop": requests.stop,
    "To the front": requests.hurry,
}


def _button(name: str, icon: str, hint: str, run: Run) -> None:
    st.button(
        name,
        icon=icon,
        help=hint,
        key=f"run-{name.lower().replace(' ', '-')}",
        disabled=run.status is RunStatus.STOPPING,
        on_click=_WORK[name],
        args=(run.id,),
    )


def _edit(run: Run, now: Mapping[str, Any], turn: int) -> None:
    st.markdown("Holds from the run's next step.")
    # A new edit gives new fields, so that they show what holds now.
    keys = {name: f"edit-{name}-{run.id}-{turn}" for name in ("lr", "epochs", "stop", "patience")}
    with st.form(f"edit-{run.id}-{turn}", border=False):
        _rate(now, keys["lr"])
        _epochs(now, keys["epochs"], least=max(run.epoch, 1))
        st.checkbox(
            "Stop early",
            value=now["early_stopping"] is not None,
            key=keys["stop"],
            help="Ends the run when the validation accuracy no longer gets better",
        )
        st.number_input(
            "Epochs without a better one before that",
            min_value=1,
            value=now["early_stopping"] or 5,
            key=keys["patience"],
        )
        st.form_submit_button(
            "Apply", type="primary", on_click=_apply, args=(run.id, dict(now), keys)
        )


def _apply(run: str, now: Mapping[str, Any], keys: Mapping[str, str]) -> None:
    said = {name: st.session_state[key] for name, key in keys.items()}
    wanted = {
        "lr": said["lr"],
        "epochs": said["epochs"],
        "early_stopping": said["patience"] if said["stop"] else None,
    }
    changed = {name: value for name, value in wanted.items() if value != now[name]}
    if changed:
        requests.edit(run, **changed)


def _clone(who: Visitor, run: Run, now: Mapping[str, Any]) -> None:
    st.markdown("A new run with the same settings, from the beginning.")
    keys = {name: f"clone-{name}-{run.id}" for name in ("lr", "epochs", "batch_size", "seed")}
    with st.form(f"clone-{run.id}", border=False):
        _rate(now, keys["lr"])
        _epochs(now, keys["epochs"])
        st.number_input("Batch size", min_value=2, value=now["batch_size"], key=keys["batch_size"])
        st.number_input(
            "Seed",
            min_value=0,
            value=now["seed"],
            key=keys["seed"],
            help="Another seed gives other first weights and another order of the pictures",
        )
        st.form_submit_button(
            "Start the clone",
            type="primary",
            on_click=_start,
            args=(requests.clone, (who, run.id), now, keys),
        )


def _branch(who: Visitor, run: Run, now: Mapping[str, Any], kept: Sequence[int]) -> None:
    st.markdown("A new run that goes on from an epoch of this one.")
    chosen = who.epoch if who.epoch in kept else kept[-1]
    epoch = f"branch-epoch-{run.id}-{chosen}"
    keys = {name: f"branch-{name}-{run.id}-{chosen}" for name in ("lr", "epochs")}
    with st.form(f"branch-{run.id}", border=False):
        st.selectbox(
            "Epoch",
            kept,
            index=kept.index(chosen),
            key=epoch,
            help="The epochs whose weights were kept; choose one on the curves as well",
        )
        _rate(now, keys["lr"])
        # From the last epoch on it has to be longer than this run.
        _epochs(now, keys["epochs"], least=2, more_than=chosen)
        st.form_submit_button(
            "Start the branch",
            type="primary",
            on_click=_start_branch,
            args=(who, run.id, epoch, now, keys),
        )


def _start_branch(
    who: Visitor, run: str, epoch: str, now: Mapping[str, Any], keys: Mapping[str, str]
) -> None:
    _start(requests.branch, (who, run, st.session_state[epoch]), now, keys)


def _start(
    work: Any, args: tuple[Any, ...], now: Mapping[str, Any], keys: Mapping[str, str]
) -> None:
    said = {name: st.session_state[key] for name, key in keys.items()}
    work(*args, **{name: value for name, value in said.items() if value != now[name]})


def _delete(who: Visitor, run: Run) -> None:
    if run.status.live:
        st.markdown("It is at work. Stop it first; then it can be deleted.")
        return
    st.markdown("Its curves, checkpoints and log go with it. This can't be taken back.")
    st.button(
        "Delete for good",
        type="primary",
        key="run-delete-confirmed",
        on_click=requests.delete,
        args=(who, run.id),
    )


def _rate(now: Mapping[str, Any], key: str) -> None:
    st.number_input(
        "Learning rate",
        min_value=0.0,
        max_value=100.0,
        value=float(now["lr"]),
        step=float(now["lr"]) / 10,
        format="%.6g",
        key=key,
        help="Too high diverges, too low crawls",
    )


def _epochs(now: Mapping[str, Any], key: str, least: int = 1, more_than: int = 0) -> None:
    st.number_input(
        "Epochs",
        min_value=least,
        max_value=10_000,
        value=max(int(now["epochs"]), least, more_than + 1),
        key=key,
        help="Times the network sees every training picture",
    )
