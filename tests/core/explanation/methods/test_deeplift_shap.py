from __future__ import annotations

import numpy as np
import pytest

from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.deeplift_shap import (
    DeepLiftOptions,
    DeepLiftShapOptions,
    GradientShapOptions,
)
from alexnet_core.explanation.target import Target
from alexnet_core.models import library
from alexnet_core.models.alexnet import AlexNet
from tests.core.explanation.small import linear, photo, small, without_biases


@pytest.mark.parametrize(
    "variant", ["alexnet-owt", "alexnet-gfg", "alexnet-flowers17", "alexnet-cifar"]
)
@pytest.mark.parametrize("method", ["deep-lift", "deep-lift-shap"])
def test_the_shares_sum_to_the_whole_difference(method: str, variant: str) -> None:
    model = small(variant)
    found = explain(model, photo(model), method, target=Target(index=1, against=3))
    assert found.baseline_logit is not None
    gained = found.logit - found.baseline_logit
    assert abs(gained) > 0.1
    assert float(found.values.sum()) == pytest.approx(gained, abs=1e-4)
    assert found.delta == pytest.approx(0, abs=1e-4)


def test_captum_s_own_pools_lose_a_part() -> None:
    model = library.load("bundled:cifar10")
    captum = DeepLiftOptions(exact_pools=False)
    lossy = explain(model, photo(model), "deep-lift", options=captum)
    exact = explain(model, photo(model), "deep-lift")
    assert lossy.delta is not None
    assert abs(lossy.delta) > 0.05
    assert exact.delta == pytest.approx(0, abs=1e-4)
    assert lossy.logit == exact.logit


def test_deep_lift_shap_is_the_mean_over_its_references() -> None:
    model = small("alexnet-cifar")
    pixels = photo(model)
    options = DeepLiftShapOptions(references="grey", count=3)
    found = explain(model, pixels, "deep-lift-shap", options=options)
    each = [
        explain(model, pixels, "deep-lift", baseline=np.full_like(pixels, level))
        for level in (0, 128, 255)
    ]
    assert np.allclose(found.values, np.mean([one.values for one in each], axis=0), atol=1e-5)
    mean = np.mean([one.baseline_logit for one in each])
    assert found.baseline_logit == pytest.approx(mean, abs=1e-5)


def bare(network: AlexNet) -> None:
    linear(network)
    without_biases(network)


def test_gradient_shap_is_the_difference_times_the_slope_where_all_is_linear() -> None:
    model = small("alexnet-owt", bare, pool_after=())
    pixels = photo(model)
    slope = explain(model, pixels, "input-x-gradient")
    # Without noise and with one reference alone, chance has nothing to choose.
    options = GradientShapOptions(references="grey", count=2, samples=200)
    found = explain(model, pixels, "gradient-shap", options=options)
    black = explain(model, pixels * 0, "input-x-gradient", target=Target(index=slope.target.index))
    white = np.full_like(pixels, 255)
    light = explain(model, white, "input-x-gradient", target=Target(index=slope.target.index))
    ends = slope.values - black.values, slope.values - light.values
    # Each sample takes one of the two, so the mean lies on the line between both results.
    along = (found.values - ends[1]).sum() / (ends[0] - ends[1]).sum()
    assert 0.3 < along < 0.7
    assert np.allclose(found.values, ends[1] + along * (ends[0] - ends[1]), atol=1e-4)


@pytest.mark.parametrize("references", ["noise", "grey", "blur"])
def test_references_differ_and_the_seed_repeats_them(references: str) -> None:
    model = small("alexnet-cifar")
    pixels = photo(model)

    def values(seed: int) -> np.ndarray:
        options = GradientShapOptions(references=references, samples=8, seed=seed)
        return explain(model, pixels, "gradient-shap", options=options).values

    assert np.array_equal(values(1), values(1))
    assert not np.array_equal(values(1), values(2))
