"""List, show, steer and take away runs."""

from __future__ import annotations

import csv
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_core.commands.output import print_json, print_table

if TYPE_CHECKING:
    from alexnet_core.runs.records import Run

_FIELDS = (
    "id",
    "status",
    "requested",
    "recipe",
    "dataset",
    "epoch",
    "epochs",
    "step",
    "steps",
    "attempts",
    "best_epoch",
    "best_validation_top1",
    "reason",
)


def listing(wanted: Namespace) -> int:
    """All runs, the newest first."""
    from alexnet_core.runs.store import Store

    runs = Store.open().listing()
    if wanted.json:
        print_json([_entry(run) for run in runs])
        return 0
    if not runs:
        print("No runs yet; start one with: alexnet-lab train --recipe shapes-quick")
        return 0
    print_table(
        ["run", "status", "data set", "epoch", "of", "best", "top-1"],
        [
            [
                run.id,
                run.status,
                run.dataset,
                run.epoch,
                run.epochs,
                run.best_epoch,
                run.best_validation_top1,
            ]
            for run in runs
        ],
    )
    return 0


def show(wanted: Namespace) -> int:
    """One run with its config."""
    from alexnet_core.runs.store import Store

    run = Store.open().get(wanted.run)
    entry = _entry(run) | {"config": dict(run.config)}
    if wanted.json:
        print_json(entry)
    else:
        for name, value in entry.items():
            print(f"{name}: {value}")
    return 0


def metrics(wanted: Namespace) -> int:
    """Every figure of a run, a row each."""
    from alexnet_core.export.run_archive import rows

    found = rows(wanted.run)
    if wanted.json:
        print_json([dict(row._asdict()) for row in found])
        return 0
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["name", "step", "epoch", "value", "time"])
    writer.writerows(found)
    return 0


def watch(wanted: Namespace) -> int:
    """Follow a run until it ends; Ctrl-C leaves it alone."""
    from alexnet_core.commands.watch import follow

    run = follow(wanted.run, stops=False)
    if wanted.json:
        print_json(_entry(run))
    else:
        print(f"{run.id}: {run.status}. {run.reason}".strip())
    return 0


def steer(wanted: Namespace) -> int:
    """Stop, pause, resume or delete a run."""
    from alexnet_core.orchestration import run_api

    if wanted.verb == "delete" and not wanted.yes:
        answer = input(f"Delete run {wanted.run} with its checkpoints and figures? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing was deleted.", file=sys.stderr)
            return 0
    getattr(run_api, wanted.verb)(wanted.run)
    if wanted.verb == "delete":
        if wanted.json:
            print_json({"deleted": wanted.run})
        return 0
    return _say(wanted, wanted.run)


def clone(wanted: Namespace) -> int:
    """A new run with the config of another one and changes to it."""
    from alexnet_core.commands.train import settings
    from alexnet_core.orchestration import run_api

    changes = settings(wanted.set)
    if wanted.epoch is not None:
        return _say(wanted, run_api.branch(wanted.run, wanted.epoch, **changes).id)
    return _say(wanted, run_api.clone(wanted.run, **changes).id)


def edit(wanted: Namespace) -> int:
    """Change learning rate, epochs or early stopping while a run goes on."""
    from alexnet_core.commands.train import settings
    from alexnet_core.errors import ConfigError
    from alexnet_core.orchestration import run_api

    changes = settings(wanted.set)
    allowed = ("lr", "epochs", "early_stopping")
    for name, value in changes.items():
        if name not in allowed:
            raise ConfigError(name, value, f"{', '.join(allowed)} while a run goes on")
    run_api.edit(wanted.run, **changes)
    return _say(wanted, wanted.run)


def export(wanted: Namespace) -> int:
    """A ZIP with the best network, its card, config, figures and a script that measures it."""
    if wanted.tensorboard:
        from alexnet_core.export.tensorboard import write_events as write
    else:
        from alexnet_core.export.run_archive import export as write

    path = write(wanted.run, Path(wanted.out))
    if wanted.json:
        print_json({"run": wanted.run, "file": str(path)})
    else:
        print(path)
    return 0


def agent(wanted: Namespace) -> int:
    """Give queued runs their slots until there is nothing to do."""
    from alexnet_core.orchestration import agent as process

    if wanted.stop:
        process.dismiss()
        return 0
    return process.main()


def _say(wanted: Namespace, name: str) -> int:
    from alexnet_core.runs.store import Store

    run = Store.open().get(name)
    if wanted.json:
        print_json(_entry(run))
    else:
        print(f"{run.id}: {run.status}")
    return 0


def _entry(run: Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in _FIELDS}
