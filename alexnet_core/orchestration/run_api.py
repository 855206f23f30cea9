"""What a person may ask of runs. A request is written to the store; the agent and the workers obey.

Every function raises StoreError where the store can't be reached, and UnknownNameError where
there is no such run.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from alexnet_core import home, system
from alexnet_core.data import datasets
from alexnet_core.errors import ConfigError, TrainingError
from alexnet_core.orchestration import agent, branching, queue
from alexnet_core.orchestration.launchers import local
from alexnet_core.runs import run_folder
from alexnet_core.runs.records import Edit, Request, Run, RunStatus
from alexnet_core.runs.store import Store
from alexnet_core.training.config import RunConfig

_EDITABLE = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.STOPPED)


def new_id(recipe: str) -> str:
    """A run's name: when it began, its recipe, and four letters against a clash."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{recipe}-{uuid4().hex[:4]}"


def submit(
    config: RunConfig,
    *,
    command: str = "",
    owner: str = "",
    group: str = "",
    priority: int = 0,
    tags: Sequence[str] = (),
    notes: str = "",
) -> Run:
    """Queue a run and see that somebody starts it; returns at once.

    Args:
        config: the run.
        command: what a person would type for it.
        owner: who asks; the user of this machine unless given.
        group: the sweep that it belongs to.
        priority: higher goes first.
        tags: words to find it by.
        notes: anything.

    Raises:
        DatasetNotHereError, ConfigError: its data set is not on this machine, or too few GPUs are.
    """
    datasets.open(config.dataset)
    return _queue(
        config,
        command=command,
        owner=owner,
        group=group,
        priority=priority,
        tags=tuple(tags),
        notes=notes,
    )


def stop(run: str) -> None:
    """Save and end a run; after ten seconds its process is killed."""
    _end(run, Request.STOP, queued=RunStatus.STOPPED, live=RunStatus.STOPPING)


def pause(run: str) -> None:
    """Save a run and free its slot; `resume` queues it again."""
    _end(run, Request.PAUSE, queued=RunStatus.PAUSED, live=RunStatus.PAUSING)


def resume(run: str) -> None:
    """Go on with a paused, stopped or failed run, exactly from where it was saved.

    Raises:
        TrainingError: it has finished, or has not ended yet.
    """
    store = Store.open()
    changed = store.change(
        run,
        where=[RunStatus.PAUSED, RunStatus.STOPPED, RunStatus.FAILED],
        status=RunStatus.QUEUED,
        requested=Request.RUN,
        crashes=0,
        reason="",
        ended=None,
    )
    if not changed:
        status = store.get(run).status
        raise TrainingError(f"Run {run} is {status}; only paused, stopped or failed ones go on.")
    agent.ensure()


def delete(run: str) -> None:
    """Forget a run with its folder.

    Raises:
        TrainingError: it runs, or another one that has not ended starts from it.
    """
    store = Store.open()
    found = store.get(run)
    if found.status.live:
        raise TrainingError(f"Run {run} is {found.status}; stop it first.")
    for other in store.listing(live=True):
        start = str(other.config.get("start_from") or "")
        if other.id != run and start.partition("@")[0] == f"run:{run}":
            raise TrainingError(f"Run {other.id} starts from {run} and has not ended; it is kept.")
    store.delete(run)
    shutil.rmtree(run_folder.of(run), ignore_errors=True)


_UNCHANGED: Any = object()


def edit(
    run: str,
    *,
    lr: float = _UNCHANGED,
    epochs: int = _UNCHANGED,
    early_stopping: int | None = _UNCHANGED,
) -> Edit:
    """Change settings of a run that goes on; they hold from its next step.

    Raises:
        ConfigError: a value is out of range, or there is none.
        TrainingError: the run has ended for good.
    """
    asked = {"lr": lr, "epochs": epochs, "early_stopping": early_stopping}
    settings = {name: value for name, value in asked.items() if value is not _UNCHANGED}
    if not settings:
        raise ConfigError("settings", None, f"at least one of {', '.join(asked)}")
    store = Store.open()
    found = store.get(run)
    if found.status not in _EDITABLE:
        raise TrainingError(f"Run {run} is {found.status}; its settings can't change any more.")
    config_of(found).replace(**settings)
    if epochs is not _UNCHANGED and epochs < found.epoch:
        raise ConfigError("epochs", epochs, f"at least {found.epoch}, the epoch it is in")
    return store.edit(run, settings, time.time())


def clone(run: str, **changes: Any) -> Run:
    """Queue a new run with the config of this one, edits included, and these changes.

    Raises:
        ConfigError: a change is not allowed.
    """
    found = Store.open().get(run)
    config = settled_config(found).replace(**changes)
    return _queue(config, parent=run, owner=found.owner, tags=found.tags)


def branch(run: str, epoch: int, **changes: Any) -> Run:
    """Queue a new run that goes on from an epoch of this one, with these changes.

    Raises:
        UnknownNameError: the checkpoint of that epoch was not kept.
        ConfigError: a change is not allowed, or does not fit what was learned.
    """
    store = Store.open()
    found = store.get(run)
    config = branching.check(settled_config(found), epoch, changes)
    steps = branching.steps(run, epoch)
    queued = _queue(
        config,
        start=False,
        parent=run,
        parent_epoch=epoch,
        owner=found.owner,
        tags=found.tags,
    )
    try:
        branching.copy(run, epoch, queued.id)
        store.copy_metrics(run, queued.id, until=steps)
    except BaseException:
        delete(queued.id)
        raise
    store.change(queued.id, status=RunStatus.QUEUED, requested=Request.RUN)
    agent.ensure()
    return store.get(queued.id)


def reorder(run: str, priority: int) -> None:
    """Give a run another place in the queue: higher goes first."""
    store = Store.open()
    store.get(run)
    store.change(run, priority=priority)


def describe(run: str, *, tags: Sequence[str] | None = None, notes: str | None = None) -> None:
    """Tag a run, or write notes on it."""
    store = Store.open()
    store.get(run)
    if tags is not None:
        store.change(run, tags=sorted({tag.strip() for tag in tags if tag.strip()}))
    if notes is not None:
        store.change(run, notes=notes)


def config_of(run: Run) -> RunConfig:
    """The config that a run began with."""
    return RunConfig.from_json(json.dumps(dict(run.config)))


def settled_config(run: Run) -> RunConfig:
    """The config of a run with every edit since."""
    config = config_of(run)
    for change in Store.open().edits(run.id):
        config = config.replace(**change.settings)
    return config


def log_tail(run: str, lines: int = 200) -> str:
    """The last lines that a run's worker printed; empty before it began."""
    return local.tail(run, lines)


def _queue(config: RunConfig, *, start: bool = True, **fields: Any) -> Run:
    fields["owner"] = fields.get("owner") or system.user_name()
    queue.check(config)
    if not start:  # It waits until all that it goes on from is there.
        fields |= {"status": RunStatus.PAUSED, "requested": Request.PAUSE}
    run = Run(
        id=new_id(config.recipe),
        lab=home.lab(),
        recipe=config.recipe,
        dataset=config.dataset,
        config=json.loads(config.to_json()),
        epochs=config.epochs,
        created=time.time(),
        **fields,
    )
    Store.open().add(run)
    if start:
        agent.ensure()
    return run


def _end(run: str, requested: Request, *, queued: RunStatus, live: RunStatus) -> None:
    store = Store.open()
    waiting = [RunStatus.QUEUED, RunStatus.PAUSED]
    if store.change(run, where=waiting, status=queued, requested=requested, ended=time.time()):
        return
    living = [RunStatus.RUNNING, RunStatus.PAUSING, RunStatus.STOPPING]
    if store.change(run, where=living, status=live, requested=requested):
        agent.ensure()
        return
    raise TrainingError(f"Run {run} is {store.get(run).status}; there is nothing to {requested}.")
