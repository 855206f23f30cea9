from __future__ import annotations

import shlex

import pytest

from alexnet_core import cli
from alexnet_core.commands.train import _config
from alexnet_core.errors import ConfigError
from alexnet_core.models import variants
from alexnet_core.planning.overrides import between, command
from alexnet_core.training import recipes

QUICK = recipes.get("shapes-quick")


def read_back(text: str):
    """The config that the command line makes of a command."""
    return _config(cli._parser().parse_args(shlex.split(text)[1:]))


def test_changes_are_made_together():
    model = variants.get("alexnet-2012").config
    wanted = {f"model.{name}": value for name, value in between(QUICK.model, model).items()}
    # One by one the first of them would leave layers without pixels.
    assert QUICK.replace(**wanted).model == model


def test_between_names_every_difference_and_replace_takes_it_back():
    other = recipes.get("paper-2012").replace(early_stopping=3)
    found = between(QUICK, other)
    assert {"lr", "early_stopping", "model.norm", "schedule.name"} <= found.keys()
    assert QUICK.replace(**found) == other
    assert between(QUICK, QUICK) == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model.dropout": 1.5}, "model.dropout"),
        ({"model.conv_kernels": (40, 3, 3, 3, 3)}, "model.input_size"),
        ({"model.dropot": 0.1}, "model.dropot"),
        ({"epochs": 0}, "epochs"),
        ({"lr.x": 1}, "lr.x"),
        ({"optimizer.nesterov": True, "optimizer.momentum": 0}, "optimizer.nesterov"),
    ],
)
def test_a_refusal_names_the_whole_field(changes, field):
    with pytest.raises(ConfigError) as caught:
        QUICK.replace(**changes)
    assert caught.value.field == field


@pytest.mark.parametrize("recipe", recipes.names())
def test_a_recipe_is_a_short_command(recipe):
    assert command(recipes.get(recipe)) == f"alexnet-lab train --recipe {recipe}"


@pytest.mark.parametrize("variant", variants.names())
def test_the_command_makes_the_same_run_with_any_network(variant):
    config = QUICK.replace(
        **{
            "model": variants.get(variant).config,
            "dataset": "shapes:size=16",
            "lr": 0.125,
            "limit": 7,
            "augmentation.flip": True,
            "optimizer.name": "adamw",
            "model.name": "a 'strange' $name",
        },
    )
    assert read_back(command(config)) == config


def test_what_looks_like_json_stays_text():
    config = QUICK.replace(**{"model.name": "3"})
    assert read_back(command(config)) == config


def test_a_network_that_no_order_of_single_changes_reaches_is_said_too():
    # Towers need even filters and are there in one, uneven filters in the other.
    start = QUICK.model.replace(towers=1)
    odd = start.replace(conv_channels=(47, 96, 159, 159, 128))
    config = QUICK.replace(model=odd)
    assert read_back(command(config)) == config


@pytest.mark.parametrize("order", [1, -1])
def test_settings_that_need_each_other_may_be_typed_in_any_order(order):
    said = ["--set model.pool_padding=2", "--set model.pool_kernel=5"][::order]
    config = read_back(f"alexnet-lab train --recipe shapes-quick {' '.join(said)}")
    assert (config.model.pool_padding, config.model.pool_kernel) == (2, 5)
