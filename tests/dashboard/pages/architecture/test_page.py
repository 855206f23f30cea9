from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from alexnet_core.models import variants
from alexnet_core.training import recipes
from dashboard.common import caches
from dashboard.pages.architecture.diagram import Opened
from dashboard.pages.architecture.panels import stage
from tests.dashboard.conftest import checked, first_page, html

OpenArchitecture = Callable[..., AppTest]


@pytest.fixture
def open_page() -> OpenArchitecture:
    """Open the page as a new visitor, with the query of a link."""

    def opened(**query: str) -> AppTest:
        return checked(first_page("architecture", **query).run())

    return opened


@pytest.fixture
def clicked(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, str], None]:
    """Say which layer the next run finds clicked."""

    def click(network: int, layer: str) -> None:
        answers = iter([Opened(network, layer)])
        drawing = stage.drawing

        def draw(document: Any, *, key: str) -> Opened | None:
            drawing(document, key=key)
            return next(answers, None)

        monkeypatch.setattr(stage, "drawing", draw)

    return click


def drawn(page: AppTest) -> dict[str, Any]:
    """What the browser draws."""
    (element,) = page.get("bidi_component")
    return dict(json.loads(element.proto.json))


def shapes(page: AppTest, network: int = 0) -> dict[str, str]:
    """Layer -> shapes that go in and out."""
    cards = drawn(page)["networks"][network]["cards"]
    return {layer: dict(card["lines"])["Shape"] for layer, card in cards.items()}


def throw(page: AppTest, name: str, value: Any) -> AppTest:
    """Change one switch."""
    page.get_by_key(f"architecture-{name}").set_value(value)
    return checked(page.run())


def press(page: AppTest, key: str) -> AppTest:
    return checked(page.button(key=f"architecture-{key}").click().run())


def said(*elements: Any) -> str:
    """The text of elements as a reader sees it."""
    return " ".join(element.value for element in elements).replace("\\", "")


@pytest.mark.parametrize("name", variants.names())
def test_every_variant_is_drawn_and_counted(open_page: OpenArchitecture, name: str) -> None:
    page = open_page(network=name)
    config = variants.get(name).config
    assert list(shapes(page)) == [spec.name for spec in config.layers()]
    assert [row["layer"] for row in drawn(page)["rows"]] == list(shapes(page))
    assert "Multiply-adds a picture" in html(page)
    assert variants.get(name).note in said(*page.caption)
    assert not page.error


def test_a_first_visit_shows_the_chosen_model(open_page: OpenArchitecture) -> None:
    page = open_page()
    config = caches.model("bundled:cifar10").config
    assert list(shapes(page)) == [spec.name for spec in config.layers()]
    assert drawn(page)["networks"][0]["title"] == config.name
    assert drawn(page)["picture"].startswith("data:image/jpeg")
    assert page.query_params == {}


def test_an_untrained_variant_is_shown_without_building_it(
    open_page: OpenArchitecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "model", lambda reference: pytest.fail(f"built {reference}"))
    page = open_page(model="random:alexnet-2012")
    assert shapes(page)["conv1"] == "227×227×3 → 55×55×96"


@pytest.mark.parametrize("model", ["bundled:nothing", "run:missing", "%00", "random:nothing"])
def test_a_model_that_is_not_there_leaves_the_variants(
    open_page: OpenArchitecture, model: str
) -> None:
    page = open_page(model=model, against="chosen")
    assert page.warning
    assert shapes(page) == shapes(page, 1)
    (back,) = [button for button in page.button if "ships" in button.label]
    page = checked(back.click().run())
    assert not page.warning
    assert drawn(page)["networks"][0]["title"].startswith("alexnet-cifar")


@pytest.mark.parametrize(
    ("switch", "value", "layer", "shape", "link"),
    [
        ("input_size", 131, "conv1", "131×131×3 → 31×31×96", "input_size=131"),
        ("num_classes", 17, "fc8", "4,096 → 17", "num_classes=17"),
        ("conv_channels-1", 64, "conv1", "227×227×3 → 55×55×64", "conv_channels=[64, 256, "),
        ("towers", 1, "conv2", "27×27×96 → 27×27×256", "towers=1"),
        ("pooling", (2, 2), "pool5", "13×13×256 → 6×6×256", "pool_kernel=2"),
        ("norm", "none", "pool1", "55×55×96 → 27×27×96", "norm=none"),
        ("activation", "tanh", "tanh1", "55×55×96 → 55×55×96", "activation=tanh"),
        ("hidden_sizes", "512", "fc7", "512 → 1,000", "hidden_sizes=[512]"),
        ("dropout", 0.2, "drop6", "4,096 → 4,096", "dropout=0.2"),
    ],
)
def test_a_switch_changes_the_drawing_and_the_link(
    open_page: OpenArchitecture, switch: str, value: Any, layer: str, shape: str, link: str
) -> None:
    page = open_page(network="alexnet-2012")
    before = drawn(page)["networks"][0]
    page = throw(page, switch, value)
    after = drawn(page)["networks"][0]
    assert after["title"] == "alexnet-2012, changed"
    assert shapes(page)[layer] == shape
    assert link in page.query_params["switches"]
    assert not page.error
    again = open_page(**page.query_params)
    assert drawn(again) == drawn(page)
    page = press(page, "reset")
    assert drawn(page)["networks"][0] == before
    assert "switches" not in page.query_params


def test_groups_and_parameters_follow_the_towers(open_page: OpenArchitecture) -> None:
    page = open_page(network="alexnet-2012")
    page = throw(page, "towers", 1)
    card = dict(drawn(page)["networks"][0]["cards"]["conv2"]["lines"])
    assert card["Groups"] == "1, which sees all maps"
    assert card["Parameters"] == f"{256 * (96 * 25 + 1):,}"


def test_a_normalisation_that_stood_nowhere_gets_a_place(open_page: OpenArchitecture) -> None:
    page = throw(open_page(network="alexnet-owt"), "norm", "lrn")
    assert {"norm1", "norm2"} <= set(shapes(page))


def test_more_switches_are_there_when_they_are_asked_for(open_page: OpenArchitecture) -> None:
    page = open_page(network="alexnet-2012")
    page.session_state["architecture-more"] = True
    page = throw(checked(page.run()), "conv_kernels", "7, 5, 3, 3, 3")
    assert shapes(page)["conv1"] == "227×227×3 → 56×56×96"
    page = throw(page, "pool_after", [1, 2])
    assert "pool5" not in shapes(page)


def test_an_impossible_network_says_where_it_breaks_and_what_works(
    open_page: OpenArchitecture,
) -> None:
    page = throw(open_page(network="alexnet-2012"), "input_size", 30)
    assert said(*page.error) == (
        "With an input of 30 × 30 pixels no pixel would be left at pool2; "
        "the smallest input that works is 67 × 67."
    )
    network = drawn(page)["networks"][0]
    assert network["lost"] == "pool2"
    assert shapes(page)["conv1"].startswith("67×67×3")
    assert "architecture-train" not in [button.key for button in page.button]
    assert said(*open_page(**page.query_params).error) == said(*page.error)
    page = press(page, "take-k")
    assert not page.error
    assert page.query_params["switches"] == "input_size=67"


def test_where_no_input_would_do_the_newest_switch_gives_way(open_page: OpenArchitecture) -> None:
    strides = "[16, 16, 16, 1, 1]"
    page = open_page(network="alexnet-2012", switches=f"num_classes=5;conv_strides={strides}")
    assert "no size up to 1024" in said(*page.error)
    assert shapes(page)["conv1"] == "227×227×3 → 55×55×96"
    assert shapes(page)["fc8"] == "4,096 → 5"


def test_an_odd_width_is_refused_beside_it_where_towers_split(open_page: OpenArchitecture) -> None:
    page = throw(open_page(network="alexnet-2012"), "conv_channels-2", 255)
    refusal = "even numbers where two towers split (conv1, conv2)"
    assert refusal in said(*page.markdown)
    assert refusal in said(*page.error)
    assert shapes(page)["conv2"] == "27×27×96 → 27×27×256"
    page = throw(page, "towers", 1)
    assert not page.error
    assert shapes(page)["conv2"] == "27×27×96 → 27×27×255"


@pytest.mark.parametrize("text", ["many", "0, 1", "1, 2, 3, 4, 5", ""])
def test_a_list_that_is_none_is_refused_beside_it(open_page: OpenArchitecture, text: str) -> None:
    page = throw(open_page(network="alexnet-2012"), "hidden_sizes", text)
    assert "1 to 4 whole numbers" in said(*page.markdown)
    assert page.text_input(key="architecture-hidden_sizes").value == text
    assert shapes(page)["fc8"] == "4,096 → 1,000"


def test_the_largest_network_that_is_allowed_is_still_said_in_words(
    open_page: OpenArchitecture,
) -> None:
    widths = ", ".join(["65536"] * 5)
    page = open_page(
        network="alexnet-2012",
        switches=f"input_size=1024;conv_channels=[{widths}];hidden_sizes=[{widths[:28]}]",
    )
    assert not page.error
    assert "trillion" in html(page)
    assert "e+" not in html(page) + json.dumps(drawn(page)["networks"])


def test_two_networks_stand_side_by_side(open_page: OpenArchitecture) -> None:
    page = open_page(network="alexnet-2012", against="alexnet-cifar")
    found = drawn(page)
    assert [each["title"] for each in found["networks"]] == ["alexnet-2012", "alexnet-cifar"]
    assert {"conv1", "norm5"} <= set(found["differs"])
    shown = html(page)
    assert "B beside A" in shown
    assert "23.9 times less" in shown
    assert "3 more" in shown
    page = press(page, "swap")
    assert drawn(page)["networks"][0]["title"] == "alexnet-cifar"
    assert "23.9 times as much" in html(page)
    assert (page.query_params["network"], page.query_params["against"]) == (
        "alexnet-cifar",
        "alexnet-2012",
    )
    assert drawn(open_page(**page.query_params)) == drawn(page)
    page = throw(page, "against", "none")
    assert len(drawn(page)["networks"]) == 1


def test_a_changed_network_is_compared_with_what_it_was(open_page: OpenArchitecture) -> None:
    page = press(throw(open_page(network="alexnet-2012"), "num_classes", 17), "before")
    assert drawn(page)["differs"] == ["fc8"]
    page = press(page, "swap")
    assert "The second network has 1 change" in said(*page.caption)
    assert page.query_params["against_switches"] == "num_classes=17"
    assert drawn(open_page(**page.query_params)) == drawn(page)


@pytest.mark.parametrize(
    "query",
    [
        {"network": "alexnet-1912"},
        {"against": "%00"},
        {"switches": "nothing=1;;=;name=x;input_size"},
        {"switches": "input_size=0;towers=3;conv_channels=[1];hidden_sizes=[];dropout=NaN"},
        {"switches": 'input_size=1e999;hidden_sizes={"a":[1]};norm=null;conv_kernels=x'},
        {"against_switches": "input_size=64"},
    ],
)
def test_a_link_that_means_nothing_opens_the_page(
    open_page: OpenArchitecture, query: dict[str, str]
) -> None:
    page = open_page(**query)
    assert drawn(page) == drawn(open_page())
    assert page.query_params == {}


def test_another_model_in_the_bar_is_shown(open_page: OpenArchitecture) -> None:
    page = open_page(network="alexnet-gfg", switches="num_classes=5")
    page = checked(page.selectbox(key="model").set_value("random:alexnet-owt").run())
    assert drawn(page)["networks"][0]["title"] == "alexnet-owt"
    assert page.query_params == {"model": "random:alexnet-owt"}


def test_a_new_link_in_an_old_session_is_followed(open_page: OpenArchitecture) -> None:
    page = open_page(network="alexnet-2012")
    page.query_params["network"] = "alexnet-owt"
    assert drawn(checked(page.run()))["networks"][0]["title"] == "alexnet-owt"


def test_training_takes_the_network_along(open_page: OpenArchitecture) -> None:
    page = open_page(network="alexnet-cifar", switches="conv_channels=[8, 8, 8, 8, 8]")
    page = press(page, "train")
    draft = page.session_state["run-draft"]
    config = draft.resolve().config.model
    assert config.conv_channels == (8, 8, 8, 8, 8)
    assert config.hidden_sizes == variants.get("alexnet-cifar").config.hidden_sizes
    assert config.num_classes == recipes.get(draft.recipe).model.num_classes


def test_a_layer_of_the_chosen_model_opens_on_its_page(
    open_page: OpenArchitecture, clicked: Callable[[int, str], None]
) -> None:
    page = open_page()
    clicked(0, "conv3")
    who = checked(page.run()).session_state["visitor"]
    assert (who.layer, who.model) == ("conv3", "bundled:cifar10")
    assert page.query_params["layer"] == "conv3"


def test_a_layer_of_another_variant_opens_in_an_untrained_one(
    open_page: OpenArchitecture, clicked: Callable[[int, str], None]
) -> None:
    page = open_page(against="alexnet-cifar")
    clicked(1, "pool5")
    who = checked(page.run()).session_state["visitor"]
    assert (who.layer, who.model) == ("pool5", "random:alexnet-cifar")


def test_a_layer_of_a_plan_has_nothing_to_look_into(
    open_page: OpenArchitecture, clicked: Callable[[int, str], None]
) -> None:
    page = open_page(switches="num_classes=12")
    clicked(0, "conv3")
    page = checked(page.run())
    assert page.session_state["visitor"].layer == ""
    assert "conv3 of this network has no weights yet" in said(*page.info)
    page = press(page, "look")
    assert page.session_state["visitor"].layer == "conv3"


def test_the_layers_are_timed_on_request(open_page: OpenArchitecture) -> None:
    page = open_page()
    assert not drawn(page)["timed"]
    page = checked(page.toggle(key="architecture-timed").set_value(True).run())
    document = drawn(page)
    assert document["timed"]
    times = {row["layer"]: row["cells"][0]["time"] for row in document["rows"]}
    assert min(times.values()) > 0
    # A convolution has more to do than passing numbers on.
    assert times["conv2"] > times["flatten"]
    assert "Time of a picture" in html(page)
    assert "median of 9 passes" in said(*page.caption)


def test_a_network_too_large_to_be_timed_says_so(open_page: OpenArchitecture) -> None:
    page = throw(open_page(), "hidden_sizes", "65536, 65536")
    page = checked(page.toggle(key="architecture-timed").set_value(True).run())
    assert "can't be timed" in said(*page.warning)
    assert not drawn(page)["timed"]
