"""What the page Architecture draws and counts, without a page."""

from __future__ import annotations

import csv
import io
import subprocess
import sys

import pytest

from alexnet_core.models import variants
from dashboard.pages.architecture.blocks import Block, blocks
from dashboard.pages.architecture.layers import Network, differing, order, table
from dashboard.pages.architecture.panels.totals import ratio
from dashboard.pages.architecture.wire import document


def network(name: str, **changes: object) -> Network:
    return Network.of(name, variants.get(name, **changes).config)


def block(found: list[Block], layer: str) -> Block:
    return next(each for each in found if each["layer"] == layer)


@pytest.mark.parametrize("name", variants.names())
def test_every_layer_is_a_block_or_a_chip_and_only_once(name: str) -> None:
    drawn = blocks(network(name))
    shown = [layer for each in drawn for layer in [each["layer"], *each["chips"]] if layer]
    assert sorted(shown) == sorted(spec.name for spec in variants.get(name).config.layers())


def test_the_network_of_2012_is_drawn_as_in_its_paper() -> None:
    drawn = blocks(network("alexnet-2012"))
    assert [each["layer"] for each in drawn] == [
        *("", "conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5"),
        *("fc6", "fc7", "fc8"),
    ]
    assert [each["side"] for each in drawn[:9]] == [227, 55, 27, 27, 13, 13, 13, 13, 6]
    # Two towers, which meet at conv3 and in the dense layers, between one picture and one answer.
    assert [each["halves"] for each in drawn] == [1, *[2] * 10, 1]
    meeting = [each["layer"] for each in drawn if each["crosses"]]
    assert meeting == ["conv3", "fc6", "fc7", "fc8"]
    assert block(drawn, "conv1")["window"] == (11, 4)
    assert block(drawn, "conv2")["chips"] == ["relu2", "norm2"]
    assert block(drawn, "fc8")["caption"] == ("1,000", "classes")


def test_one_tower_is_drawn_once() -> None:
    assert {each["halves"] for each in blocks(network("alexnet-2012", towers=1))} == {1}


def test_dropout_before_a_layer_stands_with_that_layer() -> None:
    assert block(blocks(network("alexnet-owt")), "fc6")["chips"] == ["drop6", "relu6"]
    assert block(blocks(network("alexnet-2012")), "fc6")["chips"] == ["relu6", "drop6"]


@pytest.mark.parametrize("name", variants.names())
def test_the_file_says_what_the_anatomy_says(name: str) -> None:
    shown = network(name)
    rows = list(csv.DictReader(io.StringIO(table([shown]))))
    assert [row["layer"] for row in rows] == [spec.name for spec in shown.config.layers()]
    for field, total in (
        ("parameters", shown.anatomy.parameters),
        ("multiply_adds", shown.anatomy.macs),
        ("activation_bytes", shown.anatomy.activation_bytes),
    ):
        assert sum(int(row[field]) for row in rows) == total
    conv1 = rows[0]
    assert (conv1["kernel"], conv1["output"]) == (
        str(shown.config.conv_kernels[0]),
        "x".join(map(str, shown.layers[0].spec.out_shape)),
    )


def test_the_card_of_a_layer_names_all_that_is_asked() -> None:
    found = document([network("alexnet-2012")], opens=["Click."], lost=[""], picture="")
    lines = dict(found["networks"][0]["cards"]["conv2"]["lines"])
    assert lines == {
        "Shape": "27×27×96 → 27×27×256",
        "Kernel": "5×5, stride 1, padding 2",
        "Groups": "2, each sees half of the maps",
        "Parameters": "307,456",
        "Multiply-adds": "224 million",
        "Memory of its output": "746 KB",
        "One value sees": "51 pixels a side",
    }


def test_bars_say_where_parameters_and_work_sit() -> None:
    found = document([network("alexnet-2012")], opens=["Click."], lost=[""], picture="")
    parameters, work = found["networks"][0]["shares"]
    assert parameters["said"] == "96 % in the fully connected layers"
    assert work["said"] == "92 % in the convolutions"
    for bar in (parameters, work):
        assert sum(part["share"] for part in bar["parts"]) == pytest.approx(1)


def test_layers_of_two_networks_stand_in_one_order() -> None:
    pair = [network("alexnet-2012"), network("alexnet-owt", input_size=227)]
    names = order(pair)
    assert len(names) == len(set(names))
    assert names.index("pool5") < names.index("avgpool") < names.index("flatten")
    for each in pair:
        assert {spec.name for spec in each.config.layers()} <= set(names)


def test_what_differs_is_how_a_layer_is_built_or_that_it_is_not_there() -> None:
    same = network("alexnet-2012")
    assert differing([same, network("alexnet-2012", dropout=0.1)]) == set()
    changed = network("alexnet-2012", num_classes=10, norm="none")
    assert differing([same, changed]) == {"fc8", "norm1", "norm2"}
    found = document([same, changed], opens=["", ""], lost=["", ""], picture="")
    rows = {row["layer"]: row for row in found["rows"]}
    assert rows["norm1"]["cells"][1] is None
    assert rows["fc8"]["differs"]
    assert not rows["conv1"]["differs"]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (10, 10, "the same"),
        (100, 104, "4 % more"),
        (100, 50, "2 times less"),
        (1, 24, "24 times as much"),
        (100_000, 100_001, "hardly more"),
        (1, 12_345, "12,345 times as much"),
        (1000, 1998, "100 % more"),
        (1000, 1004, "0.4 % more"),
        (5, 0, "less"),
    ],
)
def test_how_two_amounts_compare(first: int, second: int, said: str) -> None:
    assert ratio(first, second) == said


def test_nothing_slow_is_imported() -> None:
    modules = "dashboard.pages.architecture.state, dashboard.pages.architecture.panels.stage"
    code = f"import sys, {modules}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"torch", "pandas"}.isdisjoint(done.stdout.split())
