"""What a network computed for a picture, kept for every page that looks inside it.

A pass is named by the picture's hash and by what the model's reference means right now, so that
neither another visitor's picture nor a run's earlier epoch is ever taken for it. Browsers fetch
maps by a name that can't be guessed, and only while the pass is kept.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary, ref

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from alexnet_core.errors import CheckpointError, UnknownNameError
from dashboard.common import caches
from dashboard.common.caches import BY_HASH, Source

if TYPE_CHECKING:
    from alexnet_core.inspection.capture import Captured
    from alexnet_core.models.library import LoadedModel

KEPT = 16
"""Passes kept; one of the largest network weighs about 10 MB."""

_SECRET = secrets.token_bytes(32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Inside:
    """One picture in one network, and what every layer made of it."""

    source: Source = field(repr=False)
    reference: str
    identity: str
    """What the reference meant when the pass was made."""
    captured: Captured = field(repr=False)
    token: str
    """The name of this pass in addresses."""
    _model: ref[LoadedModel] = field(repr=False)
    _sent: dict[str, bytes] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def model(self) -> LoadedModel:
        """The network; a pass alone does not keep it in memory.

        Raises:
            LabError: it went and can't be loaded again, or its name means other weights by now.
        """
        found = self._model()
        if found is None:
            if caches.identity(self.reference) != self.identity:
                raise CheckpointError(f"{self.reference} means other weights by now.")
            found = caches.model(self.reference)
        return found

    @cached_property
    def limit(self) -> float:
        """The largest size of any number that a layer gave; what is not finite is passed over."""
        sizes = [largest(values) for values in self.captured.outputs.values()]
        return max(sizes, default=0.0) or 1.0

    def sent(self, name: str, make: Callable[[], bytes]) -> bytes:
        """What goes to browsers under a name; made once."""
        with self._lock:
            if name not in self._sent:
                self._sent[name] = make()
            return self._sent[name]


_BY_TOKEN: WeakValueDictionary[str, Inside] = WeakValueDictionary()


def look(source: Source, reference: str) -> Inside:
    """The pass of a picture through a model, computed once.

    Raises:
        LabError: the model can't be loaded (any more), or does not take such pictures.
    """
    return _look(source, reference, caches.identity(reference))


def captured(source: Source, reference: str) -> Captured:
    """As `look`: only what the layers gave."""
    return look(source, reference).captured


def by_token(token: str) -> Inside:
    """The pass of that name.

    Raises:
        UnknownNameError: it is not kept any more.
    """
    found = _BY_TOKEN.get(token)
    if found is None:
        raise UnknownNameError("token", token, ["that of a pass on the screen"])
    return found


def largest(values: NDArray[np.floating]) -> float:
    """The largest size among numbers; what is not finite is passed over."""
    with np.errstate(invalid="ignore"):
        sizes = np.abs(values)
    return float(np.max(sizes, initial=0.0, where=np.isfinite(sizes)))


def strongest(values: NDArray[np.floating]) -> int:
    """The channel of maps (C, H, W), or the value of (F,), with the largest mean size."""
    sizes = np.abs(values.reshape(len(values), -1), dtype=np.float64).mean(axis=1)
    return int(np.where(np.isfinite(sizes), sizes, -1.0).argmax())


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs=BY_HASH)
def _look(source: Source, reference: str, identity: str) -> Inside:
    from alexnet_core.inspection.capture import capture

    model = caches.model(reference)
    named = f"{source.sha256} {reference} {identity}".encode()
    found = Inside(
        source=source,
        reference=reference,
        identity=identity,
        captured=capture(model, caches.decoded(source)),
        _model=ref(model),
        token=hashlib.blake2b(named, key=_SECRET, digest_size=16).hexdigest(),
    )
    _BY_TOKEN[found.token] = found
    return found
