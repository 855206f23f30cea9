"""A network of one's own that gives one number for each picture: what Captum differentiates.

Captum sets hooks, writes attributes on layers and, for LRP, replaces weights. So each explanation
works on a copy: its layers are new objects, its weights are those of the network itself, read and
never written. Nothing has to be cleaned up after a failure, and two visitors never meet.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from alexnet_core.explanation.target import Resolved
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.library import LoadedModel

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def private(model: LoadedModel) -> AlexNet:
    """The network with layers of its own and the weights of the model; its lock is held shortly.

    No weight asks for a gradient, so none is computed that nobody reads.
    """
    with model.lock:
        network = model.network
        known: dict[int, Any] = {id(network.config): network.config}
        # `data`, since `detach` would share the counter of changes with those who use the weights.
        for parameter in network.parameters():
            known[id(parameter)] = nn.Parameter(parameter.data, requires_grad=False)
        for buffer in network.buffers():
            known[id(buffer)] = buffer.data
        own = copy.deepcopy(network, known)
    for layer in own.modules():
        for name in _HOOKS:
            getattr(layer, name).clear()
    return own.eval()


class ScalarTarget(nn.Module):
    """The layers up to the one that is explained, and what is read from it.

    Input: (N, 3, S, S), normalised. Output: (N,), the number that is explained.
    """

    def __init__(
        self,
        layers: Mapping[str, nn.Module],
        read: Callable[[Tensor], Tensor],
        watch: Callable[[int], None],
    ) -> None:
        super().__init__()
        self._order = tuple(layers)
        self._read = read
        self._watch = watch
        for name, layer in layers.items():
            # Captum's LRP has no rule for it, and reshaping needs none.
            if not isinstance(layer, nn.Flatten):
                self.add_module(name, layer)

    def forward(self, images: Tensor) -> Tensor:
        """The explained number of each picture, (N,)."""
        self._watch(len(images))
        layers = dict(self.named_children())
        values = images
        for name in self._order:
            values = layers[name](values) if name in layers else values.flatten(1)
        return self._read(values)

    def load_state_dict(self, *_: Any, **__: Any) -> Any:
        """Leave the weights alone.

        Captum's LRP puts the weights back that it replaced, by writing into them. Of a copy that
        is thrown away they need not be put back, and those shared must not be written.
        """
        return None


def to_scalar(
    network: AlexNet,
    target: Resolved,
    seen: Mapping[str, Tensor],
    watch: Callable[[int], None] = lambda rows: None,
) -> ScalarTarget:
    """Reduce a network of one's own to the number that is explained; it is used up by that.

    A class asks for its row of the last layer alone, a contrast for the difference of two rows.
    That gives the same number as the logits do, and lets methods that share a number out layer by
    layer, such as LRP, share out the difference itself.

    Args:
        network: as `private` gives it.
        target: what is explained.
        seen: layer name -> what it gave for the picture, (1, ...); where the unit is strongest.
        watch: told before each pass of how many pictures it is.
    """
    layers = dict(network.named_children())
    if target.layer is None:
        return _about_class(layers, target, watch)
    names = list(layers)
    layers = {name: layers[name] for name in names[: names.index(target.layer) + 1]}
    unit, values = target.unit, seen[target.layer]
    if values.ndim == 2:
        return ScalarTarget(layers, lambda values: values[:, unit], watch)
    if target.at == "mean":
        # A layer like any other, so that each place gets its share of the mean.
        layers["mean"] = nn.AdaptiveAvgPool2d(1)
        return ScalarTarget(layers, lambda values: values[:, unit, 0, 0], watch)
    row, column = divmod(int(values[0, unit].argmax()), values.shape[3])
    return ScalarTarget(layers, lambda values: values[:, unit, row, column], watch)


def value_of(target: Resolved, logits: Tensor) -> Tensor:
    """The explained number of a class or contrast, (N,), from logits (N, classes)."""
    value = logits[:, target.index]
    return value if target.against is None else value - logits[:, target.against]


def _about_class(
    layers: dict[str, nn.Module], target: Resolved, watch: Callable[[int], None]
) -> ScalarTarget:
    name, last = list(layers.items())[-1]
    if not isinstance(last, nn.Linear):
        return ScalarTarget(layers, lambda logits: value_of(target, logits), watch)
    with torch.no_grad():
        weight, bias = last.weight[target.index], last.bias[target.index]
        if target.against is not None:
            weight = weight - last.weight[target.against]
            bias = bias - last.bias[target.against]
        row = nn.Linear(len(weight), 1, device="meta")
        row.weight = nn.Parameter(weight[None], requires_grad=False)
        row.bias = nn.Parameter(bias[None], requires_grad=False)
    return ScalarTarget(layers | {name: row}, lambda values: values[:, 0], watch)
