"""The explained number for changed forms of one picture, many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_core.explanation.methods.subject import rows_for
from alexnet_core.explanation.scalar_target import private, to_scalar, value_of
from alexnet_core.explanation.target import Resolved
from alexnet_core.inspection.partial_forward import forward
from alexnet_core.models.library import LoadedModel


class BatchedScores:
    """The number that one explanation is about, from a copy of the network's layers."""

    def __init__(self, model: LoadedModel, pixels: NDArray[np.uint8], target: Resolved) -> None:
        """Take pixels (S, S, 3), as the network sees them, and the target settled on them."""
        self._target = target
        self._network = private(model)
        self._device = next(self._network.parameters()).device
        # As many again as with gradients.
        self._rows = 2 * rows_for(model.config, self._device)
        batch = torch.from_numpy(np.array(pixels))[None]
        self.input = model.transform.normalise(batch)[0].contiguous()
        """(3, S, S), the picture as the network gets it."""
        self._unit: Callable[[Tensor], Tensor] | None = None
        if target.layer is not None:
            with torch.inference_mode():
                asked = self.input[None].to(self._device)
                seen = forward(self._network, asked, target.layer)
            self._unit = to_scalar(self._network, target, {target.layer: seen})

    def mixed(self, masks: NDArray[np.bool_], one: Tensor, other: Tensor) -> Iterator[Tensor]:
        """Two inputs put together, a portion of masks at a time, so that memory lasts.

        Args:
            masks: (N, S, S), true where the other is taken.
            one: (3, S, S), normalised.
            other: (3, S, S), normalised.
        """
        for part in torch.from_numpy(masks)[:, None].split(self._rows):
            yield torch.where(part, other, one)

    def logits(self, inputs: Tensor | Iterable[Tensor]) -> NDArray[np.float64]:
        """The number that is explained, for each of (N, 3, S, S), or of several such: (N,).

        A class gives its logit, a contrast the difference of two, a unit its value.
        """
        if self._unit is not None:
            return self._numbers(self._unit, inputs)
        return self._numbers(lambda part: value_of(self._target, self._network(part)), inputs)

    def scores(self, inputs: Tensor | Iterable[Tensor]) -> NDArray[np.float64]:
        """The same as a share, 0 to 1, (N,).

        A class gives its probability, a contrast that of the one class against the other alone. A
        unit has no scale of its own and gives its value as it is.
        """
        if self._unit is not None:
            return self._numbers(self._unit, inputs)
        if self._target.against is not None:
            return 1 / (1 + np.exp(-self.logits(inputs)))
        index = self._target.index
        return self._numbers(lambda part: self._network(part).softmax(1)[:, index], inputs)

    def _numbers(
        self, of: Callable[[Tensor], Tensor], inputs: Tensor | Iterable[Tensor]
    ) -> NDArray[np.float64]:
        portions = inputs.split(self._rows) if isinstance(inputs, Tensor) else inputs
        with torch.inference_mode():
            parts = [of(part.to(self._device)).cpu() for part in portions]
        numbers: NDArray[np.float64] = torch.cat(parts).double().numpy()
        return numbers
