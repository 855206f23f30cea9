"""Where the truth is known: a small network trained on drawn shapes, and what methods find."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from alexnet_core.data import datasets, shapes
from alexnet_core.data.batches import MemoryBatches
from alexnet_core.data.dataset import DrawnDataset
from alexnet_core.data.transforms import Transform
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.evaluation import localisation, report
from alexnet_core.explanation.evaluation.metrics import QualityOptions
from alexnet_core.explanation.evaluation.report_schema import ReportOptions
from alexnet_core.explanation.methods.registry import METHODS
from alexnet_core.models.alexnet import build
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel
from alexnet_core.training.config import OptimizerConfig, RunConfig, ScheduleConfig
from alexnet_core.training.trainer import TrainingData, train

SIDE = 24
DRAWN = f"shapes:size={SIDE},test=300"
PICTURES = 32
NETWORK = AlexNetConfig(
    name="small",
    input_size=SIDE,
    num_classes=len(shapes.CLASSES),
    conv_channels=(16, 16, 32, 32, 32),
    conv_kernels=(5, 3, 3, 3, 3),
    conv_strides=(2, 1, 1, 1, 1),
    conv_paddings=(2, 1, 1, 1, 1),
    towers=1,
    pool_after=(2, 5),
    norm="batch",
    norm_after=(1, 2, 3, 4, 5),
    norm_position="before_activation",
    hidden_sizes=(64,),
    hidden_norm="before_activation",
    dropout=0,
    initialisation="he",
)


def batches(split: str, pictures: int) -> MemoryBatches:
    drawn = [shapes.draw(number, size=SIDE, split=split) for number in range(pictures)]
    pixels = np.stack([np.asarray(one.image) for one in drawn])
    labels = np.array([one.label for one in drawn])
    return MemoryBatches(pixels, labels, transform=Transform(input_size=SIDE), batch_size=32)


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    config = RunConfig(
        dataset=DRAWN,
        model=NETWORK,
        epochs=8,
        batch_size=32,
        lr=0.1,
        device="cpu",
        precision="fp32",
        optimizer=OptimizerConfig(nesterov=True),
        schedule=ScheduleConfig(name="one-cycle"),
    )
    network = build(NETWORK, seed=0)
    data = TrainingData(batches("train", 2000), batches("val", 200))
    found = train(config, data, network=network)
    assert found.best_top1 is not None
    assert found.best_top1 > 0.6
    return LoadedModel(
        reference="trained in a test",
        network=network.eval(),
        config=NETWORK,
        transform=Transform(input_size=SIDE),
        categories=shapes.CLASSES,
        card=None,
    )


@pytest.fixture(scope="module")
def masks(model: LoadedModel) -> list[NDArray[np.bool_]]:
    dataset = datasets.open(DRAWN)
    assert isinstance(dataset, DrawnDataset)
    return [
        localisation.mask_of(dataset, "test", number, model.transform) for number in range(PICTURES)
    ]


@pytest.mark.parametrize("name", METHODS)
def test_attribution_lies_on_the_object_more_than_by_chance(
    name: str, model: LoadedModel, masks: list[NDArray[np.bool_]]
) -> None:
    dataset = datasets.open(DRAWN)
    slow = METHODS[name].cost == "perturbation"
    found = [
        localisation.point(explain(model, dataset.picture("test", number), name).heat, mask)
        for number, mask in enumerate(masks[: PICTURES // 2 if slow else PICTURES])
    ]
    truth = localisation.summarise(found)
    assert truth is not None
    assert truth.relevance_mass_accuracy is not None
    assert truth.gain is not None
    covered = [mask.mean() for mask in masks[: truth.chance.n]]
    assert truth.chance.mean == pytest.approx(np.mean(covered))
    assert 0.1 < truth.chance.mean < 0.3
    assert truth.gain.low < truth.gain.mean < truth.gain.high
    known = [one for one in found if one.relevance_mass_accuracy is not None]
    assert truth.gain.mean == pytest.approx(
        np.mean([one.relevance_mass_accuracy - one.chance for one in known])
    )
    if name == "layer-activation":
        # It shows where there is something, whatever the answer is.
        return
    assert truth.gain.low > 0, truth
    assert truth.hit.mean > truth.chance.mean, truth


def test_a_random_map_finds_what_chance_expects(masks: list[NDArray[np.bool_]]) -> None:
    random = np.random.default_rng(0)
    found = [
        localisation.point(random.normal(size=mask.shape), mask)
        for mask in masks
        for _ in range(20)
    ]
    truth = localisation.summarise(found)
    assert truth is not None
    assert truth.gain is not None
    assert abs(truth.gain.mean) < 0.01
    assert truth.hit_gain.low < 0 < truth.hit_gain.high


def test_a_report_says_the_same(model: LoadedModel, masks: list[NDArray[np.bool_]]) -> None:
    names = ("saliency", "input-x-gradient", "guided-backprop")
    quality = QualityOptions(steps=8, squares=8, disturbed=1)
    options = ReportOptions(n=20, methods=names, quality=quality, sensitivity=5, sanity=2)
    found = report.make(model, DRAWN, options)
    assert [method.method for method in found.methods] == list(names)
    for method in found.methods:
        assert method.localisation is not None
        assert method.localisation.gain is not None
        assert method.localisation.gain.low > 0
        assert method.localisation.gain.n == 20
    forgetting = {method.method: method.parameter_randomisation for method in found.methods}
    assert all(forgetting.values())
    changed = {name: told.unchanged for name, told in forgetting.items() if told}
    assert changed == dict(zip(names, (False, False, True), strict=True))
    assert found.sentence.startswith("Guided Backprop hardly changes")
