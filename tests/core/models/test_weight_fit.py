from __future__ import annotations

import pytest
import torch
from torch import Tensor

from alexnet_core.errors import MismatchError
from alexnet_core.models import variants
from alexnet_core.models.alexnet import build
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.weight_fit import blank, fit, from_torchvision, guess, own_names


def weights(name: str, **changes: object) -> dict[str, Tensor]:
    """The shapes of a variant, on a device that holds no numbers."""
    return blank(variants.get(name, **changes).config).state_dict()


def test_weights_of_another_class_count_name_layer_shapes_and_variant() -> None:
    with pytest.raises(MismatchError) as caught:
        fit(blank(variants.get("alexnet-2012").config), weights("alexnet-2012", num_classes=17))

    assert str(caught.value) == (
        "fc8.weight is 17x4096 in the file, but alexnet-2012 with 1000 classes needs 1000x4096; "
        "the file looks like alexnet-2012 with 17 classes."
    )


def test_weights_of_another_variant_name_layer_shapes_and_variant() -> None:
    with pytest.raises(MismatchError) as caught:
        fit(blank(variants.get("alexnet-2012").config), weights("alexnet-owt", num_classes=5))

    assert str(caught.value) == (
        "conv1.weight is 64x3x11x11 in the file, but alexnet-2012 with 1000 classes needs "
        "96x3x11x11; the file looks like alexnet-owt with 5 classes."
    )


def test_weights_with_too_few_or_too_many_layers_name_the_layer() -> None:
    normed = variants.get("alexnet-gfg").config
    bare = normed.replace(norm="none", hidden_norm="none")

    with pytest.raises(MismatchError, match=r"norm1\.weight is not in the file, but .*no variant"):
        fit(blank(normed), blank(bare).state_dict())
    with pytest.raises(
        MismatchError, match=r"norm1\.weight is in the file, but .*like alexnet-gfg"
    ):
        fit(blank(bare), weights("alexnet-gfg"))


def test_weights_of_no_variant_say_so(tiny: AlexNetConfig) -> None:
    with pytest.raises(MismatchError, match="it fits no variant of the lab"):
        fit(blank(tiny), {"conv1.weight": torch.ones(2, 2)})
    with pytest.raises(MismatchError, match=r"conv1\.weight is not in the file"):
        fit(blank(tiny), {})


def test_after_a_refusal_the_network_is_as_it_was(tiny: AlexNetConfig) -> None:
    network = build(tiny, seed=0)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = {name: value + 1 for name, value in before.items()}

    with pytest.raises(MismatchError):
        fit(network, state | {"fc8.weight": torch.ones(4, 6)})

    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_real_network_copies_and_keeps_its_own_tensors(tiny: AlexNetConfig) -> None:
    network, source = build(tiny, seed=0), build(tiny, seed=1).state_dict()
    places = [weight.data_ptr() for weight in network.parameters()]

    fit(network, source)

    assert [weight.data_ptr() for weight in network.parameters()] == places
    assert all(torch.equal(value, source[name]) for name, value in network.state_dict().items())


def test_half_precision_becomes_float32_in_a_blank_network(tiny: AlexNetConfig) -> None:
    source = build(tiny, seed=1).half().state_dict()
    network = blank(tiny)

    fit(network, source)

    assert {weight.dtype for weight in network.parameters()} == {torch.float32}
    assert torch.equal(network.get_parameter("fc6.weight"), source["fc6.weight"].float())
    assert network.eval()(torch.ones(1, 3, 32, 32)).isfinite().all()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(value: float, tiny: AlexNetConfig) -> None:
    state = build(tiny, seed=1).state_dict()
    state["fc7.bias"][2] = value

    with pytest.raises(MismatchError, match=r"fc7\.bias holds numbers that are not finite"):
        fit(blank(tiny), state)


def test_whole_numbers_are_refused_where_weights_belong(tiny: AlexNetConfig) -> None:
    state = build(tiny, seed=1).state_dict()
    state["fc7.bias"] = state["fc7.bias"].int()

    with pytest.raises(MismatchError, match=r"fc7\.bias holds torch\.int32 numbers, not floats"):
        fit(blank(tiny), state)


@pytest.mark.parametrize("name", variants.names())
@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_every_variant_is_known_by_its_shapes(name: str, classes: int) -> None:
    found = guess(weights(name, num_classes=classes))

    assert found == variants.get(name, num_classes=classes).config


def test_a_network_of_no_variant_is_not_guessed(tiny: AlexNetConfig) -> None:
    assert guess(blank(tiny).state_dict()) is None
    assert guess({}) is None
    assert guess({"fc8.weight": torch.ones(0, 4096)}) is None
    assert guess({"fc8.weight": torch.ones(1000)}) is None


def test_torchvisions_names_become_ours() -> None:
    from torchvision.models import alexnet

    with torch.device("meta"):
        theirs = alexnet().state_dict()

    assert from_torchvision(theirs)
    assert not from_torchvision(weights("alexnet-owt"))
    assert own_names(theirs).keys() == weights("alexnet-owt").keys()
    assert guess(theirs) == variants.get("alexnet-owt").config
