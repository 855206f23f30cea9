"""One forward pass, and what every named layer of the network gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_core.data.images import Picture
from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel

SOFTMAX = "softmax"
"""The last step, which turns logits into probabilities; a name, though no layer of the network."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Captured:
    """What a network computed for one picture.

    Sessions share it, so its arrays can't be written; copy what you want to change.
    """

    config: AlexNetConfig
    """The network that computed it."""
    pixels: NDArray[np.uint8]
    """What the network saw before normalising, (S, S, 3)."""
    input: NDArray[np.float32]
    """The same, normalised: what went into the first layer, (3, S, S)."""
    outputs: Mapping[str, NDArray[np.float32]]
    """Layer name -> what it gave, (C, H, W) or (features,); every layer, in forward order."""
    probabilities: NDArray[np.float32]
    """The softmax of the logits, (classes,)."""

    @property
    def logits(self) -> NDArray[np.float32]:
        """What the last layer gave, (classes,)."""
        return self.outputs[list(self.outputs)[-1]]

    def output(self, layer: str) -> NDArray[np.float32]:
        """What a layer gave; for ``softmax`` the probabilities.

        Raises:
            UnknownNameError: the network has no such layer.
        """
        self._check(layer)
        return self.probabilities if layer == SOFTMAX else self.outputs[layer]

    def into(self, layer: str) -> NDArray[np.float32]:
        """What went into a layer: what the one before gave, or the normalised picture.

        Raises:
            UnknownNameError: the network has no such layer.
        """
        before = self.before(layer)
        return self.outputs[before] if before else self.input

    def before(self, layer: str) -> str:
        """The name of the layer before, or an empty text for the first.

        Raises:
            UnknownNameError: the network has no such layer.
        """
        self._check(layer)
        names = ["", *self.outputs, SOFTMAX]
        return names[names.index(layer) - 1]

    @cached_property
    def broken(self) -> str:
        """The first layer that gave NaN or infinity, or an empty text where all is well."""
        bad = (name for name, values in self.outputs.items() if not np.isfinite(values).all())
        return next(bad, "")

    @property
    def warning(self) -> str:
        """One sentence for a person where numbers broke, else an empty text."""
        if not self.broken:
            return ""
        return (
            f"From {self.broken} on, some numbers of this network are NaN or infinite, "
            "so what it says of this picture means nothing."
        )

    def _check(self, layer: str) -> None:
        if layer != SOFTMAX and layer not in self.outputs:
            raise UnknownNameError("layer", layer, [*self.outputs, SOFTMAX])


def capture(model: LoadedModel, picture: Picture | NDArray[np.uint8]) -> Captured:
    """Ask a network about one picture and keep what every layer gave.

    The network itself writes down what its layers give. No hook is set, so none can stay behind,
    and none of another session's can be taken for this one's. NaN and infinity are kept as they
    come; `Captured.warning` says so.

    Args:
        model: its lock is held meanwhile, and nothing of it is changed.
        picture: a photo, or pixels (S, S, 3) already cut to the network's input.

    Raises:
        ConfigError: the pixels are not of the network's size, or it does not take RGB pictures.
    """
    # A copy, because whoever gave an array may go on painting in it.
    pixels = pixels_for(model, picture).copy()
    seen: dict[str, Tensor] = {}
    with model.lock, torch.inference_mode():
        device = next(model.network.parameters()).device
        batch = model.transform.normalise(torch.from_numpy(pixels)[None].to(device))
        logits = model.network(batch, seen)[0].float()
        return Captured(
            config=model.config,
            pixels=_locked(pixels),
            input=_numbers(batch[0]),
            outputs=MappingProxyType({name: _numbers(seen[name][0]) for name in seen}),
            probabilities=_numbers(logits.softmax(0)),
        )


def pixels_for(model: LoadedModel, picture: Picture | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the network sees of a picture, (S, S, 3); pixels already cut to size pass.

    Raises:
        ConfigError: the pixels are not of the network's size, or it does not take RGB pictures.
    """
    if model.config.in_channels != 3:
        raise ConfigError("in_channels", model.config.in_channels, "3, for pictures in RGB")
    if isinstance(picture, Picture):
        return model.transform.pixels(picture.image)
    size = model.config.input_size
    if picture.shape != (size, size, 3) or picture.dtype != np.uint8:
        allowed = f"uint8 {(size, size, 3)}, the input of {model.config.name}"
        raise ConfigError("pixels", f"{picture.dtype} {picture.shape}", allowed)
    return picture


def _numbers(values: Tensor) -> NDArray[np.float32]:
    return _locked(values.float().cpu().contiguous().numpy())


def _locked(values: NDArray[Any]) -> NDArray[Any]:
    view = values.view()
    view.flags.writeable = False
    return view
