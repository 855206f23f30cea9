from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from alexnet_core.data import datasets
from alexnet_core.data.importing.split import set_apart
from alexnet_core.errors import DataError
from alexnet_core.evaluation import calibration
from alexnet_core.models import library
from alexnet_core.models.checkpoint import Card
from alexnet_core.models.library import LoadedModel

DRAWN = "shapes:size=32,train=200,test=20"


def drawn(temperature: float, count: int = 20_000) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, and labels drawn from their softmax at that temperature."""
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(count, 6, generator=random, dtype=torch.float64) * 3
    shares = (logits / temperature).softmax(1)
    return logits, torch.multinomial(shares, 1, generator=random)[:, 0]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_labels_were_drawn_at_is_found(temperature: float) -> None:
    assert calibration.fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.03)


def test_no_other_temperature_has_a_smaller_loss() -> None:
    logits, labels = drawn(1.7, count=300)
    best = calibration.fit_temperature(logits, labels)
    losses = [F.cross_entropy(logits / t, labels).item() for t in np.linspace(0.3, 6, 500)]
    assert F.cross_entropy(logits / best, labels).item() <= min(losses)


def test_extremes_stay_within_bounds() -> None:
    logits = torch.eye(4)
    assert calibration.fit_temperature(logits, torch.arange(4)) == pytest.approx(0.05, rel=1e-6)
    wrong = (torch.arange(4) + 1) % 4
    assert calibration.fit_temperature(logits, wrong) == pytest.approx(20, rel=1e-6)


def test_the_error_is_the_mean_distance_of_confidence_and_accuracy() -> None:
    # Four answers of 0.9 of which three are right, two of 0.6 of which none is.
    sure = torch.tensor([0.9, 0.9, 0.9, 0.9, 0.6, 0.6], dtype=torch.float64)
    probabilities = torch.stack([sure, 1 - sure], dim=1)
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    expected = (4 * abs(0.9 - 0.75) + 2 * 0.6) / 6
    assert calibration.calibration_error(probabilities, labels) == pytest.approx(expected)
    certain = torch.eye(3)
    assert calibration.calibration_error(certain, torch.arange(3)) == 0


def test_a_measure_says_what_the_temperature_changes() -> None:
    found = calibration.measure(*drawn(2.5))
    assert found.temperature == pytest.approx(2.5, rel=0.03)
    assert found.loss_after < found.loss_before
    assert found.error_after < 0.02 < found.error_before
    assert found.pictures == 20_000


@pytest.fixture
def trained(home: Path) -> LoadedModel:
    """A network that says it was trained on drawn shapes, a fifth of them set apart."""
    card = datasets.open(DRAWN).card
    model = library.load("random:alexnet-cifar")
    return dataclasses.replace(
        model,
        categories=card.classes,
        card=Card(
            model=model.config,
            categories=card.classes,
            transform=model.transform,
            dataset=DRAWN,
            data_fingerprint=card.fingerprint,
            config={"validation_percent": 20, "seed": 3},
        ),
    )


def test_only_pictures_that_were_set_apart_are_asked(trained: LoadedModel) -> None:
    found = calibration.calibrate(trained)

    shapes = datasets.open(DRAWN)
    labels = shapes.labels("train")
    _, apart = set_apart(labels, 20, 3)
    pictures = [trained.transform(shapes.picture("train", int(row)).image) for row in apart]
    with torch.inference_mode():
        logits = trained.network(torch.stack(pictures))
    expected = calibration.measure(logits, torch.from_numpy(labels[apart]).long())
    assert found.pictures == len(apart) == 40
    assert found.temperature == pytest.approx(expected.temperature, rel=1e-3)
    assert found.loss_before == pytest.approx(expected.loss_before, rel=1e-4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"config": {}}, "does not say which pictures"),
        ({"config": {"validation_percent": 0, "seed": 3}}, "set no pictures apart"),
        ({"data_fingerprint": "other"}, "holds other pictures than those"),
    ],
)
def test_what_is_not_known_is_refused(trained: LoadedModel, change: dict, says: str) -> None:
    assert trained.card is not None
    with pytest.raises(DataError, match=says):
        calibration.calibrate(dataclasses.replace(trained, card=trained.card.replace(**change)))


def test_weights_without_a_card_are_refused(trained: LoadedModel) -> None:
    with pytest.raises(DataError, match="does not say which pictures"):
        calibration.calibrate(dataclasses.replace(trained, card=None))
