from __future__ import annotations

import pytest

from alexnet_core.errors import ConfigError
from alexnet_core.planning.sweeps import MOST_RUNS, expand, values
from alexnet_core.training import recipes

QUICK = recipes.get("shapes-quick")


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("lr", "0.01, 0.03,0.1", (0.01, 0.03, 0.1)),
        ("lr", "0.1, 0.1", (0.1,)),
        ("lr", "0.1 to 0.5 in 5", (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("lr", "0.001 to 0.1 in 3 by factor", (0.001, 0.01, 0.1)),
        ("lr", "1e-3 to 1e-1 in 3 by factor", (0.001, 0.01, 0.1)),
        ("batch_size", "32 to 128 in 4", (32, 64, 96, 128)),
        ("batch_size", "2 to 4 in 9", (2, 3, 4)),
        ("model.norm", "lrn, batch, none", ("lrn", "batch", "none")),
        ("model.hidden_sizes", "[256, 128], [64]", ([256, 128], [64])),
        ("augmentation.flip", "true, false", (True, False)),
        ("early_stopping", "none, 3", (None, 3)),
    ],
)
def test_lists_and_ranges(field, text, expected):
    assert values(QUICK, field, text) == expected


def test_every_combination_is_a_complete_named_run():
    runs = expand(QUICK, {"lr": "0.01, 0.1", "model.dropout": "0, 0.5"})
    assert [run.name for run in runs] == [
        "lr=0.01, model.dropout=0",
        "lr=0.01, model.dropout=0.5",
        "lr=0.1, model.dropout=0",
        "lr=0.1, model.dropout=0.5",
    ]
    assert runs[3].config == QUICK.replace(lr=0.1, **{"model.dropout": 0.5})
    assert runs[3].changes == {"lr": 0.1, "model.dropout": 0.5}


def test_values_can_be_given_as_they_are():
    runs = expand(QUICK, {"model.hidden_sizes": [(64,), (32, 16)], "augmentation.flip": [True]})
    assert [run.config.model.hidden_sizes for run in runs] == [(64,), (32, 16)]
    assert all(run.config.augmentation.flip for run in runs)


@pytest.mark.parametrize(
    ("fields", "field", "value"),
    [
        ({"lr": "0.1, -1"}, "lr", -1),
        ({"lr": "0.1, fast"}, "lr", "fast"),
        ({"model.dropout": "0.5, 1"}, "model.dropout", 1),
        ({"model.norm": "lrn, layer"}, "model.norm", "layer"),
        ({"model.conv_kernels": "[40, 3, 3, 3, 3]"}, "model.input_size", 32),
        ({"lr": " , "}, "lr", " , "),
        ({"lr": ""}, "lr", ""),
        ({"lr": []}, "lr", []),
        ({"lr": "0.1 to 1 in 1"}, "lr", "0.1 to 1 in 1"),
        ({"lr": "0.1 to 1 in 100000000000"}, "lr", "0.1 to 1 in 100000000000"),
        ({"lr": "0 to 1 in 3 by factor"}, "lr", "0 to 1 in 3 by factor"),
        ({"lr": "0.1 to 1e999 in 3"}, "lr", "0.1 to 1e999 in 3"),
        ({"lr": "1.2.3 to 4 in 3"}, "lr", "1.2.3 to 4 in 3"),
        ({"speed": "1, 2"}, "speed", "speed"),
        ({"model.speed": "1, 2"}, "model.speed", "speed"),
        ({"lr.speed": "1, 2"}, "lr.speed", "speed"),
    ],
)
def test_a_refusal_names_field_and_value(fields, field, value):
    with pytest.raises(ConfigError) as caught:
        expand(QUICK, fields)
    assert (caught.value.field, caught.value.value) == (field, value)


def test_the_number_of_runs_is_bounded():
    many = ", ".join(str(at) for at in range(1, MOST_RUNS + 1))
    assert len(expand(QUICK, {"epochs": many})) == MOST_RUNS
    with pytest.raises(ConfigError, match=f"{2 * MOST_RUNS} runs.*at most {MOST_RUNS}"):
        expand(QUICK, {"epochs": many, "lr": "0.1, 0.2"})
