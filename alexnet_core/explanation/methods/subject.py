"""What a method is given, the picture and the number that is explained, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from alexnet_core import devices
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CancelledError, ConfigError, UnknownNameError
from alexnet_core.explanation.scalar_target import ScalarTarget
from alexnet_core.explanation.target import Resolved
from alexnet_core.models import baselines
from alexnet_core.models.anatomy import describe
from alexnet_core.models.baselines import Baseline
from alexnet_core.models.config import AlexNetConfig

_DRAWING = frozenset({torch.normal, torch.bernoulli, torch.randn, torch.multinomial})

_LARGEST_BATCH = 32
"""More at once is hardly faster, and whoever cancels waits for what is under way."""
_MEMORY = 1 << 30
_COPIES = 4
"""How many times over the activations of a picture are held while gradients are computed."""


class Watch:
    """Counts the pictures that went through, and stops where somebody has had enough."""

    def __init__(
        self, progress: Callable[[int, int], None] | None, cancelled: Callable[[], bool]
    ) -> None:
        self._progress = progress
        self._cancelled = cancelled
        self._done = self._total = self._next = 0

    def expect(self, pictures: int) -> None:
        """Say how many will go through in all."""
        self._done, self._next, self._total = 0, 0, pictures
        self._show()

    def __call__(self, pictures: int) -> None:
        """So many are about to go through.

        Raises:
            CancelledError: somebody asked for the end.
        """
        if self._cancelled():
            raise CancelledError("The explanation was cancelled.")
        # Those of the last pass are only now done.
        self._done, self._next = self._done + self._next, pictures
        self._show()

    def end(self) -> None:
        """All is done."""
        self._done, self._next = self._total, 0
        self._show()

    def _show(self) -> None:
        if self._progress is not None and self._total:
            self._progress(min(self._done, self._total), self._total)


class Subject:
    """One picture and one number of the network for it."""

    def __init__(
        self,
        *,
        config: AlexNetConfig,
        transform: Transform,
        pixels: NDArray[np.uint8],
        scalar_target: ScalarTarget,
        target: Resolved,
        image: Tensor,
        score: Tensor,
        rows: int,
        watch: Watch,
        baseline: NDArray[np.uint8] | None = None,
    ) -> None:
        self.config = config
        self.transform = transform
        self.pixels = pixels
        self.scalar_target = scalar_target
        """Gives the explained number for pictures (N, 3, S, S)."""
        self.target = target
        self.rows = rows
        """Pictures that go through at once, at most."""
        self.watch = watch
        self._image, self._score = image, score
        self._baseline = baseline

    def images(self) -> Tensor:
        """The picture as the network gets it, (1, 3, S, S), ready for a gradient."""
        return self._image.detach().clone().requires_grad_()

    def first(self) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """The picture (1, 3, S, S) as it went through already, and the scalar target.

        That remembers its number for this picture with all that a gradient needs, once.
        """
        return (
            self._image,
            lambda images: self._score if images is self._image else self.scalar_target(images),
        )

    def baseline(self, kind: Baseline, seed: int = 0) -> Tensor:
        """A picture without content, (1, 3, S, S); the one that was brought goes first."""
        if self._baseline is not None:
            return self._normalise(self._baseline[None])
        device = self._image.device
        return baselines.normalised(self.transform, self.pixels, kind, seed=seed, device=device)

    def blurred(self, share: float) -> Tensor:
        """The picture blurred with a radius of that share of its side, (1, 3, S, S)."""
        return self._normalise(baselines.blurred(self.pixels, share)[None])

    def noise(self, count: int, seed: int) -> Tensor:
        """Pictures of coloured noise, every level equally likely, (count, 3, S, S)."""
        return self._normalise(baselines.noise(self.pixels.shape, count, seed))

    def greys(self, count: int) -> Tensor:
        """Flat greys, evenly from black to white, (count, 3, S, S)."""
        return self._normalise(baselines.greys(self.pixels.shape, count))

    def batch(self, pictures: int) -> int:
        """How many of so many go through at once: equal pieces, none of them almost empty."""
        return -(-pictures // -(-pictures // self.rows))

    def layer(self, name: str) -> nn.Module:
        """A layer that gives maps, on the way to the explained number.

        Raises:
            UnknownNameError: no layer of that name gives maps.
            ConfigError: it lies behind the unit that is explained.
        """
        maps = maps_of(self.config)
        if name not in maps:
            raise UnknownNameError("layer", name, maps)
        layer = dict(self.scalar_target.named_children()).get(name)
        if layer is None:
            raise ConfigError("layer", name, f"a layer up to {self.target.layer}, which is asked")
        return layer

    def enlarged(self, maps: Tensor) -> Tensor:
        """A map (1, 1, h, w) at the size of the picture, (S, S), blended between its points."""
        side = self.config.input_size
        return nn.functional.interpolate(maps, (side, side), mode="bilinear")[0, 0]

    def _normalise(self, pictures: NDArray[np.uint8]) -> Tensor:
        return baselines.batch(self.transform, pictures, self._image.device)


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """What a method gives."""

    values: Tensor
    """(3, S, S), or (S, S) where the method gives a map."""
    total: float | None = None
    """For methods that share a number out: the sum of the shares, before any enlarging."""
    baselines: Tensor | None = None
    """(K, 3, S, S) the pictures that the shares are counted from, where there are any."""


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


def maps_of(config: AlexNetConfig) -> tuple[str, ...]:
    """The layers that give maps, (C, H, W), in forward order."""
    return tuple(spec.name for spec in config.layers() if len(spec.out_shape) == 3)


def rows_for(config: AlexNetConfig, device: torch.device) -> int:
    """How many pictures go through at once, so that memory lasts."""
    memory = min(_MEMORY, devices.free_memory(device) // 4)
    return max(1, min(_LARGEST_BATCH, memory // (_COPIES * describe(config).activation_bytes)))
