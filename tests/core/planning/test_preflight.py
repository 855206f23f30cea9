from __future__ import annotations

import pytest

from alexnet_core.data import datasets
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CheckpointError
from alexnet_core.planning.preflight import preflight
from alexnet_core.training import recipes
from alexnet_core.training.run_data import load_training

SMALL = "shapes:size=16,train=103,test=10"
QUICK = recipes.get("shapes-quick").replace(dataset=SMALL, device="cpu")


def look(config, load=None):
    return preflight(config, datasets.open(config.dataset).card, load)


def refused(config, load=None):
    return {refusal.field: refusal for refusal in look(config, load).refusals}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"validation_percent": 0},
        {"validation_percent": 35, "batch_size": 10},
        {"limit": 3},
        {"dataset": "shapes:size=16,train=55,val=21,test=10"},
        {"batch_size": 5000},
    ],
)
def test_counts_are_those_of_the_data_that_training_loads(changes):
    config = QUICK.replace(**changes)
    seen = look(config)
    data = load_training(config, datasets.open(config.dataset), seen.transform, None)
    assert seen.train == data.train.pictures
    assert seen.validation == (data.validation.pictures if data.validation else 0)
    assert seen.steps_an_epoch == len(data.train)
    assert seen.steps == config.epochs * len(data.train)
    assert seen.refusals == ()


def test_the_network_gets_the_classes_of_the_set_and_its_colours():
    seen = look(QUICK.replace(**{"model.num_classes": 77, "augmentation.crop_margin": 4}))
    assert seen.config.model.num_classes == 10
    card = datasets.open(SMALL).card
    assert seen.transform == Transform(input_size=32, resize=36, mean=card.mean, std=card.std)
    assert seen.wide.input_size == 36


def test_what_starts_from_weights_has_their_network():
    model = QUICK.model.replace(name="other", hidden_sizes=(7,))
    transform = Transform(input_size=32, resize=40)
    seen = look(QUICK.replace(start_from="run:7"), lambda reference: (model, transform))
    assert seen.config.model == model.replace(num_classes=10)
    assert seen.transform == transform


def test_what_ships_can_be_started_from():
    seen = look(recipes.get("finetune").replace(dataset=SMALL))
    assert seen.refusals == ()
    assert seen.config.model.input_size == 32


def test_what_needs_validation_is_refused_without_it():
    config = QUICK.replace(validation_percent=0, early_stopping=2, **{"schedule.name": "plateau"})
    found = refused(config)
    assert found.keys() == {"early_stopping", "schedule.name"}
    assert "validation_percent" in found["schedule.name"].allowed
    assert not refused(config.replace(dataset="shapes:size=16,train=50,val=10"))


def test_colours_that_pictures_do_not_have_are_refused():
    assert refused(QUICK.replace(**{"model.in_channels": 1})).keys() == {"model.in_channels"}


def test_weights_that_are_not_there_are_refused_with_the_reason():
    def missing(reference):
        raise CheckpointError("They are gone.")

    found = refused(QUICK.replace(start_from="run:7"), missing)
    assert found["start_from"].allowed.endswith("They are gone.")


def test_a_margin_wider_than_the_weights_know_is_refused():
    transform = Transform(input_size=32, resize=40)
    config = QUICK.replace(start_from="run:7", **{"augmentation.crop_margin": 9})
    found = refused(config, lambda reference: (QUICK.model, transform))
    assert found["augmentation.crop_margin"].allowed.startswith("at most 8,")


def test_a_margin_wider_than_any_picture_is_refused():
    model = QUICK.model.replace(input_size=1000, adaptive_pool=1)
    config = QUICK.replace(model=model, **{"augmentation.crop_margin": 30})
    assert refused(config)["augmentation.crop_margin"].allowed.startswith("at most 24,")


def test_an_augmentation_too_large_for_the_weights_is_refused():
    model = QUICK.model.replace(input_size=24)
    config = QUICK.replace(start_from="run:7", **{"augmentation.shift": 28})
    found = refused(config, lambda reference: (model, Transform(input_size=24)))
    assert "augmentation.shift" in found


def test_a_set_with_one_class_is_refused():
    card = datasets.open(SMALL).card.replace(classes=("one",), counts={"train": (50,)})
    assert {refusal.field for refusal in preflight(QUICK, card).refusals} == {"dataset"}
