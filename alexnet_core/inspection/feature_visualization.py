"""A picture that excites one unit, made by climbing its gradient."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CheckpointError, ConfigError
from alexnet_core.inspection.arithmetic.value import check_place
from alexnet_core.inspection.partial_forward import forward, up_to
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel

STEPS = 128
SHOWN = 8
"""Pictures on the way that are given, besides the first."""

_RATE = 0.05
_START = 0.1
"""Spread of the first picture around grey, before it is squeezed between black and white."""
_VARIATION = 0.05
_DISTANCE = 0.01
_TURN, _SCALE, _SHIFT = math.radians(5), 0.1, 1 / 16
_SMALL, _VIEWS = 64, 2
"""Inputs up to this side get so many disturbed views a step; larger ones one."""

# Rows: red, green, blue of three colours that natural pictures mix almost independently, grey first
# and strongest. Source: the colour correlation of ImageNet as in Lucid (Distill, 2017).
_COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))

_LEAK = 0.1
"""Slope below zero that a unit's own ReLU is given, since a silent unit has none to climb."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Visualization:
    """How far the picture has come."""

    step: int
    """Steps done."""
    steps: int
    """Steps in all."""
    pixels: NDArray[np.uint8]
    """(S, S, 3)."""
    value: float
    """What the unit gives for this picture, undisturbed; of maps the mean."""


def visualize(
    model: LoadedModel, layer: str, unit: int, *, steps: int = STEPS, seed: int = 0
) -> Iterator[Visualization]:
    """Make a picture that excites a unit: a whole channel's mean, or a flat layer's unit.

    The picture is a sum of waves, low frequencies strongest, in colours as natural pictures mix
    them; each step looks at it a little turned, scaled and shifted, so that what excites the unit
    must survive that; total variation and the distance from grey are held down. Sources: Olah,
    Mordvintsev and Schubert, Feature Visualization, Distill 2017 (waves, colours, disturbed
    views); Mahendran and Vedaldi, Understanding Deep Image Representations by Inverting Them, 2015
    (total variation).

    Args:
        model: its lock is held during each step only; nothing of it is changed.
        layer: name of any layer.
        unit: channel of maps, or unit of a flat layer.
        steps: at least 1.
        seed: of the first picture and the disturbances.

    Yields:
        The first picture, then about every `STEPS` / `SHOWN` steps and the last. Whoever stops
        asking stops the work.

    Raises:
        UnknownNameError: the network has no such layer.
        ConfigError: the unit is out of range, or there are no steps.
        CheckpointError: the network gives NaN or infinity.
    """
    check_place(layer, model.config.layer(layer).out_shape, unit)
    if steps < 1:
        raise ConfigError("steps", steps, "1 or more")
    if model.config.in_channels != 3:
        raise ConfigError("in_channels", model.config.in_channels, "3, for pictures in RGB")
    return _visualize(model, layer, unit, steps, seed)


def _visualize(
    model: LoadedModel, layer: str, unit: int, steps: int, seed: int
) -> Iterator[Visualization]:
    side = model.config.input_size
    leaking = _leaking(model.config, layer)
    device = next(model.network.parameters()).device
    random = torch.Generator().manual_seed(seed)
    waves = _first(side, random).to(device).requires_grad_()
    climb = _Adam(waves)
    darkest, lightest = _range(model.transform, device)
    yield _shown(model, layer, unit, 0, steps, waves, side)
    for step in range(1, steps + 1):
        views = _VIEWS if side <= _SMALL else 1
        bend = _bends(views, random).to(device)
        with model.lock, torch.enable_grad():
            levels = _levels(waves, side)
            grid = F.affine_grid(bend, [views, 3, side, side], align_corners=False)
            seen = F.grid_sample(
                levels.expand(views, -1, -1, -1),
                grid,
                padding_mode="reflection",
                align_corners=False,
            )
            images = darkest + seen * (lightest - darkest)
            goal = _climbed(model.network, images, layer, leaking)[:, unit].mean()
            # The regularisers weigh as much for a unit of small values as for one of large.
            strength = goal.detach().abs().clamp(min=1.0)
            loss = -goal + strength * (
                _VARIATION * _variation(levels) + _DISTANCE * (levels - 0.5).square().mean()
            )
            (slope,) = torch.autograd.grad(loss, waves)
        if not bool(slope.isfinite().all()):
            raise CheckpointError(
                f"{layer} of {model.reference} gives NaN or infinity, so no picture can be made."
            )
        climb.step(slope)
        if step == steps or step % max(1, steps // SHOWN) == 0:
            yield _shown(model, layer, unit, step, steps, waves, side)


class _Adam:
    """Kingma and Ba, 2015, algorithm 1, with its own decays of 0.9 and 0.999.

    PyTorch's does the same, but to import it takes longer than to make the picture.
    """

    def __init__(self, values: Tensor) -> None:
        self._values = values
        self._mean, self._square = torch.zeros_like(values), torch.zeros_like(values)
        self._steps = 0

    @torch.no_grad()
    def step(self, slope: Tensor) -> None:
        """Move the values down the slope."""
        self._steps += 1
        self._mean.lerp_(slope, 0.1)
        self._square.lerp_(slope.square(), 0.001)
        mean = self._mean / (1 - 0.9**self._steps)
        spread = (self._square / (1 - 0.999**self._steps)).sqrt()
        self._values -= _RATE * mean / (spread + 1e-8)


def _leaking(config: AlexNetConfig, layer: str) -> str:
    """The ReLU that the layer's values come through after their weights; empty without one."""
    for spec in reversed(up_to(config, layer)):
        if spec.kind in ("conv", "linear"):
            break
        if spec.kind == "activation" and config.activation == "relu":
            return spec.name
    return ""


def _climbed(network: AlexNet, images: Tensor, layer: str, leaking: str) -> Tensor:
    """What the layer gives where the ReLU of that name leaks."""
    values = images
    for spec in up_to(network.config, layer):
        if spec.name == leaking:
            values = F.leaky_relu(values, _LEAK)
        else:
            values = network.get_submodule(spec.name)(values)
    return values


def _first(side: int, random: torch.Generator) -> Tensor:
    """Waves of random height and phase: (3, S, S // 2 + 1, 2)."""
    return torch.randn(3, side, side // 2 + 1, 2, generator=random) * _START


def _levels(waves: Tensor, side: int) -> Tensor:
    """The picture of the waves: (1, 3, S, S) between 0, black, and 1, white."""
    down = torch.fft.fftfreq(side, device=waves.device)[:, None]
    across = torch.fft.rfftfreq(side, device=waves.device)[None]
    # Natural pictures are as strong in every octave: height falls with frequency.
    height = 1 / (down.square() + across.square()).sqrt().clamp(min=1 / side)
    planes = torch.fft.irfft2(torch.view_as_complex(waves) * height, s=(side, side), norm="ortho")
    mix = torch.tensor(_COLOURS, device=waves.device)
    mix = mix / mix.norm(dim=0).max()
    return torch.sigmoid(torch.einsum("rc,chw->rhw", mix, planes))[None]


def _bends(views: int, random: torch.Generator) -> Tensor:
    """(N, 2, 3) small turns, scalings and shifts."""
    turn, scale, x, y = torch.rand(4, views, generator=random) * 2 - 1
    turn, scale = turn * _TURN, 1 + scale * _SCALE
    cos, sin = turn.cos() * scale, turn.sin() * scale
    # Grids reach from -1 to 1, so a shift by a share of the side counts twice.
    rows = [torch.stack([cos, -sin, 2 * _SHIFT * x]), torch.stack([sin, cos, 2 * _SHIFT * y])]
    return torch.stack(rows).permute(2, 0, 1)


def _variation(levels: Tensor) -> Tensor:
    across = (levels[..., 1:] - levels[..., :-1]).abs().mean()
    down = (levels[..., 1:, :] - levels[..., :-1, :]).abs().mean()
    return across + down


def _range(transform: Transform, device: torch.device) -> tuple[Tensor, Tensor]:
    """The network's numbers for black and for white, (3, 1, 1) each."""
    ends = torch.tensor([0, 255], dtype=torch.uint8, device=device)
    black, white = transform.normalise(ends.view(2, 1, 1, 1).expand(2, 1, 1, 3))
    return black, white


def _shown(
    model: LoadedModel, layer: str, unit: int, step: int, steps: int, waves: Tensor, side: int
) -> Visualization:
    with model.lock, torch.inference_mode():
        levels = _levels(waves, side).permute(0, 2, 3, 1)
        pixels = (levels * 255).round().to(torch.uint8)
        values = forward(model.network, model.transform.normalise(pixels), layer)
        value = float(values[0, unit].mean())
    return Visualization(step=step, steps=steps, pixels=pixels[0].cpu().numpy(), value=value)
