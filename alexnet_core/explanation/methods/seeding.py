"""Seeded noise for Captum, which asks torch's one global generator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_DRAWING = frozenset({torch.normal, torch.bernoulli, torch.randn, torch.multinomial})


class Seeded(TorchFunctionMode):
    """While it is entered, this thread's draws come from a generator of its own.

    The global generator is shared by all threads: to seed it would change what another visitor
    gets, and two at once would both get what neither can repeat. A mode is seen by its own thread
    alone. The numbers are those that ``torch.manual_seed(seed)`` would have led to, but for normal
    noise on pictures: it is drawn a picture at a time, so that it does not depend on how many are
    computed at once. (The two differ where a picture has no multiple of 16 numbers.)
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed
        self._generators: dict[torch.device, torch.Generator] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Give those functions that draw the own generator; leave all others alone."""
        given = dict(kwargs or {})
        if func in _DRAWING:
            tensors = (value for value in args if isinstance(value, torch.Tensor))
            device = next((tensor.device for tensor in tensors), torch.device("cpu"))
            given["generator"] = self._of(device)
            if func is torch.normal and isinstance(args[1], torch.Tensor) and args[1].ndim == 4:
                return torch.cat([func(args[0], part, **given) for part in args[1].split(1)])
        return func(*args, **given)

    def _of(self, device: torch.device) -> torch.Generator:
        if device not in self._generators:
            self._generators[device] = torch.Generator(device).manual_seed(self._seed)
        return self._generators[device]
