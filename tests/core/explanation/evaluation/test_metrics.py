from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from alexnet_core.config import Config
from alexnet_core.data import shapes
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CancelledError, ConfigError
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.evaluation.batched_scores import BatchedScores
from alexnet_core.explanation.evaluation.metrics import (
    FIGURES,
    Bench,
    Quality,
    QualityOptions,
    pinned,
    sparseness,
)
from alexnet_core.explanation.methods.gradients import CamOptions, SaliencyOptions
from alexnet_core.explanation.target import Target
from alexnet_core.models import baselines, variants
from alexnet_core.models.alexnet import build
from alexnet_core.models.baselines import Fill
from alexnet_core.models.library import LoadedModel

Pixels = NDArray[np.uint8]
SMALL: dict[str, Any] = {"conv_channels": (8, 12, 10, 14, 12), "hidden_sizes": (20, 16)}


def made(**changes: Any) -> LoadedModel:
    config = variants.get("alexnet-cifar", num_classes=10, **(SMALL | changes)).config
    return LoadedModel(
        reference="made for a test",
        network=build(config, seed=0).eval(),
        config=config,
        transform=Transform(input_size=config.input_size, mean=(0.4, 0.5, 0.6)),
        categories=shapes.CLASSES,
        card=None,
    )


def bare(model: LoadedModel, pixels: Pixels, fill: Fill) -> torch.Tensor:
    return baselines.normalised(model.transform, pixels, fill)[0]


@pytest.fixture
def model() -> LoadedModel:
    return made(norm="batch", initialisation="he")


@pytest.fixture
def linear() -> LoadedModel:
    """A network without bias or anything that is not linear."""
    model = made(norm="none", pool_after=(), conv_strides=(4, 1, 1, 1, 1), initialisation="he")
    for name, layer in list(model.network.named_children()):
        if isinstance(layer, nn.ReLU):
            model.network.add_module(name, nn.Identity())
        elif isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.zeros_(layer.bias)
    return model


@pytest.fixture
def pixels() -> Pixels:
    return np.asarray(shapes.draw(3, size=32).image, dtype=np.uint8)


def asked(model: LoadedModel, inputs: torch.Tensor) -> NDArray[np.float64]:
    """Logits (N, classes)."""
    with torch.inference_mode():
        return model.network(inputs).double().numpy()


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def test_sparseness_is_gini_s() -> None:
    one = np.zeros((10, 10))
    one[3, 4] = -7
    assert sparseness(one) == pytest.approx(0.99)
    assert sparseness(np.full((10, 10), -2.0)) == pytest.approx(0)
    # Half the pixels share everything.
    assert sparseness(np.repeat([0.0, 3.0], 50)) == pytest.approx(0.5)
    assert sparseness(np.zeros((10, 10))) is None


@pytest.mark.parametrize(("taken", "start"), [("mean", "blur"), ("black", "mean")])
def test_deletion_and_insertion_are_what_doing_it_by_hand_gives(
    model: LoadedModel, pixels: Pixels, taken: Any, start: Any
) -> None:
    heat = np.random.default_rng(0).normal(size=(32, 32))
    explanation = explain(model, pixels, "saliency")
    options = QualityOptions(steps=5, taken=taken, start=start)
    deletion, insertion = Bench(model, pixels, explanation.target, options).curves(heat)

    whole = model.transform.normalise(torch.from_numpy(pixels.copy())[None])[0]
    order = np.argsort(-heat.ravel())
    for curve, before, after in (
        (deletion, whole, bare(model, pixels, taken)),
        (insertion, bare(model, pixels, start), whole),
    ):
        expected = []
        for count in (0, 205, 410, 614, 819, 1024):
            changed = before.clone().reshape(3, -1)
            places = order[:count].copy()
            changed[:, places] = after.reshape(3, -1)[:, places]
            logits = asked(model, changed.reshape(1, 3, 32, 32))
            expected.append(softmax(logits)[0, explanation.target.index])
        assert np.allclose(curve.scores, expected, atol=1e-6)
        assert np.allclose(curve.shares, np.array([0, 205, 410, 614, 819, 1024]) / 1024)
        assert curve.area == pytest.approx(np.trapezoid(curve.scores, curve.shares))
        assert np.ptp(curve.scores) > 1e-4


def test_the_fills(model: LoadedModel, pixels: Pixels) -> None:
    assert not bare(model, pixels, "mean").any()
    black = bare(model, pixels, "black")
    assert torch.allclose(black[:, 0, 0], torch.tensor([-1.6, -2.0, -2.4]), atol=1e-5)
    assert torch.equal(black, black[:, :1, :1].expand_as(black))
    blurred = bare(model, pixels, "blur")
    whole = model.transform.normalise(torch.from_numpy(pixels.copy())[None])[0]
    assert blurred.std() < whole.std()
    assert torch.allclose(blurred.mean((1, 2)), whole.mean((1, 2)), atol=0.2)


def test_equally_hot_pixels_go_in_a_random_order(model: LoadedModel, pixels: Pixels) -> None:
    target = explain(model, pixels, "saliency").target
    flat = np.zeros((32, 32))
    benches = [Bench(model, pixels, target, QualityOptions(seed=seed)) for seed in (0, 0, 1)]
    one, same, other = (bench.curves(flat)[0].scores for bench in benches)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    rows_first = np.arange(1024.0)[::-1].reshape(32, 32)
    assert not np.allclose(one, benches[0].curves(rows_first)[0].scores, atol=1e-6)


def test_a_contrast_scores_one_class_against_the_other(model: LoadedModel, pixels: Pixels) -> None:
    target = explain(model, pixels, "saliency", target=Target(index=2, against=5)).target
    answers = BatchedScores(model, pixels, target)
    inputs = torch.stack([answers.input, torch.zeros_like(answers.input)])
    logits = asked(model, inputs)
    assert np.allclose(answers.logits(inputs), logits[:, 2] - logits[:, 5], atol=1e-5)
    pair = softmax(logits[:, [2, 5]])[:, 0]
    assert np.allclose(answers.scores(inputs), pair, atol=1e-6)


@pytest.mark.parametrize(
    ("layer", "unit", "at"), [("conv3", 4, "strongest"), ("conv3", 4, "mean"), ("relu6", 3, "mean")]
)
def test_a_unit_scores_its_own_value(
    model: LoadedModel, pixels: Pixels, layer: str, unit: int, at: Any
) -> None:
    explanation = explain(model, pixels, "saliency", target=Target(layer=layer, unit=unit, at=at))
    answers = BatchedScores(model, pixels, explanation.target)
    inputs = torch.stack([torch.zeros_like(answers.input), answers.input])
    seen: dict[str, torch.Tensor] = {}
    with torch.inference_mode():
        model.network(inputs, seen)
    own = seen[layer][:, unit].reshape(2, -1)
    place = own[1].argmax()
    expected = (own.mean(1) if at == "mean" else own[:, place]).numpy()
    assert np.allclose(answers.logits(inputs), expected, atol=1e-5)
    assert np.allclose(answers.scores(inputs), expected, atol=1e-5)
    assert answers.logits(inputs)[1] == pytest.approx(explanation.logit, abs=1e-5)
    figures = Bench(model, pixels, explanation.target, QualityOptions(disturbed=1))
    assert isinstance(figures.measure(explanation).quality, Quality)


def test_infidelity_is_the_formula_s(model: LoadedModel, pixels: Pixels) -> None:
    explanation = explain(model, pixels, "input-x-gradient")
    bench = Bench(model, pixels, explanation.target, QualityOptions(squares=20, disturbed=0))
    quality = bench.measure(explanation).quality

    whole = model.transform.normalise(torch.from_numpy(pixels.copy())[None])
    heat, falls = [], []
    for square in bench._squares:
        hidden = whole.clone()
        hidden[:, :, torch.from_numpy(square)] = 0
        both = asked(model, torch.cat([whole, hidden]))[:, explanation.target.index]
        falls.append(both[0] - both[1])
        heat.append(explanation.heat[square].astype(np.float64).sum())
    told, fell = np.array(heat), np.array(falls)
    scale = (told * fell).sum() / (told**2).sum()
    expected = ((scale * told - fell) ** 2).mean()
    assert quality.infidelity == pytest.approx(expected, rel=1e-4)
    assert quality.infidelity_normalised == pytest.approx(expected / (fell**2).mean(), rel=1e-4)
    assert quality.sensitivity is None


def test_squares_hide_every_pixel_equally_often(model: LoadedModel, pixels: Pixels) -> None:
    target = explain(model, pixels, "saliency").target
    squares = Bench(model, pixels, target, QualityOptions(squares=512))._squares
    assert squares.any(axis=(1, 2)).all()
    assert squares.sum(axis=1).max() == 16
    often = squares.mean(axis=0)
    assert often.min() > 0.03
    assert often[[0, 0, -1, -1], [0, -1, 0, -1]].mean() == pytest.approx(often.mean(), rel=0.5)
    assert often.mean() == pytest.approx(
        np.mean([(w / (31 + w)) ** 2 for w in range(4, 17)]), rel=0.1
    )


def test_on_a_linear_network_input_x_gradient_tells_every_fall(
    linear: LoadedModel, pixels: Pixels
) -> None:
    explanation = explain(linear, pixels, "input-x-gradient")
    bench = Bench(linear, pixels, explanation.target)
    exact = bench.measure(explanation).quality
    assert exact.infidelity_normalised == pytest.approx(0, abs=1e-6)
    wrong = replace(explanation, values=explanation.values[:, ::-1].copy())
    assert (bench.measure(wrong).quality.infidelity_normalised or 0) > 0.1


def test_a_map_s_scale_does_not_count(model: LoadedModel, pixels: Pixels) -> None:
    explanation = explain(model, pixels, "saliency")
    bench = Bench(model, pixels, explanation.target, QualityOptions(disturbed=0))
    large = replace(explanation, values=explanation.values * 1000)
    one, other = (bench.measure(each).quality for each in (explanation, large))
    for figure in ("deletion", "insertion", "infidelity", "infidelity_normalised", "sparseness"):
        assert getattr(one, figure) == pytest.approx(getattr(other, figure), rel=1e-4)


def test_infidelity_is_blind_to_the_sign_and_says_so(model: LoadedModel, pixels: Pixels) -> None:
    explanation = explain(model, pixels, "input-x-gradient")
    bench = Bench(model, pixels, explanation.target, QualityOptions(disturbed=0))
    opposite = replace(explanation, values=-explanation.values)
    one, other = (bench.measure(each).quality for each in (explanation, opposite))
    for figure in ("infidelity", "infidelity_normalised"):
        assert getattr(one, figure) == pytest.approx(getattr(other, figure), rel=1e-6)
        assert "opposite sign scores the same" in FIGURES[figure].sentence
    # These two figures tell the maps apart, as the sentence says.
    assert other.deletion > one.deletion
    assert other.insertion < one.insertion


def test_a_map_without_heat_explains_nothing(model: LoadedModel, pixels: Pixels) -> None:
    explanation = explain(model, pixels, "saliency")
    empty = replace(explanation, values=np.zeros_like(explanation.values))
    quality = Bench(model, pixels, explanation.target).measure(empty).quality
    assert quality.infidelity_normalised == pytest.approx(1)
    assert quality.sparseness is None


@pytest.mark.parametrize(
    ("name", "own"),
    [("saliency", SaliencyOptions(signed=True)), ("grad-cam", CamOptions(layer="conv2"))],
)
def test_sensitivity_is_the_largest_change_over_the_size_of_the_map(
    model: LoadedModel, pixels: Pixels, name: str, own: Config
) -> None:
    explanation = explain(model, pixels, name, target=Target(index=1), options=own)
    options = QualityOptions(disturbed=4, radius=0.1, seed=3)
    found = Bench(model, pixels, explanation.target, options).sensitivity(explanation)

    whole = model.transform.normalise(torch.from_numpy(pixels.copy())[None])[0]
    noise = torch.rand((4, 3, 32, 32), generator=torch.Generator().manual_seed(3))
    changes = []
    for each in whole + (2 * noise - 1) * 0.1:
        new = explain(model, each.numpy(), name, target=Target(index=1), options=own)
        changes.append(np.linalg.norm(new.values - explanation.values))
    expected = max(changes) / np.linalg.norm(explanation.values)
    assert found == pytest.approx(expected, rel=1e-4)
    assert found > 0


def test_sensitivity_keeps_the_target_of_the_picture(
    model: LoadedModel, pixels: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alexnet_core.explanation.evaluation import metrics

    explanation = explain(model, pixels, "saliency")
    targets: list[Target] = []

    def watched(*arguments: Any, **options: Any) -> Any:
        targets.append(options["target"])
        return explain(*arguments, **options)

    monkeypatch.setattr(metrics, "explain", watched)
    options = QualityOptions(disturbed=3)
    Bench(model, pixels, explanation.target, options).sensitivity(explanation)
    assert targets == [Target(index=explanation.target.index)] * 3
    for asked_for in (
        Target(index=3, against=1),
        Target(layer="conv2", unit=5, at="mean"),
    ):
        target = explain(model, pixels, "saliency", target=asked_for).target
        assert pinned(target) == asked_for


def test_what_is_asked_about_squares_is_asked_once(
    model: LoadedModel, pixels: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    logits = BatchedScores.logits

    def counted(self: BatchedScores, inputs: Any) -> NDArray[np.float64]:
        found = logits(self, inputs)
        calls.append(len(found))
        return found

    monkeypatch.setattr(BatchedScores, "logits", counted)
    maps = [explain(model, pixels, name) for name in ("saliency", "grad-cam", "lrp")]
    bench = Bench(model, pixels, maps[0].target, QualityOptions(squares=30, disturbed=0))
    for each in maps:
        bench.measure(each)
    assert calls == [1, 30]


def test_a_constant_picture_has_figures(model: LoadedModel) -> None:
    grey = np.full((32, 32, 3), 128, np.uint8)
    explanation = explain(model, grey, "saliency")
    measured = Bench(model, grey, explanation.target).measure(explanation)
    assert all(np.isfinite(value) for value in measured.quality.model_dump().values())


def test_a_picture_of_the_mean_colour_has_nothing_to_hide(model: LoadedModel) -> None:
    bare = replace(model, transform=Transform(input_size=32, mean=(0, 0, 0)))
    black = np.zeros((32, 32, 3), np.uint8)
    explanation = explain(bare, black, "saliency")
    quality = Bench(bare, black, explanation.target).measure(explanation).quality
    assert (quality.infidelity, quality.infidelity_normalised) == (0, None)


def test_it_can_be_cancelled_in_the_middle(model: LoadedModel, pixels: Pixels) -> None:
    explanation = explain(model, pixels, "saliency")
    bench = Bench(model, pixels, explanation.target)
    for patience in (0, 1, 3):
        left = iter([False] * patience)
        with pytest.raises(CancelledError):
            bench.measure(explanation, lambda left=left: next(left, True))


def test_the_model_is_left_as_it_was(model: LoadedModel, pixels: Pixels) -> None:
    before = copy.deepcopy(model.network.state_dict())
    explanation = explain(model, pixels, "deep-lift")
    Bench(model, pixels, explanation.target, QualityOptions(disturbed=2)).measure(explanation)
    after = model.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not any(
        layer._forward_hooks or layer._backward_hooks for layer in model.network.modules()
    )
    assert not model.lock.locked()


def test_every_figure_is_explained() -> None:
    assert list(FIGURES) == list(Quality.model_fields)
    assert {figure.better for figure in FIGURES.values()} == {"lower", "higher", "neither"}


def test_options_have_bounds() -> None:
    with pytest.raises(ConfigError, match="squares is 1"):
        QualityOptions(squares=1)
    with pytest.raises(ConfigError, match="taken is 'white'"):
        QualityOptions(taken="white")
