from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from skimage.segmentation import slic
from torch.utils.data import DataLoader, TensorDataset

from alexnet_core.errors import ConfigError
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.perturbation import (
    LimeOptions,
    LinearFit,
    OcclusionOptions,
    SegmentOptions,
    ShapOptions,
)
from alexnet_core.explanation.target import Target
from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.library import LoadedModel
from tests.core.explanation.small import images, linear, photo, small, without_biases


def logit(model: LoadedModel, x: torch.Tensor, index: int) -> float:
    with torch.no_grad():
        return float(model.network(x)[0, index])


@pytest.mark.parametrize(("window", "stride"), [(9, 7), (8, 8), (5, 3)])
def test_occlusion_is_what_hiding_each_place_by_hand_gives(window: int, stride: int) -> None:
    model = small("alexnet-cifar")
    pixels = photo(model)
    x, side = images(model, pixels), model.config.input_size
    black = images(model, pixels * 0)
    whole = logit(model, x, 2)
    total, times = np.zeros((side, side)), np.zeros((side, side))
    # The last square reaches the edge, however much of it is left.
    starts = [*range(0, side - window, stride), (side - window + stride - 1) // stride * stride]
    for top in starts:
        for left in starts:
            hidden = x.clone()
            place = (..., slice(top, top + window), slice(left, left + window))
            hidden[place] = black[place]
            total[place] += whole - logit(model, hidden, 2)
            times[place] += 1
    options = OcclusionOptions(window=window, stride=stride, fill="black")
    found = explain(model, pixels, "occlusion", target=Target(index=2), options=options)
    assert np.allclose(found.values, total / times, atol=1e-5)
    assert np.abs(found.values).max() > 0.01


def test_a_square_that_does_not_fit_is_refused() -> None:
    model = small("alexnet-cifar")
    with pytest.raises(ConfigError, match="window is 33; allowed: 1 to 32"):
        explain(model, photo(model), "occlusion", options=OcclusionOptions(window=33))
    with pytest.raises(ConfigError, match="stride is 5; allowed: 1 to 4, the window"):
        explain(model, photo(model), "occlusion", options=OcclusionOptions(window=4, stride=5))


def test_ablation_is_what_hiding_each_part_by_hand_gives() -> None:
    model = small("alexnet-cifar")
    pixels = photo(model)
    x = images(model, pixels)
    found = explain(
        model,
        pixels,
        "feature-ablation",
        target=Target(index=2),
        options=SegmentOptions(segments=12, fill="blur"),
    )
    parts = slic(pixels, n_segments=12, compactness=10.0, start_label=0)
    blurred = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(len(pixels) / 16))
    blur = images(model, np.asarray(blurred))
    whole = logit(model, x, 2)
    assert len(np.unique(parts)) > 4
    for part in np.unique(parts):
        hidden = torch.where(torch.from_numpy(parts == part), blur, x)
        expected = whole - logit(model, hidden, 2)
        assert np.allclose(found.values[parts == part], expected, atol=1e-5)


def bare(network: AlexNet) -> None:
    linear(network)
    without_biases(network)


def test_shapley_values_are_each_part_s_own_effect_where_all_is_linear() -> None:
    model = small("alexnet-owt", bare, pool_after=())
    pixels = photo(model)
    shap = ShapOptions(segments=10, samples=80)
    fair = explain(model, pixels, "kernel-shap", options=shap)
    alone = explain(model, pixels, "feature-ablation", options=SegmentOptions(segments=10))
    assert np.allclose(fair.values, alone.values, rtol=1e-3, atol=1e-3)
    # The mean colour gives the network nothing but zeros, so its answer without biases is zero.
    assert sum(np.unique(fair.values)) == pytest.approx(fair.logit, rel=1e-3)


def test_lime_weighs_the_parts_and_a_ridge_holds_them_small() -> None:
    model = small("alexnet-owt", bare, pool_after=())
    pixels = photo(model)
    alone = explain(model, pixels, "feature-ablation", options=SegmentOptions(segments=10))
    free = LimeOptions(segments=10, samples=80, ridge=0)
    fitted = explain(model, pixels, "lime", options=free)
    assert np.allclose(fitted.values, alone.values, rtol=1e-3, atol=1e-3)
    held = explain(model, pixels, "lime", options=free.replace(ridge=100.0))
    assert np.abs(held.values).max() < 0.8 * np.abs(fitted.values).max()


def test_the_seed_decides_what_is_tried() -> None:
    model = small("alexnet-cifar")
    for method, kind in (("lime", LimeOptions), ("kernel-shap", ShapOptions)):
        one, same, other = (
            explain(model, photo(model), method, options=kind(samples=40, seed=seed)).values
            for seed in (1, 1, 2)
        )
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)


def test_the_fit_is_weighted_least_squares() -> None:
    random = torch.Generator().manual_seed(0)
    parts = torch.rand(40, 3, generator=random)
    weights = torch.rand(40, generator=random) + 0.1
    outputs = parts @ torch.tensor([1.0, -2.0, 0.5]) + 3 + torch.rand(40, generator=random)
    data = DataLoader(TensorDataset(parts, outputs, weights), batch_size=40)
    # The normal equations with an intercept that the ridge does not hold.
    columns = torch.cat([parts, torch.ones(40, 1)], 1).double()
    for ridge in (0.0, 2.0):
        fit = LinearFit(ridge)
        fit.fit(data)
        held = ridge * torch.diag(torch.tensor([1.0, 1.0, 1.0, 0.0])).double()
        by_weight = columns * (weights / weights.mean()).double()[:, None]
        expected = torch.linalg.solve(by_weight.T @ columns + held, by_weight.T @ outputs.double())
        assert torch.allclose(fit.representation()[0].double(), expected[:3], atol=1e-5)
