"""Links: what is written comes back, and what was ever a name stays one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from alexnet_core.models import variants
from dashboard.common import links, visitor
from dashboard.common.links import Link
from dashboard.common.visitor import Visitor
from dashboard.pages.architecture import state as architecture
from dashboard.pages.architecture.plan import Board, Plan
from dashboard.pages.explain import state as explain
from dashboard.pages.layers import state as layers
from dashboard.pages.pixels import state as pixels
from dashboard.pages.train import state as train
from dashboard.pages.train.draft import Draft


@pytest.mark.parametrize(
    "settings",
    [
        {"input_size": 64, "norm": "batch", "hidden_sizes": [4096, 4096], "dropout": 0.25},
        {"adaptive_pool": None, "nesterov": True, "model.name": "a; b = c"},
        {"nothing": ""},
    ],
)
def test_settings_come_back_as_they_were(settings: dict[str, Any]) -> None:
    assert dict(links.separate(links.joined(settings))) == settings


def test_what_is_no_json_is_text() -> None:
    found = [pair for said in ["a=relu;b=[1;c", ""] for pair in links.separate(said)]
    assert found == [
        ("a", "relu"),
        ("b", "[1"),
        ("c", ""),
        ("", ""),
    ]
    deep = "[" * 100_000
    assert list(links.separate(f"a={deep}")) == [("a", deep)]


NAMES = {
    "everywhere": ("model", "sample", "picture", "top", "dataset", "type"),
    "run": ("run", "epoch", "compare"),
    "place": ("layer", "unit"),
    "layers": ("view", "sort", "part"),
    "pixels": ("layer", "unit", "row", "column", "channel"),
    "architecture": ("network", "switches", "against", "against_switches"),
    "train": ("recipe", "dataset", "set"),
    "explain": (
        [
            "methods",
            "open",
            "target",
            "against",
            "about",
            "options",
            "show",
            "signs",
            "scale",
            "part",
            "hidden",
        ]
    ),
}
"""Every name that a link ever had. One may be added; none may go, or old links are broken."""

TABLES: dict[str, Link[Any]] = {
    "everywhere": visitor.EVERYWHERE,
    "run": visitor.RUN,
    "place": visitor.PLACE,
    "layers": layers.LINK,
    "pixels": pixels.LINK,
    "architecture": architecture.LINK,
    "train": train.LINK,
    "explain": explain.LINK,
}


@pytest.mark.parametrize("page", NAMES)
def test_every_name_that_a_link_ever_had_is_still_read(page: str) -> None:
    known = {parameter.name for parameter in TABLES[page].parameters}
    assert known >= set(NAMES[page])


def read(table: Link[Any], state: Any, query: dict[str, str]) -> Any:
    """A state as a link with this query would make it."""
    for parameter in table.parameters:
        if parameter.name in query:
            parameter.read(state, query[parameter.name])
    return state


OLD: list[tuple[str, Any, dict[str, str]]] = [
    ("everywhere", Visitor(), {"model": "run:7@3", "sample": "rocket", "top": "3"}),
    ("everywhere", Visitor(), {"dataset": "pets", "type": "large"}),
    ("run", Visitor(), {"run": "abc", "epoch": "4", "compare": "abc,def"}),
    ("place", Visitor(), {"layer": "conv3", "unit": "0"}),
    ("layers", layers.Look(), {"view": "filters", "sort": "strength", "part": "from-and-to"}),
    (
        "pixels",
        pixels.Choice(),
        {"layer": "conv2", "unit": "7", "row": "0", "column": "5", "channel": "3"},
    ),
    (
        "architecture",
        Board(),
        {
            "network": "alexnet-2012",
            "switches": "input_size=128;norm=none",
            "against": "chosen",
            "against_switches": "hidden_sizes=[512, 512]",
        },
    ),
    ("train", Draft(), {"recipe": "cifar10-quick", "set": "epochs=41;model.dropout=0.25"}),
    (
        "explain",
        explain.Choice(),
        {
            "methods": "saliency,occlusion",
            "open": "occlusion",
            "target": "3",
            "against": "5",
            "options": "occlusion.window=4",
            "show": "alone",
            "signs": "sizes",
            "scale": "shared",
            "part": "paint-and-watch",
            "hidden": "12",
        },
    ),
    ("explain", explain.Choice(), {"methods": "", "about": "conv3:12"}),
]


@pytest.mark.parametrize(("page", "state", "query"), OLD)
def test_a_link_says_what_was_read_from_it(
    page: str, state: Any, query: dict[str, str], home: Any
) -> None:
    assert dict(TABLES[page].written(read(TABLES[page], state, query))) == query


@pytest.mark.parametrize(
    ("page", "state", "query"),
    [
        ("everywhere", Visitor(), {"sample": "gone", "picture": "no/such/1", "top": "7"}),
        ("layers", layers.Look(), {"view": "x", "sort": "x", "part": "x"}),
        ("pixels", pixels.Choice(), {"unit": "9" * 5_000, "row": "-1", "column": "٣"}),
        ("architecture", Board(), {"network": "x", "switches": "input_size=64"}),
        ("architecture", Board(), {"switches": "name=x;nothing=1;input_size=x"}),
        ("architecture", Board(), {"against": "x", "against_switches": "input_size=64"}),
        ("train", Draft(), {"recipe": "x", "set": "x=1;model=2;model.x=3;recipe=y"}),
        ("explain", explain.Choice(), {"about": "conv3:x", "options": "x.y=1;saliency.z=2"}),
        ("explain", explain.Choice(), {"target": "x", "show": "x", "part": "x", "open": "x"}),
    ],
)
def test_what_is_not_known_is_passed_over(
    page: str, state: Any, query: dict[str, str], home: Any
) -> None:
    first = TABLES[page].written(type(state)())
    first = {name: said for name, said in first.items() if name != "layer"}
    found = TABLES[page].written(read(TABLES[page], state, query))
    assert {name: said for name, said in found.items() if name != "layer"} == first


def test_a_unit_is_asked_about_instead_of_a_class() -> None:
    query = {"target": "3", "against": "4", "about": "conv3:1"}
    found = read(explain.LINK, explain.Choice(), query)
    assert explain.LINK.written(found) == {"about": "conv3:1"}


def test_switches_belong_to_the_network_of_their_link() -> None:
    name = variants.names()[0]
    found = read(architecture.LINK, Board(), {"network": name, "switches": "input_size=100"})
    assert found.plan == Plan(name, {"input_size": 100})


@dataclass
class _State:
    unit: int | None = None


def test_a_session_knows_its_own_links_again() -> None:
    def script() -> None:
        import streamlit as st

        from tests.dashboard.common.test_links import TABLE, _State

        st.text(str(TABLE.is_another()))
        state = _State()
        TABLE.take(state)
        st.text(str(state.unit))
        TABLE.remember()

    page = AppTest.from_function(script)
    page.query_params["unit"] = "3"
    assert [found.value for found in page.run().text] == ["True", "3"]
    assert [found.value for found in page.run().text] == ["False", "3"]
    page.query_params["unit"] = "4"
    page.query_params["other"] = "x"
    assert [found.value for found in page.run().text] == ["True", "4"]
    page.query_params["unit"] = "3"
    assert page.run().text[0].value == "False"
    del page.query_params["unit"]
    assert page.run().text[0].value == "False"


TABLE: Link[_State] = Link("test", links.number("unit", "unit"))
