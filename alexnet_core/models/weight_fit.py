"""Whether a table of weights fits a network, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from alexnet_core.errors import ConfigError, MismatchError
from alexnet_core.models import variants
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.config import AlexNetConfig

_TORCHVISION = {
    "features.0": "conv1",
    "features.3": "conv2",
    "features.6": "conv3",
    "features.8": "conv4",
    "features.10": "conv5",
    "classifier.1": "fc6",
    "classifier.4": "fc7",
    "classifier.6": "fc8",
}


def fit(network: AlexNet, state: Mapping[str, Tensor]) -> None:
    """Load weights into a network; all of them or none.

    Floats of any width become float32. A network on the ``meta`` device takes the tensors as
    they are, any other copies them. torchvision's names are understood.

    Raises:
        MismatchError: names the layer, both shapes and, where one fits, the likely variant.
    """
    state = own_names(state)
    wanted = network.state_dict()
    about = f"{network.config.name} with {network.config.num_classes} classes"
    for name, blank in wanted.items():
        if name in state and state[name].shape != blank.shape:
            raise MismatchError(
                f"{name} is {_shape(state[name])} in the file, but {about} needs {_shape(blank)}; "
                f"{_likely(state)}."
            )
    for name in wanted:
        if name not in state:
            problem = f"{name} is not in the file, but {about} needs it"
            raise MismatchError(f"{problem}; {_likely(state)}.")
    for name in state:
        if name not in wanted:
            problem = f"{name} is in the file, but {about} has no such weights"
            raise MismatchError(f"{problem}; {_likely(state)}.")
    ready = {name: _ready(name, value, wanted[name]) for name, value in state.items()}
    network.load_state_dict(ready, assign=any(value.is_meta for value in wanted.values()))


def blank(config: AlexNetConfig) -> AlexNet:
    """A network whose weights have shapes but no memory, for `fit` to fill."""
    with torch.device("meta"):
        return AlexNet(config)


def guess(state: Mapping[str, Tensor]) -> AlexNetConfig | None:
    """The variant, with its number of classes, whose shapes are exactly those of ``state``."""
    state = own_names(state)
    shapes = {name: value.shape for name, value in state.items()}
    for name in variants.names():
        last = f"{variants.get(name).config.layers()[-1].name}.weight"
        if last not in shapes or len(shapes[last]) != 2:
            continue
        try:
            config = variants.get(name, num_classes=shapes[last][0]).config
        except ConfigError:
            continue
        network = blank(config)
        if shapes == {name: value.shape for name, value in network.state_dict().items()}:
            return config
    return None


def from_torchvision(state: Mapping[str, Tensor]) -> bool:
    """Whether the names are those of torchvision's AlexNet."""
    return {name.rpartition(".")[0] for name in state} == _TORCHVISION.keys()


def own_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under the lab's names, if they come under torchvision's."""
    if not from_torchvision(state):
        return dict(state)
    parts = {name: name.rpartition(".") for name in state}
    return {f"{_TORCHVISION[parts[name][0]]}.{parts[name][2]}": state[name] for name in state}


def _ready(name: str, value: Tensor, blank: Tensor) -> Tensor:
    if not blank.is_floating_point():
        return value.to(blank.dtype)
    if not value.is_floating_point():
        raise MismatchError(f"{name} holds {value.dtype} numbers, not floats.")
    value = value.float()
    if not value.isfinite().all():
        raise MismatchError(f"{name} holds numbers that are not finite, so it can't answer.")
    return value


def _likely(state: Mapping[str, Tensor]) -> str:
    config = guess(state)
    if config is None:
        return "it fits no variant of the lab"
    return f"the file looks like {config.name} with {config.num_classes} classes"


def _shape(value: Tensor) -> str:
    return "x".join(map(str, value.shape)) or "a single number"
