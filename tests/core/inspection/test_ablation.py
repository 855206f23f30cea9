from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from alexnet_core.data import datasets
from alexnet_core.data.images import Picture
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError, DataError, UnknownNameError
from alexnet_core.evaluation.classify import classify
from alexnet_core.evaluation.evaluate import evaluate
from alexnet_core.inspection import ablation
from alexnet_core.inspection.ablation import Ablation
from alexnet_core.inspection.capture import capture
from alexnet_core.models import variants
from alexnet_core.models.alexnet import build
from alexnet_core.models.library import LoadedModel

DRAWN = "shapes:size=16,train=10,test=40"


@pytest.fixture
def model() -> LoadedModel:
    categories = tuple(datasets.open(DRAWN).card.classes)
    small = {"conv_channels": (8, 12, 10, 14, 12), "hidden_sizes": (20, 16)}
    config = variants.get("alexnet-cifar", num_classes=len(categories), **small).config
    return LoadedModel(
        reference="made for a test",
        network=build(config, seed=0).eval(),
        config=config,
        transform=Transform(input_size=config.input_size),
        categories=categories,
        card=None,
    )


@pytest.fixture
def photo() -> Picture:
    levels = np.random.default_rng(0).integers(0, 256, (45, 60, 3), np.uint8)
    return Picture(Image.fromarray(levels), "0", "PNG", "photo.png", (60, 45), ())


def by_hand(
    model: LoadedModel, photo: Picture, changes: dict[str, NDArray[np.float32]]
) -> NDArray[np.float32]:
    """The probabilities when the outputs of these layers are multiplied so."""
    values = model.transform(photo.image)[None]
    with torch.inference_mode():
        for name, layer in model.network.named_children():
            values = layer(values)
            if name in changes:
                factors = torch.from_numpy(changes[name])
                values = values * factors.view(1, -1, *[1] * (values.ndim - 2))
        return F.softmax(values, 1)[0].numpy()


def ones(size: int, **changed: float) -> NDArray[np.float32]:
    factors = np.ones(size, dtype=np.float32)
    for unit, factor in changed.items():
        factors[int(unit[1:])] = factor
    return factors


@pytest.mark.parametrize(
    ("chosen", "changes"),
    [
        ([Ablation(layer="relu2", units=(3, 5))], {"relu2": ones(12, u3=0, u5=0)}),
        ([Ablation(layer="conv3", units=(1,), factor=-2.5)], {"conv3": ones(10, u1=-2.5)}),
        ([Ablation(layer="relu6", units=(0, 19), factor=3)], {"relu6": ones(20, u0=3, u19=3)}),
        (
            [Ablation(layer="pool5", units=(2, 4), keep_only=True)],
            {"pool5": 1 - ones(12, u2=0, u4=0)},
        ),
        (
            [Ablation(layer="pool5", units=(2, 4), factor=0.5, keep_only=True)],
            {"pool5": 1 - 0.5 * ones(12, u2=0, u4=0)},
        ),
        (
            [
                Ablation(layer="conv1", units=(7,)),
                Ablation(layer="relu4", units=(1, 2), factor=2),
                Ablation(layer="relu4", units=(2, 3), factor=0.5),
            ],
            {"conv1": ones(8, u7=0), "relu4": ones(14, u1=2, u2=1, u3=0.5)},
        ),
    ],
)
def test_the_answer_is_that_of_the_damaged_network(
    chosen: list[Ablation],
    changes: dict[str, NDArray[np.float32]],
    model: LoadedModel,
    photo: Picture,
) -> None:
    expected = by_hand(model, photo, changes)
    found = ablation.answer(model, photo, chosen, top=99)
    for guess in found.predictions:
        assert guess.probability == pytest.approx(expected[guess.index], abs=1e-6)
    assert np.abs(expected - by_hand(model, photo, {})).max() > 1e-5


def test_without_ablations_it_is_what_classify_says(model: LoadedModel, photo: Picture) -> None:
    assert ablation.answer(model, photo).predictions == classify(model, photo).predictions


def test_pixels_may_be_given_instead_of_a_photo(model: LoadedModel, photo: Picture) -> None:
    pixels = model.transform.pixels(photo.image)
    found = ablation.answer(model, pixels, top=2)
    assert found.predictions == classify(model, photo, top=2).predictions
    with pytest.raises(ConfigError, match="pixels is"):
        ablation.answer(model, pixels[:-1])


def test_the_network_itself_stays_whole(model: LoadedModel, photo: Picture) -> None:
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    names = [name for name, _ in model.network.named_modules()]
    whole = classify(model, photo).predictions

    ablation.answer(model, photo, [Ablation(layer="relu2", units=(3,))])
    ablation.accuracy(model, DRAWN, "test", [Ablation(layer="relu2", units=(3,))])

    after = model.network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert [name for name, _ in model.network.named_modules()] == names
    assert not any(layer._forward_hooks for layer in model.network.modules())
    assert not any(layer.training for layer in model.network.modules())
    assert classify(model, photo).predictions == whole


def test_the_mode_that_is_restored_is_the_networks_own(model: LoadedModel) -> None:
    assert not ablation.ablated(model, []).network.training
    model.network.train()
    assert ablation.ablated(model, []).network.training


def test_both_share_one_lock(model: LoadedModel) -> None:
    assert ablation.ablated(model, []).lock is model.lock


def test_later_layers_can_be_looked_at_under_the_ablation(
    model: LoadedModel, photo: Picture
) -> None:
    damaged = ablation.ablated(model, [Ablation(layer="relu2", units=(3,))])
    before, after = capture(model, photo), capture(damaged, photo)
    assert list(before.outputs) == list(after.outputs)
    assert np.array_equal(before.outputs["norm2"], after.outputs["norm2"])
    assert before.outputs["relu2"][3].any()
    assert not after.outputs["relu2"][3].any()
    assert np.array_equal(before.outputs["relu2"][4], after.outputs["relu2"][4])
    assert not np.array_equal(before.outputs["conv3"], after.outputs["conv3"])


def test_what_is_muted_is_silent_even_where_it_is_nan(photo: Picture, model: LoadedModel) -> None:
    network = build(model.config, seed=0).eval()
    with torch.no_grad():
        network.get_submodule("conv2").get_parameter("weight")[3] = torch.nan
    broken = LoadedModel(**(vars(model) | {"network": network}))
    assert capture(broken, photo).broken == "conv2"
    cured = ablation.ablated(broken, [Ablation(layer="conv2", units=(3,))])
    assert capture(cured, photo).broken == ""


def test_accuracy_is_measured_under_the_ablation(model: LoadedModel) -> None:
    whole = evaluate(model, DRAWN, "test")
    assert ablation.accuracy(model, DRAWN, "test") == whole

    bias = int(model.network.get_submodule("fc8").get_parameter("bias").argmax())
    seen: list[tuple[int, int]] = []
    last = Ablation(layer="fc8", units=(bias,), keep_only=True)
    damaged = ablation.accuracy(
        model, DRAWN, "test", [last], limit=10, progress=lambda *at: seen.append(at)
    )
    assert damaged.n == 10
    assert damaged.loss != whole.loss
    silent = Ablation(layer="fc8", units=(), keep_only=True)
    guess = ablation.accuracy(model, DRAWN, "test", [silent])
    assert guess.loss == pytest.approx(np.log(len(model.categories)), abs=1e-6)


def test_a_limit_takes_pictures_from_the_whole_split(model: LoadedModel) -> None:
    every = datasets.open(DRAWN).labels("test")
    some = ablation.accuracy(model, DRAWN, "test", limit=8)
    expected = np.bincount(every[[0, 5, 10, 15, 20, 25, 30, 35]], minlength=len(model.categories))
    assert some.confusion.sum(dim=1).tolist() == expected.tolist()
    assert ablation.accuracy(model, DRAWN, "test", limit=1000).n == 40
    with pytest.raises(ConfigError, match="limit is 0; allowed: 1 or more"):
        ablation.accuracy(model, DRAWN, "test", limit=0)
    with pytest.raises(DataError, match="no val split"):
        ablation.accuracy(model, DRAWN, "val")


def test_what_is_not_there_is_refused(model: LoadedModel, photo: Picture) -> None:
    with pytest.raises(UnknownNameError, match="layer is 'conv6'"):
        ablation.answer(model, photo, [Ablation(layer="conv6", units=(0,))])
    with pytest.raises(ConfigError, match=r"units is 10; allowed: 0 to 9, as conv3 has\."):
        ablation.answer(model, photo, [Ablation(layer="conv3", units=(0, 10))])
    with pytest.raises(ConfigError, match=r"units\.0 is -1"):
        Ablation(layer="conv3", units=(-1,))
    with pytest.raises(ConfigError, match="factor is 1000000000"):
        Ablation(layer="conv3", units=(1,), factor=1e9)
    with pytest.raises(ConfigError, match="top is 0"):
        ablation.answer(model, photo, top=0)


@pytest.fixture
def pixels() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)


@pytest.mark.parametrize("mode", ["mean", "blur", (10, 200, 30)])
def test_only_what_lies_in_the_box_is_covered(mode: object, pixels: NDArray[np.uint8]) -> None:
    before = pixels.copy()
    found = ablation.cover(pixels, (2.2, 1, 7, 4.6), mode)
    inside = np.zeros((12, 16), dtype=bool)
    inside[1:5, 2:7] = True
    assert np.array_equal(found[~inside], pixels[~inside])
    assert not np.array_equal(found[inside], pixels[inside])
    assert np.array_equal(pixels, before)
    if mode == "mean":
        assert (found[inside] == pixels.mean(axis=(0, 1)).round()).all()
    elif mode != "blur":
        assert (found[inside] == mode).all()
    else:
        assert found[inside].std() < pixels[inside].std()
    assert np.array_equal(ablation.cover(pixels, inside, mode), found)


def test_a_box_past_the_edge_is_cut(pixels: NDArray[np.uint8]) -> None:
    found = ablation.cover(pixels, (-5, -5, 3, 99), (0, 0, 0))
    assert not found[:, :3].any()
    assert np.array_equal(found[:, 3:], pixels[:, 3:])


@pytest.mark.parametrize("box", [(3, 3, 3, 9), (20, 0, 30, 5), (-9, 0, -2, 5), (5, 5, 2, 2)])
def test_a_box_over_nothing_is_refused(
    box: tuple[int, int, int, int], pixels: NDArray[np.uint8]
) -> None:
    with pytest.raises(ConfigError, match=r"where is .*; allowed: a box .* within 16 by 12\."):
        ablation.cover(pixels, box)


def test_another_mask_or_mode_is_refused(pixels: NDArray[np.uint8]) -> None:
    with pytest.raises(ConfigError, match=r"mask is \(16, 12\); allowed: .*\(12, 16\)"):
        ablation.cover(pixels, np.ones((16, 12), dtype=bool))
    for mode in ("grey", (1, 2), (0, 0, 256)):
        with pytest.raises(ConfigError, match="mode is .*; allowed: mean, blur, or red"):
            ablation.cover(pixels, (0, 0, 5, 5), mode)


def test_a_covered_picture_gets_another_answer(model: LoadedModel, photo: Picture) -> None:
    seen = model.transform.pixels(photo.image)
    hidden = ablation.answer(model, ablation.cover(seen, (4, 4, 28, 28)), top=1)
    assert hidden.predictions != ablation.answer(model, seen, top=1).predictions
