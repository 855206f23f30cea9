"""What a run is and how it stands: name, status, reason, and what was asked against what holds."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import streamlit as st

from alexnet_core.runs.records import Edit, Request, Run, RunStatus
from dashboard.common.format import plain
from dashboard.common.html import show, tag
from dashboard.common.visitor import Visitor
from dashboard.pages.runs import requests

Colour = Literal["blue", "green", "red", "orange", "gray"]

BADGES: dict[RunStatus, tuple[str, Colour, str]] = {
    RunStatus.QUEUED: ("waiting", "gray", ":material/schedule:"),
    RunStatus.RUNNING: ("running", "blue", ":material/play_arrow:"),
    RunStatus.PAUSING: ("pausing", "orange", ":material/pause:"),
    RunStatus.PAUSED: ("paused", "orange", ":material/pause:"),
    RunStatus.STOPPING: ("stopping", "orange", ":material/stop:"),
    RunStatus.STOPPED: ("stopped", "gray", ":material/stop:"),
    RunStatus.FINISHED: ("finished", "green", ":material/check:"),
    RunStatus.FAILED: ("failed", "red", ":material/close:"),
}

SETTINGS = {"lr": "learning rate", "epochs": "epochs", "early_stopping": "early stopping"}
"""What can change while a run goes on, in words."""

_SMALLER = re.compile(r"try batch (\d+)")


def head(who: Visitor, run: Run, edits: Sequence[Edit]) -> None:
    """Show what stands above the curves."""
    word, colour, icon = BADGES[run.status]
    with st.container(horizontal=True, vertical_alignment="center", key="run-head"):
        st.subheader(plain(f"{run.recipe} on {run.dataset}"), anchor=False, width="content")
        st.badge(word, color=colour, icon=icon)
        for tag in (run.group, *run.tags):
            if tag:
                st.badge(plain(tag), color="gray")
    st.caption(" · ".join(plain(fact) for fact in _facts(run)))
    if run.parent:
        st.button(
            _origin(run),
            type="tertiary",
            icon=":material/call_split:",
            key="run-parent",
            on_click=who.choose_run,
            args=(run.parent, run.parent_epoch),
        )
    _reason(who, run)
    _asked(run, edits)


def _facts(run: Run) -> list[str]:
    facts = [run.id]
    if run.started is not None:
        facts.append(f"started {datetime.fromtimestamp(run.started):%d %B %Y, %H:%M}")
    facts += [run.device, f"on {run.host}" if run.host else "", f"by {run.owner}" * bool(run.owner)]
    if run.attempts > 1:
        facts.append(f"attempt {run.attempts}")
    return [fact for fact in facts if fact]


def _origin(run: Run) -> str:
    if run.parent_epoch:
        return f"Goes on from epoch {run.parent_epoch} of {run.parent}"
    return f"Has the settings of {run.parent}"


def _reason(who: Visitor, run: Run) -> None:
    """Why it does not go on, with the ways out."""
    if run.status is RunStatus.FAILED:
        reason = run.reason or "Its process ended without a word; the log may say more."
        st.error(plain(reason), title="This run failed", icon=":material/error:")
        with st.container(horizontal=True, key="run-ways-out"):
            for at, (words, work, args, changes) in enumerate(ways_out(who, run)):
                st.button(
                    words,
                    key=f"way-out-{at}",
                    type="secondary" if at else "primary",
                    on_click=work,
                    args=args,
                    kwargs=changes,
                )
    elif run.status in (RunStatus.PAUSED, RunStatus.STOPPED, RunStatus.QUEUED) and run.reason:
        st.warning(plain(run.reason), icon=":material/info:")


def ways_out(who: Visitor, run: Run) -> list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]]:
    """What may help a failed run, the likeliest first: words, what is done, and with what."""
    found: list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]] = []
    smaller = _SMALLER.search(run.reason)
    if smaller:
        batch = int(smaller[1])
        words = f"Start again with batch {batch}"
        found.append((words, requests.clone, (who, run.id), {"batch_size": batch}))
    if "learning rate" in run.reason:
        rate = float(f"{run.config['lr'] / 3:.2g}")
        words = f"Start again with learning rate {rate:g}"
        found.append((words, requests.clone, (who, run.id), {"lr": rate}))
    found.append(("Try again from its last checkpoint", requests.resume, (run.id,), {}))
    return found


def _asked(run: Run, edits: Sequence[Edit]) -> None:
    """Requests and edits: what was asked for beside what holds."""
    rows = []
    if run.status in (RunStatus.STOPPING, RunStatus.PAUSING):
        wish = "stop" if run.requested is Request.STOP else "pause"
        rows.append((wish, "not yet: the worker finishes its batch and saves"))
    if run.status is RunStatus.QUEUED and run.attempts:
        rows.append(("go on", "not yet: it waits for a free place"))
    rows += [(_wish(edit), _held(run, edit)) for edit in edits]
    if not rows:
        return
    heads = (tag("th", text, scope="col") for text in ("Requested", "Applied"))
    body = (tag("tr", tag("td", wish), tag("td", held)) for wish, held in rows[-5:])
    show(
        tag(
            "table",
            tag("caption", "Requests"),
            tag("thead", tag("tr", heads)),
            tag("tbody", body),
            class_="lab-facts",
        )
    )


def _wish(edit: Edit) -> str:
    settings = [
        f"{SETTINGS.get(name, name)} {'off' if value is None else value}"
        for name, value in edit.settings.items()
    ]
    asked = time.strftime("%H:%M:%S", time.localtime(edit.requested))
    return f"{', '.join(settings)} (asked at {asked})"


def _held(run: Run, edit: Edit) -> str:
    if edit.step is not None:
        return f"from step {edit.step:,}"
    if run.status is RunStatus.RUNNING:
        return "not yet: it holds from the next step"
    return "not yet: it holds when the run goes on"
