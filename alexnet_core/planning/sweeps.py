"""Several values in a field instead of one: a list or a range becomes a group of runs."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError
from alexnet_core.training.config import RunConfig

MOST_RUNS = 64
"""Runs in one sweep."""

HOW = "values with commas between them, or a range such as 0.01 to 0.1 in 4"

_NUMBER = r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"
_RANGE = re.compile(rf"\s*{_NUMBER}\s+to\s+{_NUMBER}\s+in\s+([0-9]+)\s*(by factor)?\s*")


@dataclass(frozen=True, kw_only=True)
class SweepRun:
    """One run of a sweep."""

    name: str
    """What sets it apart, such as ``lr=0.01, model.dropout=0.2``."""
    changes: Mapping[str, Any]
    """The same by dotted field name."""
    config: RunConfig


def expand(config: RunConfig, fields: Mapping[str, str | Sequence[Any]]) -> tuple[SweepRun, ...]:
    """Every combination of the values, the last field changing fastest.

    Args:
        config: what all runs share.
        fields: dotted field name -> its values, or the text of a list or range (see `values`).

    Raises:
        ConfigError: names the field and the value that is not allowed, or says that there are
            more than `MOST_RUNS` runs.
    """
    found = {
        field: values(config, field, wanted) if isinstance(wanted, str) else _once(wanted)
        for field, wanted in fields.items()
    }
    for field, several in found.items():
        if not several:
            raise ConfigError(field, fields[field], HOW)
    count = math.prod(map(len, found.values()))
    if count > MOST_RUNS:
        raise ConfigError(" times ".join(found), f"{count} runs", f"at most {MOST_RUNS} runs")
    runs = []
    for combination in itertools.product(*found.values()):
        changes = dict(zip(found, combination, strict=True))
        name = ", ".join(f"{field}={_shown(value)}" for field, value in changes.items())
        runs.append(SweepRun(name=name, changes=changes, config=config.replace(**changes)))
    return tuple(runs)


def values(config: RunConfig, field: str, text: str) -> tuple[Any, ...]:
    """Read a list or a range.

    A list has commas: ``0.01, 0.03``, ``lrn, batch``, ``[4096, 4096], [512]``. A range has even
    steps, ``0.1 to 0.5 in 5``, or even factors, ``0.001 to 0.1 in 3 by factor``; its values have
    four digits, or are whole where the field's value is. ``none`` empties a field that may be
    empty. What stands there twice counts once.

    Raises:
        ConfigError: the text is neither, or there is no such field.
    """
    now = _value(config, field)
    matched = _RANGE.fullmatch(text)
    if matched is None:
        return _once(_listed(text, may_be_empty=not isinstance(now, str)))
    try:
        first, last, count = float(matched[1]), float(matched[2]), int(matched[3])
    except ValueError:
        raise ConfigError(field, text, HOW) from None
    if not 2 <= count <= MOST_RUNS:
        raise ConfigError(field, text, f"a range of 2 to {MOST_RUNS} values")
    if matched[4] and not (first > 0 and last > 0):
        raise ConfigError(field, text, "a range by factor that starts and ends above 0")
    shares = [at / (count - 1) for at in range(count)]
    if matched[4]:
        low, high = math.log(first), math.log(last)
        found = [math.exp(low + (high - low) * share) for share in shares]
    else:
        found = [first + (last - first) * share for share in shares]
    if not all(map(math.isfinite, found)):
        raise ConfigError(field, text, "a range of numbers that can be told apart")
    if isinstance(now, int):
        return _once([round(value) for value in found])
    return _once([float(f"{value:.4g}") for value in found])


def _value(config: RunConfig, field: str) -> Any:
    found: Any = config
    for name in field.split("."):
        if not isinstance(found, Config) or name not in type(found).model_fields:
            known = type(found).model_fields if isinstance(found, Config) else ()
            raise ConfigError(field, name, f"the fields {', '.join(known) or 'none'}")
        found = getattr(found, name)
    return found


def _listed(text: str, *, may_be_empty: bool) -> list[Any]:
    try:
        found: list[Any] = json.loads(f"[{text}]")
    except ValueError:
        parts = filter(None, map(str.strip, text.split(",")))
        return [None if may_be_empty and part == "none" else _read(part) for part in parts]
    return found


def _read(part: str) -> Any:
    try:
        return json.loads(part)
    except ValueError:
        return part


def _once(several: Sequence[Any]) -> tuple[Any, ...]:
    found: list[Any] = []
    for value in several:
        # 1 and True are equal, but not the same setting.
        if not any(value == old and type(value) is type(old) for old in found):
            found.append(value)
    return tuple(found)


def _shown(value: object) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value)
