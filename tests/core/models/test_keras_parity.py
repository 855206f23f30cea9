"""The two Keras listings against Keras itself, with one set of weights."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from alexnet_core.models import variants
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.anatomy import describe
from alexnet_core.models.weight_fit import blank, fit


@pytest.fixture(scope="module")
def keras(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Keras 3 on PyTorch, with its settings file away from the user's own."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("KERAS_BACKEND", "torch")
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        # What Keras does while it is imported is not ours to mend.
        warnings.simplefilter("ignore")
        import keras
    assert keras.backend.backend() == "torch"
    return keras


def listing(keras: Any, hidden: tuple[int, ...], classes: int, *, norm: bool) -> Any:
    """The listing line by line: conv, ReLU, pool, norm; dense, ReLU, dropout, norm; softmax."""
    layers = keras.layers
    model = keras.Sequential([layers.Input((224, 224, 3))])

    def block(filters: int, kernel: int, stride: int, *, pool: bool) -> None:
        model.add(layers.Conv2D(filters, kernel, strides=stride, padding="valid"))
        model.add(layers.Activation("relu"))
        if pool:
            model.add(layers.MaxPooling2D(pool_size=2, strides=2, padding="valid"))
        if norm:
            model.add(layers.BatchNormalization())

    block(96, 11, 4, pool=True)
    block(256, 11, 1, pool=True)
    block(384, 3, 1, pool=False)
    block(384, 3, 1, pool=False)
    block(256, 3, 1, pool=True)
    model.add(layers.Flatten())
    for size in hidden:
        model.add(layers.Dense(size))
        model.add(layers.Activation("relu"))
        model.add(layers.Dropout(0.4))
        if norm:
            model.add(layers.BatchNormalization())
    model.add(layers.Dense(classes))
    model.add(layers.Activation("softmax"))
    return model


def with_lively_weights(model: Any) -> None:
    """Weights that carry a signal to the end, and statistics far from the 0 and 1 of the start."""
    random = np.random.default_rng(0)
    for layer in model.layers:
        shapes = [tuple(weight.shape) for weight in layer.weights]
        if type(layer).__name__ == "BatchNormalization":
            gamma, beta, mean, variance = (random.uniform(0.5, 1.5, shape) for shape in shapes)
            layer.set_weights([gamma, beta - 1, (mean - 1) / 2, variance])
        elif shapes:
            spread = np.sqrt(2 / np.prod(shapes[0][:-1]))
            kernel = random.standard_normal(shapes[0], dtype=np.float32) * spread
            layer.set_weights([kernel, random.normal(0, 0.2, shapes[1])])


def copied(model: Any, network: AlexNet) -> None:
    """Give our network the weights of the Keras model, layer after layer."""
    theirs = [layer for layer in model.layers if layer.weights]
    weighted = (nn.Conv2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d)
    ours = [
        (name, layer) for name, layer in network.named_children() if isinstance(layer, weighted)
    ]
    state: dict[str, torch.Tensor] = {}
    for (name, layer), source in zip(ours, theirs, strict=True):
        values = [weight.value.detach().cpu().clone() for weight in source.weights]
        names = ["weight", "bias", "running_mean", "running_var"][: len(values)]
        if isinstance(layer, nn.Conv2d):
            values[0] = values[0].permute(3, 2, 0, 1)
        elif isinstance(layer, nn.Linear):
            values[0] = values[0].T
        else:
            state[f"{name}.num_batches_tracked"] = torch.tensor(0)
        state |= {f"{name}.{key}": value for key, value in zip(names, values, strict=True)}
    fit(network, state)


@pytest.mark.parametrize(
    ("name", "hidden", "norm"),
    [
        ("alexnet-gfg", (4096, 4096), True),
        ("alexnet-flowers17", (4096, 4096, 1000), False),
    ],
)
def test_ours_answers_as_keras_does(
    keras: Any, name: str, hidden: tuple[int, ...], norm: bool
) -> None:
    config = variants.get(name).config
    model = listing(keras, hidden, config.num_classes, norm=norm)
    with_lively_weights(model)
    network = blank(config).eval()
    copied(model, network)
    images = torch.randn(2, 3, 224, 224, generator=torch.manual_seed(0))

    with torch.inference_mode():
        theirs = model(images.permute(0, 2, 3, 1), training=False).cpu()
        ours = network(images).softmax(1)

    assert ours.std() > 0.1 / config.num_classes, "a flat answer would prove nothing"
    assert not torch.allclose(ours[0], ours[1], atol=1e-3)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)
    anatomy = describe(config)
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert (model.count_params(), trainable) == (anatomy.parameters, anatomy.trainable_parameters)


def test_batch_norm_has_kerass_eps_and_momentum(keras: Any) -> None:
    config, norm = variants.get("alexnet-gfg").config, keras.layers.BatchNormalization()

    assert config.batch_norm_eps == norm.epsilon
    assert config.batch_norm_momentum == pytest.approx(1 - norm.momentum)
