from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from alexnet_core.inspection import contributions, unit_ranking
from alexnet_core.inspection.top_activations import TopActivations
from dashboard.common import caches
from dashboard.common.passes import passes
from dashboard.pages.explain import attributions, ledger
from dashboard.pages.explain.panels import hidden_unit
from dashboard.pages.explain.state import Choice
from tests.dashboard.conftest import checked, first_page

SHIPPED = "bundled:cifar10"
SMALL = "shapes:train=60,test=20,size=16"
CAT, DOG = 3, 5

OpenLedger = Callable[..., AppTest]


@pytest.fixture
def open_ledger(home: Path) -> OpenLedger:
    """Open the prediction ledger of the page Explain with the query of a link."""

    def opened(**query: str) -> AppTest:
        return checked(first_page("explain", **({"part": "prediction-ledger"} | query)).run())

    return opened


def component(page: AppTest, key: str) -> dict[str, Any]:
    """What a browser component gets."""
    (found,) = [element for element in page.get("bidi_component") if element.key == key]
    data: dict[str, Any] = json.loads(found.proto.json)
    return data


def choice(page: AppTest) -> Choice:
    found = page.session_state["explain-choice"]
    assert isinstance(found, Choice)
    return found


def said(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader, *page.warning]
    return "\n".join(element.value.replace("\\", "") for element in shown)


def seen() -> passes.Inside:
    return passes.look(caches.sample("cat"), SHIPPED)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def asked_about(page: AppTest) -> tuple[str | None, int | None]:
    """The layer and the unit whose map is shown."""
    target = attributions.read(component(page, "ledger-view")["asked"]).target
    return target.layer, target.unit


def fc8(index: int) -> tuple[np.ndarray[Any, np.dtype[np.float32]], float]:
    """The weights to a class, and its bias."""
    layer = seen().model.network.get_submodule("fc8")
    weight, bias = layer.get_parameter("weight"), layer.get_parameter("bias")
    return weight[index].detach().numpy(), float(bias[index].detach())


def check_rows(data: dict[str, Any], weights: np.ndarray[Any, Any], bias: float) -> None:
    """The rows are these weights times the values, and all of them together make the sum."""
    values = seen().captured.outputs["relu7"]
    adds = weights * values
    order = np.argsort(-np.abs(adds), kind="stable")[:12]
    assert [row["unit"] for row in data["units"]] == order.tolist()
    for row in data["units"]:
        unit = row["unit"]
        assert number(row["adds"]) == pytest.approx(adds[unit], rel=6e-3)
        assert row["share"] == pytest.approx(adds[unit] / np.abs(adds).max(), rel=1e-3)
        weight, value = map(number, row["how"].split(" × "))
        assert weight == pytest.approx(weights[unit], rel=6e-3)
        assert value == pytest.approx(values[unit], rel=6e-3)
    rest, biased = data["rest"]
    assert rest["name"] == "244 more"
    left = np.delete(adds, order)
    assert number(rest["adds"]) == pytest.approx(left.sum(), rel=6e-3)
    up = f"{(left > 0).sum()} for "
    assert rest["how"].startswith(up)
    assert f"{(left == 0).sum()} silent" in rest["how"]
    assert number(biased["adds"]) == pytest.approx(bias, rel=6e-3)
    total = sum(number(row["adds"]) for row in [*data["units"], *data["rest"]])
    assert number(data["sum"]["adds"]) == pytest.approx(total, abs=0.02)


def test_the_ledger_sums_up_and_leads_to_a_unit(open_ledger: OpenLedger) -> None:
    page = open_ledger(target=str(CAT))
    data, logits = component(page, "explain-ledger"), seen().captured.logits
    check_rows(data, *fc8(CAT))
    assert number(data["sum"]["adds"]) == pytest.approx(logits[CAT], rel=6e-3)
    assert data["check"].startswith("Checked: bias and all 256 parts make")
    assert f"the network gave {logits[CAT]:.5f}" in data["check"]
    assert "The score of **cat** before softmax is a sum" in said(page)
    assert data["sides"] == ["against cat", "for cat"]
    assert (data["unit"], "hidden" in page.query_params) == (data["units"][0]["unit"], False)
    assert asked_about(page) == ("relu7", data["unit"])
    checked(page.button(key="ledger-aim").click().run())
    assert page.query_params["about"] == f"relu7:{data['unit']}"
    assert component(page, "explain-board")["label"] == f"unit {data['unit']} of relu7"


def test_a_contrast_takes_the_difference_apart(open_ledger: OpenLedger) -> None:
    page = open_ledger(target=str(CAT), against=str(DOG))
    data, logits = component(page, "explain-ledger"), seen().captured.logits
    (cat, one), (dog, other) = fc8(CAT), fc8(DOG)
    check_rows(data, cat - dog, one - other)
    lead = float(logits[CAT]) - float(logits[DOG])
    assert number(data["sum"]["adds"]) == pytest.approx(lead, rel=6e-3)
    assert f"the network gave {lead:.5f}" in data["check"]
    assert "The scores of **cat** and **dog** before softmax differ by +" in said(page)
    assert data["sides"] == ["for dog", "for cat"]
    back = component(open_ledger(target=str(DOG), against=str(CAT)), "explain-ledger")
    assert number(back["sum"]["adds"]) == pytest.approx(-lead, rel=6e-3)
    assert [row["unit"] for row in back["units"]] == [row["unit"] for row in data["units"]]


def test_a_sum_that_misses_is_said_so() -> None:
    found = seen()
    made = contributions.below(found.model.network, found.captured, "fc8", CAT)
    assert "but the network gave 0.5" in ledger._check(made, 0.5)
    assert "differ by less than 0.00" in ledger._check(made, made.value + 2e-4)


def test_a_unit_of_a_link_stays_in_sight_and_one_that_is_not_there_is_passed_over(
    open_ledger: OpenLedger,
) -> None:
    first = component(open_ledger(target=str(CAT)), "explain-ledger")
    other = next(unit for unit in range(256) if unit not in [r["unit"] for r in first["units"]])
    page = open_ledger(target=str(CAT), hidden=str(other))
    data = component(page, "explain-ledger")
    assert [row["unit"] for row in data["units"]][12:] == [other]
    assert (data["unit"], asked_about(page)) == (other, ("relu7", other))
    assert data["rest"][0]["name"] == "243 more"
    silent = seen().captured.outputs["relu7"][other] == 0
    assert (data["units"][12]["how"] == "it is silent") == silent
    assert page.query_params["hidden"] == str(other)
    beyond = component(open_ledger(target=str(CAT), hidden="256"), "explain-ledger")
    assert beyond["unit"] == first["unit"]


def test_the_ledger_of_a_unit_offers_the_answer(open_ledger: OpenLedger) -> None:
    page = open_ledger(about="conv3:4")
    assert "not unit 4 of conv3" in said(page)
    checked(page.button(key="ledger-back").click().run())
    assert "about" not in page.query_params
    assert component(page, "explain-ledger")["sides"] == ["against cat", "for cat"]


def test_what_excites_a_unit_is_there_once_it_is_known(open_ledger: OpenLedger) -> None:
    page = open_ledger(dataset=SMALL)
    assert "No data set was searched with this model yet" in said(page)
    assert not [one for one in page.get("bidi_component") if one.key == "ledger-patches"]
    ranked = unit_ranking.rank(caches.model(SHIPPED), SMALL, "test")
    page = open_ledger(dataset=SMALL)
    unit = component(page, "explain-ledger")["unit"]
    items = component(page, "ledger-patches")["items"]
    wanted = ranked.patches("relu7", unit, 6)
    assert [item["id"] for item in items] == [str(patch.picture) for patch in wanted]
    assert all(item["image"].startswith("data:image/") for item in items)
    assert items[0]["caption"] == f"{wanted[0].label}\n{wanted[0].value:.3g}"
    assert "Its strongest of 20 pictures of" in said(page)
    silent = _silent(ranked)
    page.session_state["explain-choice"].ledger = silent
    checked(page.run())
    assert "it is silent on all 20 pictures" in said(page)


def _silent(ranked: TopActivations) -> int:
    return int(np.flatnonzero(ranked.fires("relu7") == 0)[0])


def test_the_chosen_set_is_asked_before_the_others_that_are_here(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.common.visitor import Visitor

    tried: list[str] = []
    monkeypatch.setattr(
        hidden_unit, "ranking", lambda model, dataset, split: tried.append(dataset.card.name)
    )
    who = Visitor(dataset=SMALL)
    assert not list(hidden_unit._known(who, seen()))
    assert tried == [SMALL, "shapes"]
