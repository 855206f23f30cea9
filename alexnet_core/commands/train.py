"""Train a network."""

from __future__ import annotations

import json
import shlex
import sys
from argparse import Namespace
from typing import Any

from alexnet_core.commands.output import print_json
from alexnet_core.errors import ConfigError, TrainingError
from alexnet_core.training import recipes
from alexnet_core.training.config import RunConfig


def train(wanted: Namespace) -> int:
    """Train as a recipe and the changes to it say; Ctrl-C saves and stops."""
    if wanted.resume is None:
        config = _config(wanted)
    elif wanted.recipe or wanted.dataset or wanted.set:
        raise ConfigError("--resume", wanted.resume, "no other option beside it")
    # The arguments are judged first, so that a typing error does not cost an import.
    from alexnet_core.commands.watch import follow, seconds
    from alexnet_core.orchestration import run_api
    from alexnet_core.runs.records import RunStatus

    if wanted.resume is not None:
        name = wanted.resume
        run_api.resume(name)
    else:
        name = run_api.submit(config, command=shlex.join(["alexnet-lab", *sys.argv[1:]])).id
    if wanted.detach:
        print_json({"run": name}) if wanted.json else print(name)
        return 0
    print(f"Run {name}: queued", file=sys.stderr, flush=True)
    run = follow(name)
    if run.status is RunStatus.FAILED:
        raise TrainingError(f"Run {name} failed. {run.reason}")
    if wanted.json:
        print_json(
            {
                "run": run.id,
                "reason": run.status,
                "best_epoch": run.best_epoch,
                "validation_top1": run.best_validation_top1,
                "test_top1": run.test_top1,
                "seconds": seconds(run),
            }
        )
    else:
        print(f"{run.status} after {seconds(run):.0f} s, best epoch {run.best_epoch}")
        for split, top1 in (("validation", run.best_validation_top1), ("test", run.test_top1)):
            if top1 is not None:
                print(f"{split} top-1: {top1:.4f}")
        print(f"model: run:{name}")
    if run.status is not RunStatus.FINISHED:
        print(f"Saved; go on with: alexnet-lab train --resume {name}", file=sys.stderr)
        return 130
    return 0


def _config(wanted: Namespace) -> RunConfig:
    if wanted.recipe is None:
        raise ConfigError("--recipe", None, f"one of {', '.join(recipes.names())}")
    changes = settings(wanted.set)
    if wanted.dataset is not None:
        changes["dataset"] = wanted.dataset
    return recipes.get(wanted.recipe).replace(**changes)


def settings(said: list[str]) -> dict[str, Any]:
    """What ``--set`` asks for: JSON where it is JSON, else text.

    Raises:
        ConfigError: one of them is no ``FIELD=VALUE``.
    """
    changes: dict[str, Any] = {}
    for setting in said:
        field, equals, text = setting.partition("=")
        if not equals:
            raise ConfigError("--set", setting, "FIELD=VALUE, such as epochs=3")
        try:
            changes[field] = json.loads(text)
        except json.JSONDecodeError:
            changes[field] = text
    return changes
