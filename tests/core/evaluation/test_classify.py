from __future__ import annotations

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_core.data import images
from alexnet_core.data.images import Picture
from alexnet_core.errors import ConfigError
from alexnet_core.evaluation.classify import classify
from alexnet_core.models import library
from alexnet_core.models.library import LoadedModel


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return library.load("random:alexnet-cifar")


@pytest.fixture(scope="module")
def picture() -> Picture:
    levels = np.random.default_rng(0).integers(0, 256, (60, 45, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    return images.decode(buffer.getvalue())


def test_the_likeliest_classes_come_first_with_the_networks_own_logits(
    model: LoadedModel, picture: Picture
) -> None:
    with torch.inference_mode():
        logits = model.network(model.transform(picture.image)[None])[0]

    found = classify(model, picture, top=10).predictions

    assert [guess.index for guess in found] == logits.argsort(descending=True).tolist()
    assert [guess.logit for guess in found] == pytest.approx(
        logits.sort(descending=True).values.tolist(), abs=1e-5
    )
    assert sum(guess.probability for guess in found) == pytest.approx(1)
    ratio = math.log(found[0].probability / found[1].probability)
    assert ratio == pytest.approx(found[0].logit - found[1].logit, abs=1e-4)
    assert all(guess.label == model.categories[guess.index] for guess in found)


@pytest.mark.parametrize(("top", "count"), [(1, 1), (3, 3), (5, 5), (99, 10)])
def test_it_gives_as_many_as_asked_or_all_there_are(
    top: int, count: int, model: LoadedModel, picture: Picture
) -> None:
    assert len(classify(model, picture, top=top).predictions) == count


def test_none_at_all_is_refused(model: LoadedModel, picture: Picture) -> None:
    with pytest.raises(ConfigError, match="top is 0; allowed: 1 or more"):
        classify(model, picture, top=0)


def test_it_shows_the_pixels_that_went_in_and_the_time_it_took(
    model: LoadedModel, picture: Picture
) -> None:
    found = classify(model, picture)

    assert found.input_pixels.shape == (32, 32, 3)
    assert found.input_pixels.dtype == np.uint8
    assert np.array_equal(found.input_pixels, model.transform.pixels(picture.image))
    assert 0 < found.seconds < 60


def test_the_network_is_used_under_its_lock_alone(model: LoadedModel, picture: Picture) -> None:
    locked: list[bool] = []
    handle = model.network.register_forward_hook(lambda *_: locked.append(model.lock.locked()))
    try:
        classify(model, picture)
    finally:
        handle.remove()

    assert locked == [True]
    assert not model.lock.locked()


def test_after_a_failure_the_lock_is_free(model: LoadedModel, picture: Picture) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("a hook of somebody else's")

    handle = model.network.register_forward_hook(fail)
    try:
        with pytest.raises(RuntimeError, match="somebody else's"):
            classify(model, picture)
    finally:
        handle.remove()

    assert not model.lock.locked()
    assert classify(model, picture).predictions


def test_it_leaves_no_gradients_and_changes_nothing(model: LoadedModel, picture: Picture) -> None:
    before = {name: value.clone() for name, value in model.network.state_dict().items()}

    first, second = classify(model, picture), classify(model, picture)

    assert first.predictions == second.predictions
    assert all(weight.grad is None for weight in model.network.parameters())
    after = model.network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
