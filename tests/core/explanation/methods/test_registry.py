from __future__ import annotations

import copy
from functools import cache

import numpy as np
import pytest
import torch
from skimage.segmentation import slic

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods import registry
from alexnet_core.explanation.methods.deeplift_shap import DeepLiftOptions, DeepLiftShapOptions
from alexnet_core.explanation.methods.lrp import RelevanceOptions
from alexnet_core.explanation.methods.registry import METHODS
from alexnet_core.explanation.methods.smoothgrad import SmoothGradOptions
from alexnet_core.models import variants
from alexnet_core.models.library import LoadedModel
from tests.core.explanation.plain import PLAIN, plain
from tests.core.explanation.small import images, photo, small

# Where this differs from Captum on purpose: as Captum does it.
AS_CAPTUM: dict[str, Config] = {
    "deep-lift": DeepLiftOptions(exact_pools=False),
    "deep-lift-shap": DeepLiftShapOptions(exact_pools=False),
}


@cache
def model_of(variant: str) -> LoadedModel:
    return small(variant)


@pytest.mark.parametrize("variant", variants.names())
@pytest.mark.parametrize("name", METHODS)
def test_every_method_explains_every_variant(name: str, variant: str) -> None:
    model = model_of(variant)
    side = model.config.input_size
    found = explain(model, photo(model), name)
    shape = (side, side) if METHODS[name].gives == "map" else (3, side, side)
    assert found.values.shape == shape
    assert found.heat.shape == (side, side)
    assert found.values.dtype == np.float32
    assert np.isfinite(found.values).all()
    assert found.values.any()
    assert isinstance(found.options, METHODS[name].options)


@pytest.mark.parametrize("variant", ["alexnet-owt", "alexnet-cifar"])
@pytest.mark.parametrize("name", METHODS)
def test_the_values_are_captum_s(name: str, variant: str) -> None:
    model = model_of(variant)
    pixels = photo(model)
    picture = images(model, pixels)
    black = model.transform.normalise(torch.zeros(1, *pixels.shape, dtype=torch.uint8))
    random = np.random.default_rng(0).integers(0, 256, (8, *pixels.shape), np.uint8)
    references = model.transform.normalise(torch.from_numpy(random)).contiguous()
    parts = slic(pixels, n_segments=50, compactness=10.0, start_label=0)
    parts = torch.from_numpy(np.unique(parts, return_inverse=True)[1].reshape(parts.shape))

    found = explain(model, pixels, name, options=AS_CAPTUM.get(name))
    rest = (black.contiguous(), references, parts[None, None])
    network = copy.deepcopy(model.network)
    expected = plain(name, network, picture, found.target.index or 0, *rest)

    assert expected.shape == found.values.shape
    largest = np.abs(expected).max()
    assert largest > 0
    assert np.abs(found.values - expected).max() <= 1e-4 * largest


def test_the_table_is_whole() -> None:
    assert set(METHODS) == set(PLAIN)
    titles = {row.title for row in METHODS.values()}
    assert len(titles) == len(METHODS)
    for name, row in METHODS.items():
        assert row.name == name
        assert any(
            year.isdigit() and len(year) == 4
            for year in row.paper.replace(":", " ").replace(",", " ").replace(";", " ").split()
        )
        assert row.sentence.endswith(".")
        for field, about in row.options.model_fields.items():
            assert about.description, f"{name}: {field} is not explained"
            assert not about.is_required()


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="nearest: grad-cam"):
        registry.get("gradcam")
    model = model_of("alexnet-cifar")
    with pytest.raises(UnknownNameError, match="method is 'magic'"):
        explain(model, photo(model), "magic")


TANH_REFUSES = {"guided-backprop", "deconvolution", "guided-grad-cam"}


@pytest.mark.parametrize("name", METHODS)
def test_what_tanh_can_t_do_is_said(name: str) -> None:
    model = small("alexnet-cifar", activation="tanh")
    if name not in TANH_REFUSES:
        assert np.isfinite(explain(model, photo(model), name).values).all()
        return
    with pytest.raises(ConfigError, match="alexnet-cifar uses tanh, and this method changes"):
        explain(model, photo(model), name)


def test_refusals_hang_on_the_options_too() -> None:
    tanh = small("alexnet-cifar", activation="tanh")
    guided = SmoothGradOptions(of="guided-backprop", samples=2)
    with pytest.raises(ConfigError, match="uses tanh"):
        explain(tanh, photo(tanh), "smoothgrad", options=guided)
    gamma = RelevanceOptions(rule="gamma")
    with pytest.raises(ConfigError, match="uses tanh, .* the gamma rule takes it for positive"):
        explain(tanh, photo(tanh), "lrp", options=gamma)
    behind = model_of("alexnet-gfg")
    with pytest.raises(ConfigError, match="normalises batches behind its activations"):
        explain(behind, photo(behind), "lrp", options=gamma)
    fit = model_of("alexnet-cifar")
    assert explain(fit, photo(fit), "lrp", options=gamma).values.any()
