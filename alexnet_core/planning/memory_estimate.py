"""What a training step holds in memory, by a formula (time is measured: `speed`).

The formula, in bytes, for a batch of B pictures; P are all parameters of the network, T those
that are trained:

- weights 4 P, and once more for a running average of them;
- gradients 4 T; what the optimizer remembers 4 T (SGD with momentum) or 8 T (Adam);
- in half precision a copy of the weights of convolutions and dense layers, 2 each;
- kept for the way back: the input; the output of every layer that the gradient needs (an
  activation's own, and the input of every convolution, dense layer, normalisation and pooling);
  8 for each value of a max pooling, the place it came from; three maps more for each local
  response normalisation; a mask for each dropout. Each value takes 4, in half precision 2;
- passing through: on the way back the gradients of the two largest outputs that are neighbours.

What PyTorch takes as scratch space comes on top. Measured on a CPU, five of the family's networks
in both precisions: the formula gives 0.72 to 0.91 of what the process really grew by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import psutil

from alexnet_core.models.anatomy import LayerAnatomy, describe
from alexnet_core.training.config import RunConfig

if TYPE_CHECKING:
    import torch

_INPUT_KEPT = ("conv", "linear", "batch_norm", "lrn", "max_pool", "adaptive_avg_pool")
"""The kinds of layer whose gradient needs their input."""

_LRN_MAPS = 3


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes that a training step holds."""

    weights: int
    """With a running average, and half-precision copies, where there are such."""
    gradients: int
    optimizer: int
    kept: int
    """Kept by the way forward for the way back."""
    passing: int
    """Gradients on their way from layer to layer."""
    batch_size: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.gradients + self.optimizer + self.kept + self.passing

    def batch_that_fits(self, room: int) -> int:
        """The largest batch that takes at most ``room`` bytes; 0 where none does."""
        of_a_picture = (self.kept + self.passing) / self.batch_size
        fixed = self.weights + self.gradients + self.optimizer
        return max(0, int((room - fixed) / of_a_picture))


def memory(config: RunConfig, *, half: bool = False, on_gpu: bool = False) -> Memory:
    """What a step of this run holds at its peak, by the formula above.

    Args:
        config: with the classes of its data set.
        half: whether it computes in bfloat16 or float16.
        on_gpu: dropout masks take a quarter there.
    """
    anatomy = describe(config.model)
    dropped = config.model.dropout > 0
    layers = [layer for layer in anatomy.layers if dropped or layer.kind != "dropout"]
    first = 0
    if config.freeze_features:
        # No gradient passes through frozen layers, so they keep nothing.
        first = next(at for at, layer in enumerate(layers) if layer.kind == "flatten")
    trained = sum(layer.trainable_parameters for layer in layers[first:])
    copied = sum(layer.parameters for layer in layers if layer.kind in ("conv", "linear"))
    width = 2 if half else 4
    pixels = config.model.in_channels * config.model.input_size**2
    kept = pixels * (6 if half else 4)
    for at in range(first, len(layers)):
        kept += _kept(layers, at, width, 1 if on_gpu else width)
    outputs = [pixels, *map(_values, layers)]
    passing = max(map(sum, zip(outputs, outputs[1:], strict=False))) * width
    optimizer = config.optimizer
    remembered = {"sgd": 1 if optimizer.momentum else 0, "muon": 1}.get(optimizer.name, 2)
    averages = 1 if config.ema_decay is None else 2
    return Memory(
        weights=4 * anatomy.parameters * averages + (2 * copied if half else 0),
        gradients=4 * trained,
        optimizer=4 * trained * remembered,
        kept=kept * config.batch_size,
        passing=passing * config.batch_size,
        batch_size=config.batch_size,
    )


class Room(NamedTuple):
    """Bytes of a device's memory."""

    free: int
    whole: int


def room(device: torch.device) -> Room:
    """The memory of a GPU, or the machine's: what can be had now, and all there is."""
    if device.type == "cuda":
        import torch

        return Room(*torch.cuda.mem_get_info(device))
    machine = psutil.virtual_memory()
    # What the system keeps of files it gives back when asked.
    return Room(machine.available, machine.total)


def _kept(layers: Sequence[LayerAnatomy], at: int, width: int, mask: int) -> int:
    """Bytes that one layer adds to what is kept for a picture."""
    layer = layers[at]
    following = layers[at + 1].kind if at + 1 < len(layers) else None
    values = _values(layer)
    kept = 0
    if layer.kind == "activation" or following in _INPUT_KEPT:
        kept += values * width
    if following is None:
        # The loss is computed in float32 and keeps its logarithms.
        kept += values * 4
    if layer.kind == "max_pool":
        kept += values * 8
    if layer.kind == "lrn":
        kept += values * 4 * _LRN_MAPS
    if layer.kind == "dropout":
        kept += values * mask
    return kept


def _values(layer: LayerAnatomy) -> int:
    return layer.activation_bytes // 4
