"""What a person asks of runs on the page, and what is said where it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from alexnet_core.errors import LabError
from alexnet_core.runs.records import Run
from dashboard.common.format import plain
from dashboard.common.visitor import LATEST, Visitor
from dashboard.pages.runs import routes

_REFUSED, _WISHES, _NEW = "run-refused", "run-wishes", "run-wish-new"


def ask(work: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Do it; a refusal is shown by `refusal` and the answer is None then."""
    try:
        return work(*args, **options)
    except LabError as error:
        st.session_state[_REFUSED] = str(error)
        return None
    finally:
        routes.OVERVIEW.look_again()
        st.session_state[_WISHES] = wishes() + 1
        st.session_state[_NEW] = True


def wishes() -> int:
    """How many there were in this session."""
    return int(st.session_state.get(_WISHES, 0))


def new_wish() -> bool:
    """Whether there was one since this was last asked."""
    return bool(st.session_state.pop(_NEW, False))


def refusal() -> None:
    """Say once why the last wish was refused."""
    said = st.session_state.pop(_REFUSED, None)
    if said is not None:
        st.error(plain(said), icon=":material/block:")


def stop(run: str) -> None:
    """Save and end a run."""
    from alexnet_core.orchestration import run_api

    ask(run_api.stop, run)


def pause(run: str) -> None:
    """Save a run and let others have its place."""
    from alexnet_core.orchestration import run_api

    ask(run_api.pause, run)


def resume(run: str) -> None:
    """Go on with a run."""
    from alexnet_core.orchestration import run_api

    ask(run_api.resume, run)


def hurry(run: str) -> None:
    """Put a waiting run in front of all others."""
    from alexnet_core.orchestration import run_api
    from alexnet_core.runs.store import Store

    waiting = Store.open().listing(live=True)
    ask(run_api.reorder, run, max((other.priority for other in waiting), default=0) + 1)


def delete(who: Visitor, run: str) -> None:
    """Forget a run; the page then shows the newest one."""
    from alexnet_core.orchestration import run_api

    ask(run_api.delete, run)
    if st.session_state.get(_REFUSED) is None:
        who.choose_run(LATEST)
        who.compared = tuple(other for other in who.compared if other != run)


def edit(run: str, **settings: Any) -> None:
    """Change settings while a run goes on."""
    from alexnet_core.orchestration import run_api

    ask(run_api.edit, run, **settings)


def clone(who: Visitor, run: str, **changes: Any) -> None:
    """Start the same again with changes, and look at that."""
    from alexnet_core.orchestration import run_api

    _look_at(who, ask(run_api.clone, run, **changes))


def branch(who: Visitor, run: str, epoch: int, **changes: Any) -> None:
    """Go on from an epoch as another run, and look at that."""
    from alexnet_core.orchestration import run_api

    _look_at(who, ask(run_api.branch, run, epoch, **changes))


def describe(run: str, tags: list[str], notes: str) -> None:
    """Write tags and notes."""
    from alexnet_core.orchestration import run_api

    ask(run_api.describe, run, tags=tags, notes=notes)


def _look_at(who: Visitor, run: Run | None) -> None:
    if run is not None:
        who.choose_run(run.id)
