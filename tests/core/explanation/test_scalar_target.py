from __future__ import annotations

import numpy as np
import pytest
import torch

from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.scalar_target import private, to_scalar, value_of
from alexnet_core.explanation.target import Target, resolve
from alexnet_core.models import variants
from tests.core.explanation.small import images, photo, small


def test_a_copy_has_its_own_layers_and_shares_every_number() -> None:
    model = small("alexnet-gfg")
    own = private(model)
    assert own is not model.network
    pairs = zip(model.network.named_modules(), own.named_modules(), strict=True)
    for (name, one), (same, other) in pairs:
        assert name == same
        assert one is not other
        assert type(one) is type(other)
    before, after = model.network.state_dict(), own.state_dict()
    assert list(before) == list(after)
    for name, value in before.items():
        assert after[name].data_ptr() == value.data_ptr()
    assert not any(weight.requires_grad for weight in own.parameters())
    assert all(weight.requires_grad for weight in model.network.parameters())
    x = images(model, photo(model))
    with torch.no_grad():
        assert torch.equal(own(x), model.network(x))


def test_to_replace_a_weight_of_the_copy_leaves_the_model_s_alone() -> None:
    model = small("alexnet-cifar")
    before = model.network.get_submodule("conv2").weight.clone()
    layer = private(model).get_submodule("conv2")
    layer.weight.data = layer.weight.data * 2
    assert torch.equal(model.network.get_submodule("conv2").weight, before)


def test_hooks_of_others_stay_where_they_are() -> None:
    model = small("alexnet-cifar")
    expected = explain(model, photo(model), "guided-backprop").values
    layer, calls = model.network.get_submodule("relu2"), []
    with layer.register_forward_hook(lambda *_: calls.append(1)):
        found = explain(model, photo(model), "guided-backprop").values
        assert len(layer._forward_hooks) == 1
    assert not calls
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("variant", variants.names())
@pytest.mark.parametrize(
    "target", [Target(), Target(index=4), Target(index=1, against=2), Target(index=0, against=4)]
)
def test_a_question_gives_the_number_that_the_logits_give(target: Target, variant: str) -> None:
    model = small(variant)
    x = torch.cat([images(model, photo(model)), images(model, photo(model, seed=1))])
    with torch.no_grad():
        logits = model.network(x)
        resolved = resolve(model, target, logits[0].numpy())
        passed: list[int] = []
        found = to_scalar(private(model), resolved, {}, passed.append)(x)
    assert passed == [2]
    assert found.shape == (2,)
    assert torch.allclose(found, value_of(resolved, logits), atol=1e-5)


def test_a_unit_is_read_where_it_was_strongest_on_the_picture() -> None:
    model = small("alexnet-cifar")
    x = torch.cat([images(model, photo(model)), images(model, photo(model, seed=1))])
    seen: dict[str, torch.Tensor] = {}
    with torch.no_grad():
        model.network(x, seen)
        maps = seen["conv3"]
        resolved = resolve(model, Target(layer="conv3", unit=4), np.zeros(5))
        found = to_scalar(private(model), resolved, {"conv3": maps[:1]})(x)
    place = maps[0, 4].argmax()
    assert torch.allclose(found, maps[:, 4].flatten(1)[:, place])
    assert found[0] == maps[0, 4].max()
    assert found[1] < maps[1, 4].max()
