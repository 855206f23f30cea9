from __future__ import annotations

import numpy as np
import pytest

from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.inspection import filters
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.config import AlexNetConfig

CONFIG = AlexNetConfig(
    input_size=99,
    num_classes=7,
    conv_channels=(8, 12, 10, 14, 12),
    hidden_sizes=(20, 16),
    dropout_position="before_linear",
)


@pytest.fixture(scope="module")
def network() -> AlexNet:
    return build(CONFIG, seed=0)


def test_kernels_are_a_copy_of_the_weights(network: AlexNet) -> None:
    found = filters.kernels(network, "conv2")
    weight = network.get_submodule("conv2").get_parameter("weight").detach().numpy()
    assert found.shape == (12, 4, 5, 5)
    assert np.array_equal(found, weight)
    found[:] = 0
    assert weight.any()


def test_kernels_are_ranked_by_their_norm(network: AlexNet) -> None:
    kernels = filters.kernels(network, "conv3")
    kernels[4] *= 10
    kernels[7] = 0
    assert filters.norms(kernels)[4] == pytest.approx(np.linalg.norm(kernels[4]), rel=1e-6)
    order = filters.ranked(kernels)
    assert sorted(order) == list(range(10))
    assert (order[0], order[-1]) == (4, 7)
    slices = kernels[4]
    slices[3] *= 5
    assert filters.ranked(slices)[0] == 3


def test_of_equal_norms_the_first_comes_first() -> None:
    assert filters.ranked(np.ones((4, 2, 1, 1), dtype=np.float32)) == (0, 1, 2, 3)


def test_one_units_weights_in_a_tower(network: AlexNet) -> None:
    found = filters.incoming(network, "conv4", 8)
    conv4 = network.get_submodule("conv4")
    assert found.channels == (5, 10)
    assert np.array_equal(found.weights, conv4.get_parameter("weight")[8].detach().numpy())
    assert found.bias == conv4.get_parameter("bias")[8]
    assert found.maps is None
    assert filters.incoming(network, "conv4", 6).channels == (0, 5)


def test_behind_the_flattening_weights_are_maps_too(network: AlexNet) -> None:
    found = filters.incoming(network, "fc6", 3)
    assert found.weights.shape == (48,)
    assert found.maps is not None
    assert found.maps.shape == (12, 2, 2)
    assert found.maps[5, 1, 0] == found.weights[5 * 4 + 2]
    deeper = filters.incoming(network, "fc7", 3)
    assert deeper.maps is None
    assert deeper.weights.shape == (20,)
    assert filters.maps_before(network, "conv3") is None


def test_a_layer_or_unit_that_is_not_there_is_refused(network: AlexNet) -> None:
    with pytest.raises(UnknownNameError, match="layer is 'conv6'"):
        filters.kernels(network, "conv6")
    with pytest.raises(ConfigError, match="layer is 'relu1'; allowed: .*: conv1, conv2, .*conv5"):
        filters.kernels(network, "relu1")
    with pytest.raises(ConfigError, match=r"layer is 'pool5'; allowed: .*conv5, fc6, fc7, fc8\."):
        filters.incoming(network, "pool5", 0)
    with pytest.raises(ConfigError, match=r"channel is 12; allowed: 0 to 11, as conv2 has\."):
        filters.incoming(network, "conv2", 12)
    with pytest.raises(ConfigError, match=r"unit is -1; allowed: 0 to 6, as fc8 has\."):
        filters.incoming(network, "fc8", -1)
