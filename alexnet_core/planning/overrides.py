"""What a run changes of its recipe: by dotted names, all at once, and as a command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError
from alexnet_core.training import recipes
from alexnet_core.training.config import RunConfig

_Config = TypeVar("_Config", bound=Config)


def apply(config: _Config, changes: Mapping[str, Any]) -> _Config:
    """A copy with the changes made together, so that their order does not matter.

    Args:
        config: any config.
        changes: dotted field name -> value, such as ``{"model.dropout": 0.3}``.

    Raises:
        ConfigError: a change is not allowed; its ``field`` is the whole dotted name.
    """
    fields = {name: getattr(config, name) for name in type(config).model_fields}
    inner: dict[str, dict[str, Any]] = {}
    for path, value in changes.items():
        name, _, rest = path.partition(".")
        if not rest:
            fields[name] = value
        elif isinstance(fields.get(name), Config):
            inner.setdefault(name, {})[rest] = value
        else:
            raise ConfigError(path, value, f"no dotted name here; {name} has no fields")
    for name, values in inner.items():
        try:
            fields[name] = apply(fields[name], values)
        except ConfigError as error:
            raise ConfigError(f"{name}.{error.field}", error.value, error.allowed) from error
    return type(config)(**fields)


def between(base: Config, config: Config) -> dict[str, Any]:
    """Every field in which ``config`` differs from ``base``, by dotted name.

    Both are of the same class. `apply` of the result to ``base`` gives ``config``.
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
    for path, value in _in_order(base, config):
        words += ["--set", f"{path}={_text(value)}"]
    return shlex.join(words)


def _in_order(base: RunConfig, config: RunConfig) -> list[tuple[str, Any]]:
    """The changes in an order in which each may be made after the ones before it.

    The command line checks a nested config after every change. Where no order passes, the whole
    nested config is one change.
    """
    found: list[tuple[str, Any]] = []
    for name in RunConfig.model_fields:
        old, new = getattr(base, name), getattr(config, name)
        if isinstance(old, Config) and isinstance(new, Config):
            ordered = _passing(old, between(old, new))
            if ordered is None:
                found.append((name, new))
            else:
                found += [(f"{name}.{rest}", value) for rest, value in ordered]
        elif name != "dataset" and old != new:
            found.append((name, new))
    return found


def _passing(base: Config, wanted: Mapping[str, Any]) -> list[tuple[str, Any]] | None:
    left, done = dict(wanted), list[tuple[str, Any]]()
    while left:
        for name, value in left.items():
            try:
                base = base.replace(**{name: value})
            except ConfigError:
                continue
            done.append((name, value))
            del left[name]
            break
        else:
            return None
    return done


def _text(value: object) -> str:
    """As the command line reads it back: JSON, or plain text where that is no JSON."""
    if isinstance(value, Config):
        return json.dumps(json.loads(value.to_json()))
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value)
