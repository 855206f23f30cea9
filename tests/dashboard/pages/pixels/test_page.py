from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from alexnet_core.data.transforms import Transform
from alexnet_core.inspection.arithmetic import window
from alexnet_core.inspection.arithmetic.value import explain
from alexnet_core.inspection.arithmetic.window import Window
from alexnet_core.models import checkpoint, variants
from alexnet_core.models.alexnet import build
from alexnet_core.models.checkpoint import Card
from dashboard.common import caches
from dashboard.common.navigation import page_file
from dashboard.common.passes import passes
from dashboard.pages.pixels import lab
from dashboard.pages.pixels.lab import Chosen
from tests.dashboard.conftest import checked, first_page

MODELS = ["bundled:cifar10", *(f"random:{name}" for name in variants.names())]
NAMES = ("layer", "unit", "row", "column", "channel")

OpenPixels = Callable[..., AppTest]


@pytest.fixture
def open_pixels() -> OpenPixels:
    """Open the page Pixel by pixel with the query of a link."""

    def opened(**query: str) -> AppTest:
        return checked(first_page("pixels", **query).run())

    return opened


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Run an open page as if a person had chosen something in the browser."""
    takers: list[Callable[[Chosen], None]] = []
    show = lab.pixel_lab

    def listen(packed: bytes, *, key: str, on_chosen: Callable[[Chosen], None]) -> None:
        takers.append(on_chosen)
        show(packed, key=key, on_chosen=on_chosen)

    monkeypatch.setattr(lab, "pixel_lab", listen)

    def chosen(page: AppTest, layer: str, **numbers: int) -> AppTest:
        takers[-1](Chosen(**dict.fromkeys(NAMES) | {"layer": layer} | numbers))
        return checked(page.run())

    return chosen


def packed(page: AppTest) -> bytes:
    """What the browser gets."""
    (element,) = page.get("bidi_component")
    return bytes(element.proto.bytes)


def shown(page: AppTest) -> Window:
    return window.unpack(packed(page))


def warnings(page: AppTest) -> list[str]:
    return [element.value.replace("\\", "") for element in page.warning]


def link(page: AppTest) -> dict[str, str]:
    """What the address bar says of the place."""
    return {name: page.query_params[name] for name in NAMES if name in page.query_params}


@pytest.mark.parametrize("model", MODELS)
def test_every_kind_of_layer_opens(
    open_pixels: OpenPixels, choose: Callable[..., AppTest], model: str
) -> None:
    page = open_pixels(model=model)
    assert not page.warning
    assert shown(page).facts["layer"] == "conv1"
    specs = caches.model(model).config.layers()
    first_of_kind = {spec.kind: spec.name for spec in reversed(specs)}
    names = [spec.name for spec in specs]
    for layer in (*first_of_kind.values(), names[-1], "softmax"):
        page = choose(page, layer)
        assert not page.warning
        found = shown(page)
        assert found.facts["layer"] == layer
        assert [each["name"] for each in found.facts["layers"]] == [*names, "softmax"]
        assert len(packed(page)) <= window.BUDGET
        assert page.query_params["layer"] == layer


def test_begins_with_the_filter_that_answers_most(open_pixels: OpenPixels) -> None:
    page = open_pixels()
    seen = passes.look(page.session_state["visitor"].source, "bundled:cifar10")
    means = np.maximum(seen.captured.outputs["conv1"], 0).mean(axis=(1, 2))
    found = shown(page)
    assert found.facts["unit"] == int(means.argmax())
    assert found.facts["place"] is None
    assert link(page) == {"layer": "conv1", "unit": str(int(means.argmax()))}
    assert np.array_equal(found.arrays["output"], seen.captured.outputs["conv1"][means.argmax()])


def test_a_link_brings_the_same_place_back(open_pixels: OpenPixels) -> None:
    said = {"layer": "conv2", "unit": "7", "row": "3", "column": "4", "channel": "5"}
    page = open_pixels(**said)
    assert not page.warning
    facts = shown(page).facts
    assert (facts["layer"], facts["unit"]) == ("conv2", 7)
    assert facts["place"] == {"row": 3, "column": 4}
    assert facts["channel"] == 5
    assert link(page) == said
    page = open_pixels(layer="relu6", unit="33")
    assert shown(page).facts["place"] == {"unit": 33}
    page = open_pixels(layer="fc6", unit="2", channel="40")
    assert shown(page).facts["channel"] == 40


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"layer": "norm9", "unit": "3"}, "This network has no layer norm9, so this is conv1."),
        ({"layer": "conv1", "unit": "4000"}, "conv1 has the numbers 0 to 31, so 4000 is not"),
        ({"layer": "softmax", "unit": "10"}, "softmax has the numbers 0 to 9, so 10 is not"),
        (
            {"layer": "pool2", "unit": "1", "row": "90", "column": "0"},
            "so there is no row 90, column 0.",
        ),
        (
            {"layer": "conv2", "unit": "1", "channel": "500"},
            "Unit 1 of conv2 looks at the inputs 0 to 31, so 500 is not among them",
        ),
        (
            {"layer": "conv2", "unit": "9", "channel": "99", "model": "random:alexnet-2012"},
            "Unit 9 of conv2 looks at the inputs 0 to 47, so 99 is not among them",
        ),
    ],
)
def test_what_a_link_names_in_vain_is_a_sentence(
    open_pixels: OpenPixels, said: dict[str, str], sentence: str
) -> None:
    page = open_pixels(**said)
    (warned,) = warnings(page)
    assert sentence in warned
    assert shown(page).facts["place"] is None
    page = checked(page.run())
    assert not page.warning


@pytest.mark.parametrize("said", ["-1", "x", "99999999999", "1.5", "²"])
def test_what_is_no_number_is_passed_over(open_pixels: OpenPixels, said: str) -> None:
    page = open_pixels(layer="conv2", unit=said, row=said, column="2", channel=said)
    assert not page.warning
    assert shown(page).facts["layer"] == "conv2"


def test_keeping_a_place_changes_the_link_and_sends_nothing_new(
    open_pixels: OpenPixels, choose: Callable[..., AppTest]
) -> None:
    page = open_pixels(layer="conv2", unit="7")
    before = packed(page)
    page.session_state["pixels"] = {}
    page = choose(page, "conv2", unit=7, row=3, column=4, channel=2)
    assert link(page) == {"layer": "conv2", "unit": "7", "row": "3", "column": "4", "channel": "2"}
    assert packed(page) == before
    page = choose(page, "conv2", unit=8, row=3, column=4, channel=2)
    assert shown(page).facts["unit"] == 8
    assert shown(page).facts["place"] == {"row": 3, "column": 4}
    assert shown(page).facts["channel"] == 2


def test_an_element_that_is_new_gets_the_place_that_is_kept_now(
    open_pixels: OpenPixels, choose: Callable[..., AppTest]
) -> None:
    page = choose(open_pixels(layer="conv2", unit="7"), "conv2", unit=7, row=3, column=4)
    page = checked(page.switch_page(page_file("classify")).run())
    page = checked(page.switch_page(page_file("pixels")).run())
    assert shown(page).facts["place"] == {"row": 3, "column": 4}


def test_a_place_goes_along_where_it_means_the_same(
    open_pixels: OpenPixels, choose: Callable[..., AppTest]
) -> None:
    page = open_pixels(layer="conv2", unit="7", row="3", column="4", channel="1")
    page = choose(page, "relu2", row=3, column=4)
    assert link(page) == {"layer": "relu2", "unit": "7", "row": "3", "column": "4"}
    page = choose(page, "pool2", row=3, column=4)
    assert link(page) == {"layer": "pool2", "unit": "7"}
    page = choose(page, "conv3", row=3, column=4)
    assert "row" not in link(page)
    page = choose(page, "fc6")
    page = choose(page, "pool5", unit=11, row=1, column=2)
    assert link(page) == {"layer": "pool5", "unit": "11", "row": "1", "column": "2"}
    page = choose(page, "softmax")
    page = choose(page, "fc8")
    assert link(page)["unit"] == str(shown(page).facts["unit"])
    page = choose(page, "nonsense")
    assert link(page)["layer"] == "fc8"


def test_units_that_one_moves_over_are_in_the_link_only_when_kept(
    open_pixels: OpenPixels, choose: Callable[..., AppTest]
) -> None:
    page = choose(open_pixels(layer="fc6", unit="5"), "relu6")
    assert link(page) == {"layer": "relu6", "unit": "5"}
    page = choose(page, "relu6")
    assert link(page) == {"layer": "relu6"}
    assert page.session_state["visitor"].layer == "relu6"
    page = choose(page, "relu6", unit=9)
    assert link(page) == {"layer": "relu6", "unit": "9"}


def test_other_pages_and_this_one_look_at_the_same_unit(
    open_pixels: OpenPixels, choose: Callable[..., AppTest]
) -> None:
    page = choose(open_pixels(), "conv3", unit=12, row=1, column=1)
    who = page.session_state["visitor"]
    assert (who.layer, who.unit) == ("conv3", 12)
    page = checked(page.switch_page(page_file("classify")).run())
    who.look_into("conv2", 3)
    page = checked(page.switch_page(page_file("pixels")).run())
    assert link(page) == {"layer": "conv2", "unit": "3"}


def test_another_model_without_the_layer_says_so(open_pixels: OpenPixels) -> None:
    page = open_pixels(layer="norm4")
    assert not page.warning
    page = checked(page.selectbox(key="model").set_value("random:alexnet-owt").run())
    assert warnings(page) == ["This network has no layer norm4, so this is conv1."]


def test_a_model_that_is_not_there_is_a_sentence(open_pixels: OpenPixels) -> None:
    page = open_pixels(model="run:missing", layer="conv2")
    assert page.warning
    assert not page.get("bidi_component")
    (back,) = [button for button in page.button if "ships" in button.label]
    assert shown(checked(back.click().run())).facts["layer"] == "conv2"


def test_numbers_that_broke_are_a_sentence(open_pixels: OpenPixels, tmp_path: Path) -> None:
    config = variants.get("alexnet-cifar", num_classes=2, hidden_sizes=(8,)).config
    network = build(config, seed=1)
    with torch.no_grad():
        # Loading refuses weights that are not finite; their products may still overflow.
        network.get_parameter("conv1.weight").mul_(1e36)
        network.get_parameter("conv2.weight").mul_(1e36)
    card = Card(model=config, categories=("a", "b"), transform=Transform(input_size=32))
    checkpoint.save(tmp_path / "broken", network.state_dict(), card)
    page = open_pixels(model=f"file:{tmp_path / 'broken'}", layer="conv2", unit="0")
    assert any("NaN" in sentence for sentence in warnings(page)), warnings(page)
    assert not np.isfinite(shown(page).arrays["output"]).all()


def test_the_code_prints_the_number_of_the_page(
    open_pixels: OpenPixels, capsys: pytest.CaptureFixture[str]
) -> None:
    page = open_pixels(layer="conv2", unit="7", row="3", column="4", sample="coffee")
    page.session_state["code"] = True
    (code,) = [block.value for block in checked(page.run()).code]
    exec(code, {})
    seen = passes.look(page.session_state["visitor"].source, "bundled:cifar10")
    found = explain(seen.model.network, seen.captured, "conv2", 7, 3, 4)
    said = f"computed here {found.result:.4f}, the network gave {found.captured:.4f}"
    assert capsys.readouterr().out.splitlines()[-1] == said
    assert f"{shown(page).arrays['output'][3, 4]:.4f}" in said


@pytest.mark.parametrize(
    "said",
    [
        None,
        "conv1",
        {"unit": 3},
        {"layer": 4},
        {"layer": "conv1", "unit": "3"},
        {"layer": "conv1", "unit": -1},
        {"layer": "conv1", "row": True},
    ],
)
def test_nonsense_from_a_browser_is_no_choice(monkeypatch: pytest.MonkeyPatch, said: Any) -> None:
    heard: list[Chosen] = []
    calls: dict[str, Any] = {}
    monkeypatch.setattr(lab, "browser_component", lambda name: calls.update)
    monkeypatch.setattr(lab.st, "session_state", {"key": type("State", (), {"chosen": said})()})
    lab.pixel_lab(b"", key="key", on_chosen=heard.append)
    calls["on_chosen_change"]()
    assert heard == []
