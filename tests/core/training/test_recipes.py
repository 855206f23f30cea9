from __future__ import annotations

import pytest

from alexnet_core.data.augmentation import Augmentation
from alexnet_core.errors import ConfigError, UnknownNameError
from alexnet_core.training import recipes
from alexnet_core.training.config import RunConfig


@pytest.mark.parametrize("name", recipes.names())
def test_a_recipe_is_a_complete_config_that_survives_json(name):
    config = recipes.get(name)
    assert config.recipe == name
    assert RunConfig.from_json(config.to_json()) == config
    assert "Source" in recipes.RECIPES[name].__doc__


def test_an_unknown_recipe_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"recipe is 'cifar10-fsat'.*nearest: cifar10-fast"):
        recipes.get("cifar10-fsat")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("epochs", 0, "epochs is 0; allowed: greater than or equal to 1"),
        ("lr", -1, "lr is -1; allowed: greater than 0"),
        ("optimizer.name", "adamm", "name is 'adamm'; allowed: 'sgd', 'adam', 'adamw' or 'muon'"),
        ("model.input_size", 1, "input_size is 1; allowed: at least"),
        ("colour", 1, "colour is 1; allowed: the fields"),
        ("epochs.more", 1, "epochs.more is 1; allowed: no dotted name here"),
        ("batch_size", "many", "batch_size is 'many'; allowed: a valid integer"),
        ("freeze_features", True, "freeze_features is True; allowed: false unless start_from"),
        ("augmentation.shift", 32, "shift is 32; allowed: below 32"),
    ],
)
def test_a_setting_out_of_range_names_field_value_and_what_is_allowed(field, value, says):
    with pytest.raises(ConfigError) as caught:
        recipes.get("cifar10-fast").replace(**{field: value})
    assert says in str(caught.value)


def test_2012_is_as_the_paper_says():
    config = recipes.get("paper-2012")
    assert (config.lr, config.batch_size) == (0.01, 128)
    assert (config.optimizer.momentum, config.optimizer.weight_decay) == (0.9, 5e-4)
    assert config.schedule.factor == 0.1
    assert config.augmentation.pca_noise == 0.1
    assert config.model.dropout == 0.5


def test_sizes_share_the_epochs_evenly():
    config = recipes.get("cifar10-fast").replace(
        epochs=8, sizes=(24, 28, 32), augmentation=Augmentation(), **{"model.adaptive_pool": 2}
    )
    assert [config.size_of(epoch) for epoch in range(1, 9)] == [24, 24, 24, 28, 28, 28, 32, 32]
    assert config.size_of(20) == 32
    assert config.replace(sizes=()).size_of(1) == 32


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, r"sizes is \(24, 32\); allowed: empty where model.adaptive_pool is none"),
        ({"model.adaptive_pool": 2}, "augmentation.shift is 4; allowed: 0 where sizes change"),
        (
            {"model.adaptive_pool": 2, "augmentation.shift": 0, "sizes": (1, 32)},
            r"sizes is \(1, 32\); allowed: sizes that the network takes; input_size is 1",
        ),
    ],
)
def test_sizes_that_do_not_fit_are_refused(changes, says):
    with pytest.raises(ConfigError, match=says):
        recipes.get("cifar10-fast").replace(**{"sizes": (24, 32), **changes})
