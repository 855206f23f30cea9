"""What a run changes of its recipe: by dotted names, and as a command."""

from __future__ import annotations

import json
import shlex
from functools import lru_cache
from typing import Any

from alexnet_core.config import Config
from alexnet_core.training import recipes
from alexnet_core.training.config import RunConfig


def between(base: Config, config: Config) -> dict[str, Any]:
    """Every field in which ``config`` differs from ``base``, by dotted name.

    Both are of the same class. `Config.replace` on ``base`` with the result gives ``config``.
    """
    found: dict[str, Any] = {}
    for name in type(config).model_fields:
        old, new = getattr(base, name), getattr(config, name)
        if isinstance(old, Config) and isinstance(new, Config):
            found |= {f"{name}.{rest}": value for rest, value in between(old, new).items()}
        elif old != new:
            found[name] = new
    return found


@lru_cache(maxsize=256)
def command(config: RunConfig) -> str:
    """What a person types for the same run: its recipe and all that differs from it.

    Raises:
        UnknownNameError: the run began as no recipe of the lab.
    """
    base = recipes.get(config.recipe)
    words = ["alexnet-lab", "train", "--recipe", config.recipe]
    if config.dataset != base.dataset:
        words += ["--dataset", config.dataset]
    for path, value in between(base, config).items():
        if path != "dataset":
            words += ["--set", f"{path}={_text(value)}"]
    return shlex.join(words)


def _text(value: object) -> str:
    """As the command line reads it back: JSON, or plain text where that is no JSON."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value)
