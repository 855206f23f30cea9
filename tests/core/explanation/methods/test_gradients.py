from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.gradients import CamOptions, SaliencyOptions
from alexnet_core.explanation.target import Target
from alexnet_core.models import library, variants
from alexnet_core.models.alexnet import AlexNet
from tests.core.explanation.small import images, linear, photo, small, without_biases


@pytest.mark.parametrize("variant", variants.names())
def test_saliency_is_the_size_of_the_gradient(variant: str) -> None:
    model = small(variant)
    x = images(model, photo(model)).requires_grad_()
    model.network(x)[0, 2].backward()
    expected = x.grad[0].numpy()
    target = Target(index=2)
    found = explain(model, photo(model), "saliency", target=target).values
    assert np.allclose(found, np.abs(expected), rtol=1e-4, atol=1e-7)
    options = SaliencyOptions(signed=True)
    signed = explain(model, photo(model), "saliency", target=target, options=options).values
    assert np.allclose(signed, expected, rtol=1e-4, atol=1e-7)
    assert (signed < 0).any()


@pytest.mark.parametrize("variant", variants.names())
@pytest.mark.parametrize("layer", ["conv1", "relu3", "conv5"])
def test_grad_cam_is_computed_as_the_paper_says(variant: str, layer: str) -> None:
    model = small(variant)
    values, maps = images(model, photo(model)), torch.empty(0)
    for name, module in model.network.named_children():
        values = module(values)
        if name == layer:
            maps = values = values.detach().requires_grad_()
    (slope,) = torch.autograd.grad(values[0, 3], maps)
    # Selvaraju et al., 2017, equations 1 and 2.
    weights = slope.mean((2, 3))[0]
    cam = sum(weight * map_ for weight, map_ in zip(weights, maps[0], strict=True))
    side = model.config.input_size
    for negative in (False, True):
        kept = cam if negative else F.relu(cam)
        expected = F.interpolate(kept[None, None], (side, side), mode="bilinear")[0, 0]
        options = CamOptions(layer=layer, negative=negative)
        found = explain(
            model, photo(model), "grad-cam", target=Target(index=3), options=options
        ).values
        assert np.allclose(found, expected.detach(), rtol=1e-4, atol=1e-6)
    assert expected.detach().abs().max() > 0
    assert layer != "conv1" or expected.min() < 0


def bare(network: AlexNet) -> None:
    linear(network)
    without_biases(network)


def test_input_x_gradient_is_exact_where_all_is_linear() -> None:
    model = small("alexnet-owt", bare, pool_after=())
    pixels = photo(model)
    found = explain(model, pixels, "input-x-gradient")
    x = images(model, pixels)
    with torch.no_grad():
        whole = float(model.network(x)[0, found.target.index])
        assert float(found.values.sum()) == pytest.approx(whole, rel=1e-4)
        assert abs(whole) > 0.01
        # Each number of the picture adds just its share: the others alone give the rest.
        for colour, row, column in [(0, 3, 5), (1, 40, 41), (2, 93, 90)]:
            without = x.clone()
            without[0, colour, row, column] = 0
            rest = float(model.network(without)[0, found.target.index])
            assert found.values[colour, row, column] == pytest.approx(whole - rest, abs=2e-5)


def test_guided_backprop_lets_pass_what_is_positive_in_both_directions() -> None:
    model = small("alexnet-2012")
    x = images(model, photo(model)).requires_grad_()

    class Guided(torch.autograd.Function):
        @staticmethod
        def forward(ctx, values):
            ctx.save_for_backward(values)
            return values.clamp(min=0)

        @staticmethod
        def backward(ctx, slope):
            (values,) = ctx.saved_tensors
            return slope.clamp(min=0) * (values > 0)

    class Deconvolved(Guided):
        @staticmethod
        def backward(ctx, slope):
            return slope.clamp(min=0)

    for rule, method in ((Guided, "guided-backprop"), (Deconvolved, "deconvolution")):
        values = x
        for layer in model.network.children():
            values = rule.apply(values) if isinstance(layer, torch.nn.ReLU) else layer(values)
        (expected,) = torch.autograd.grad(values[0, 1], x)
        found = explain(model, photo(model), method, target=Target(index=1)).values
        assert np.allclose(found, expected[0], rtol=1e-4, atol=1e-8)
        assert found.any()


def test_guided_grad_cam_is_the_product_of_both() -> None:
    model = library.load("bundled:cifar10")
    pixels = photo(model)
    product = explain(model, pixels, "guided-backprop").values
    product = product * explain(model, pixels, "grad-cam").values
    found = explain(model, pixels, "guided-grad-cam").values
    assert found.any()
    assert np.allclose(found, product, rtol=1e-4, atol=1e-9)
