from __future__ import annotations

import base64
import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from alexnet_core.errors import CancelledError, LabError
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.registry import METHODS
from alexnet_core.explanation.target import Target
from alexnet_core.models import checkpoint, library
from dashboard.common import caches
from dashboard.common.caches import Source
from dashboard.common.passes import passes
from dashboard.common.work import QUICK, Work
from dashboard.pages.explain import attributions
from dashboard.pages.explain.attributions import Asked
from dashboard.pages.explain.panels import opened_card
from dashboard.pages.explain.state import FIRST, PARTS, Choice
from tests.dashboard.conftest import checked, first_page, html, photo
from tests.dashboard.server.test_routes import Answer, get

SHIPPED = "bundled:cifar10"
PATIENCE = 60.0

OpenExplain = Callable[..., AppTest]


@pytest.fixture
def open_explain(home: Path) -> OpenExplain:
    """Open the page Explain with the query of a link."""

    def opened(**query: str) -> AppTest:
        return checked(first_page("explain", **query).run())

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
    shown = [*page.markdown, *page.caption, *page.subheader, *page.warning, *page.success]
    return "\n".join(element.value.replace("\\", "") for element in shown)


def seen(model: str = SHIPPED) -> passes.Inside:
    return passes.look(caches.sample("cat"), model)


def until(page: AppTest, there: Callable[[AppTest], bool]) -> AppTest:
    """Run the page again until something is there."""
    end = time.monotonic() + PATIENCE
    while not there(page):
        assert time.monotonic() < end, said(page)
        time.sleep(0.1)
        checked(page.run())
    return page


def asked(method: str, target: Target | None = None, **options: Any) -> Asked:
    return Asked(method, target or Target(), METHODS[method].options(**options))


def test_a_first_visit_asks_three_fast_methods_about_the_predicted_class(
    open_explain: OpenExplain,
) -> None:
    page = open_explain()
    assert not page.warning
    board = component(page, "explain-board")
    shown = [row for row in board["methods"] if row["shown"]]
    assert tuple(row["name"] for row in shown) == FIRST
    assert {row["cost"] for row in shown} == {"gradient"}
    assert [row["name"] for row in board["methods"]] == list(METHODS)
    best = board["rows"][0]
    assert (board["index"], board["label"], board["against"]) == (
        best["index"], best["label"], None,
    )  # fmt: skip
    assert attributions.read(shown[0]["asked"]) == asked(FIRST[0])
    assert component(page, "explain-view")["asked"] == shown[0]["asked"]


def test_a_link_says_all_that_was_chosen(open_explain: OpenExplain) -> None:
    query = {
        "methods": "integrated-gradients,grad-cam",
        "open": "grad-cam",
        "target": "5",
        "against": "3",
        "options": "integrated-gradients.steps=20;grad-cam.layer=conv3",
        "show": "outline",
        "signs": "sizes",
        "scale": "shared",
        "part": "paint-and-watch",
    }
    page = open_explain(**query)
    assert not page.warning
    assert dict(page.query_params) == query
    board = component(page, "explain-board")
    assert board["label"] == "dog and not cat"
    assert [board[name] for name in ("show", "signs", "scale", "opened")] == [
        "outline", "sizes", "shared", "grad-cam",
    ]  # fmt: skip
    told = {row["name"]: row["asked"] for row in board["methods"] if row["shown"]}
    target = Target(index=5, against=3)
    assert attributions.read(told["integrated-gradients"]) == asked(
        "integrated-gradients", target, steps=20
    )
    assert component(page, "explain-view")["asked"] == told["grad-cam"]
    assert component(page, "explain-paint")["side"] == 32


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"target": "99"}, "index is 99"),
        ({"against": "12"}, "against is 12"),
        ({"about": "nowhere:3"}, "nowhere"),
        ({"about": "conv1:9999"}, "9999"),
    ],
)
def test_a_target_out_of_range_is_a_sentence(
    open_explain: OpenExplain, query: dict[str, str], sentence: str
) -> None:
    page = open_explain(**query)
    (warning,) = page.warning
    assert sentence in warning.value.replace("\\", "")
    assert "Explained is the predicted class" in warning.value.replace("\\", "")
    board = component(page, "explain-board")
    assert board["index"] == board["predicted"]


def test_what_a_link_may_not_set_is_passed_over(open_explain: OpenExplain) -> None:
    page = open_explain(
        methods="saliency,nonsense", options="saliency.steps=3;lime.width=-1;x", show="?"
    )
    assert choice(page).methods == ("saliency",)
    assert choice(page).options == {}


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., str]:
    """The shipped network with other settings, or other weights, as a file of one's own."""

    def made(weight: float | None = None, **fields: Any) -> str:
        card, weights = checkpoint.load(library.assets() / "cifar10")
        if weight is not None:
            weights["conv3.weight"] = weights["conv3.weight"] * 0 + weight
        path = tmp_path / "changed"
        checkpoint.save(path, weights, card.replace(model=card.model.replace(**fields)))
        return f"file:{path}"

    return made


def test_a_network_without_relu_says_which_methods_it_refuses(
    open_explain: OpenExplain, changed: Callable[..., str]
) -> None:
    page = open_explain(
        model=changed(activation="tanh"), methods="guided-backprop,saliency", open="guided-backprop"
    )
    board = {row["name"]: row for row in component(page, "explain-board")["methods"]}
    assert "tanh" in board["guided-backprop"]["refusal"]
    assert board["saliency"]["refusal"] == ""
    assert component(page, "explain-view")["refusal"] == board["guided-backprop"]["refusal"]
    assert "Left out: Guided Backprop" in said(page)


def test_numbers_that_overflow_are_one_sentence(
    open_explain: OpenExplain, changed: Callable[..., str]
) -> None:
    page = open_explain(model=changed(weight=3e38))
    (warning,) = page.warning
    assert "NaN or infinite" in warning.value
    assert not page.get("bidi_component")


def test_a_model_that_is_not_here_offers_a_way_back(open_explain: OpenExplain) -> None:
    page = open_explain(model="run:nobody")
    assert len(page.warning) == 1
    (back,) = [button for button in page.button if "ships" in button.label]
    assert not checked(back.click().run()).warning
    assert component(page, "explain-board")["rows"]


def test_a_constant_picture_is_explained_or_says_that_nothing_is_found(home: Path) -> None:
    found = passes.look(Source.of(photo("black"), "black.png"), SHIPPED)
    for name in ("saliency", "input-x-gradient", "integrated-gradients", "occlusion", "lime"):
        head, values = map_of(fetched(found.token, "map", asked(name)))
        assert np.isfinite(values).all()
        assert head["flat"] == (float(np.ptp(values)) == 0)


@pytest.mark.parametrize("method", ["saliency", "smoothgrad", "occlusion", "lime"])
def test_every_typed_option_has_a_widget(open_explain: OpenExplain, method: str) -> None:
    page = open_explain(methods=method)
    start = f"explain-option-{method}-"
    keys = {
        str(element.key).removeprefix(start)
        for kind in (page.toggle, page.selectbox, page.number_input, page.button_group)
        for element in kind
        if str(element.key).startswith(start)
    }
    assert keys == set(METHODS[method].options.model_fields)


def test_an_option_is_taken_and_given_back(open_explain: OpenExplain) -> None:
    steps = open_explain(methods="integrated-gradients")
    steps.number_input(key="explain-option-integrated-gradients-steps").set_value(10)
    checked(steps.run())
    assert steps.query_params["options"] == "integrated-gradients.steps=10"
    view = component(steps, "explain-view")
    assert attributions.read(view["asked"]) == asked("integrated-gradients", steps=10)
    checked(steps.button(key="explain-defaults-integrated-gradients").click().run())
    assert "options" not in steps.query_params


def test_the_trial_ranks_what_was_measured_and_can_be_cancelled(
    open_explain: OpenExplain, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {name: METHODS[name] for name in (*FIRST, "occlusion")}
    monkeypatch.setattr("alexnet_core.explanation.methods.registry.METHODS", few)
    page = open_explain()
    checked(page.button(key="trial-begin").click().run())
    until(page, lambda page: not any(one.key == "trial-cancel" for one in page.button))
    (table,) = page.dataframe
    frame = table.value
    assert sorted(frame["Method"]) == ["Grad-CAM", "Input x Gradient", "Occlusion", "Saliency"]
    assert list(frame["Deletion"]) == sorted(frame["Deletion"])
    page.selectbox(key="trial-figure").select("insertion")
    checked(page.run())
    insertion = list(page.dataframe[0].value["Insertion"])
    assert insertion == sorted(insertion, reverse=True)


def test_a_trial_is_cancelled_in_the_middle_and_a_method_may_fail(
    open_explain: OpenExplain, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = attributions.measured

    def some(found: Any, one: Asked, options: Any, cancelled: Callable[[], bool]) -> Any:
        if one.method == "saliency":
            raise LabError("There is not enough memory.")
        while one.method == "grad-cam" and not cancelled():
            time.sleep(0.01)
        if cancelled():
            raise CancelledError("Enough.")
        return real(found, one, options, cancelled)

    few = {name: METHODS[name] for name in FIRST}
    monkeypatch.setattr("alexnet_core.explanation.methods.registry.METHODS", few)
    monkeypatch.setattr(attributions, "measured", some)
    page = open_explain()
    checked(page.button(key="trial-begin").click().run())
    until(page, lambda page: len(page.dataframe) == 1)
    assert "Saliency has no figures: There is not enough memory." in said(page)
    checked(page.button(key="trial-cancel").click().run())
    until(page, lambda page: "Cancelled." in said(page))
    assert list(page.dataframe[0].value["Method"]) == ["Input x Gradient"]


def test_work_that_is_stopped_ends_and_can_be_begun_again() -> None:
    found = seen()
    whole = asked("occlusion", window=2, stride=1)
    begun = attributions.map_work(found, whole)
    begun.stop()
    end = time.monotonic() + PATIENCE
    while begun.watch(0.1) == "going":
        assert time.monotonic() < end
    again = attributions.map_work(found, whole)
    while again.watch(0.1) == "going":
        assert time.monotonic() < end
    assert again.state == "done"
    assert attributions.map_work(found, whole) is again


def goes_on(work: Work[object]) -> object:
    """Work without an end of its own."""
    while not work.cancelled():
        time.sleep(0.01)
    raise CancelledError("Enough.")


def test_work_ends_when_asked_to_or_when_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    work: Work[object] = Work(goes_on, QUICK)
    assert work.watch() == "going"
    work.stop()
    assert work.cancelled()
    assert work.watch(PATIENCE) == "cancelled"
    monkeypatch.setattr(QUICK, "patience", 0.0)
    left: Work[object] = Work(goes_on, QUICK)
    end = time.monotonic() + PATIENCE
    while left.state == "going":
        assert time.monotonic() < end
        time.sleep(0.01)
    assert left.state == "cancelled"


def test_work_that_fails_says_so_and_the_slot_is_free() -> None:
    def fails(work: Work[object]) -> object:
        raise LabError("No.")

    for _ in range(4):
        work: Work[object] = Work(fails, QUICK)
        assert work.watch(PATIENCE) == "failed"
        assert work.error == "No."


def test_two_who_want_the_same_map_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    from alexnet_core.explanation import attribution

    calls, begun = [], threading.Event()

    def slow(*given: Any, **named: Any) -> Any:
        calls.append(given[2])
        begun.wait(PATIENCE)
        return explain(*given, **named)

    monkeypatch.setattr(attribution, "explain", slow)
    found, question = seen(), asked("smoothgrad", samples=2, seed=77)
    works: list[Work[Any]] = [
        Work(lambda work: attributions.explanation(found, question, None, work.cancelled), QUICK)
        for _ in range(2)
    ]
    begun.set()
    assert [work.watch(PATIENCE) for work in works] == ["done", "done"]
    assert works[0].found is works[1].found
    assert calls == ["smoothgrad"]


def test_the_lever_names_methods_that_do_not_change(open_explain: OpenExplain) -> None:
    page = open_explain(part="sanity-lever", methods="saliency,guided-backprop")
    checked(page.button(key="lever-begin").click().run())
    until(page, lambda page: 'class="lab-lever"' in html(page))
    assert "Guided Backprop hardly changes" in said(page)
    assert html(page).count("<figure>") >= 2
    assert "1.00" not in html(page).partition('class="lab-lever"')[2]


def test_agreement_compares_all_cards(open_explain: OpenExplain) -> None:
    page = open_explain(part="agreement")
    until(page, lambda page: len(page.get("plotly_chart")) == 1)
    page.session_state["explain-choice"].take(["saliency"])
    checked(page.run())
    assert "Choose two methods" in said(page)


def test_the_raw_numbers_are_a_file() -> None:
    found = seen()
    with np.load(io.BytesIO(opened_card._npz(found, asked("grad-cam")))) as file:
        values = file["values"]
    direct = explain(found.model, found.captured.pixels, "grad-cam")
    assert np.array_equal(values, direct.values)


def ask(token: str, what: str, **query: Any) -> Answer:
    """What the routes answer."""
    return get(f"/api/explain/{token}/{what}?{urlencode(query)}")


def post(token: str, what: str, **query: Any) -> Answer:
    """What the routes answer to an order."""
    return get(f"/api/explain/{token}/{what}?{urlencode(query)}", method="POST")


def map_of(answer: Answer) -> tuple[dict[str, Any], np.ndarray[Any, np.dtype[np.float32]]]:
    assert answer.status == 200, answer.body
    length = int.from_bytes(answer.body[:4], "little")
    head = json.loads(answer.body[4 : 4 + length])
    return head, np.frombuffer(answer.body[4 + length :], dtype="<f4")


def fetched(token: str, what: str, question: Asked) -> Answer:
    """The answer, once it is more than how far it is."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = ask(token, what, asked=question.text())
        kind = answer.headers["content-type"]
        if kind != "application/json" or answer.json.get("state") != "going":
            return answer
        assert time.monotonic() < end


def test_maps_go_to_the_browser_as_they_are() -> None:
    found, question = seen(), asked("integrated-gradients", steps=6)
    head, values = map_of(fetched(found.token, "map", question))
    made = explain(found.model, found.captured.pixels, question.method, options=question.options)
    assert np.array_equal(values.reshape(32, 32), made.heat)
    assert (head["side"], head["label"], head["steps"]) == (32, made.target.label, 6)
    quality = fetched(found.token, "quality", question).json["figures"]
    assert {row["name"] for row in quality} >= {"deletion", "insertion", "sparseness"}
    assert ask(found.token, "picture").headers["content-type"] == "image/png"


def test_one_browser_s_stop_leaves_alone_what_another_watches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = threading.Event()

    def slow(found: Any, one: Asked, progress: Any, cancelled: Callable[[], bool]) -> Any:
        begun.set()
        while not cancelled():
            time.sleep(0.01)
        raise CancelledError("Enough.")

    monkeypatch.setattr(attributions, "explanation", slow)
    token, question = seen().token, asked("smoothgrad", samples=2, seed=78).text()
    ann, bob = f"{token}.ann", f"{token}.bob"
    for who in (ann, bob):
        assert ask(who, "map", asked=question).json["state"] == "going"
    assert begun.wait(PATIENCE)
    assert post(ann, "stop", asked=question).json == {"state": "cancelled"}
    assert ask(ann, "map", asked=question, still=1).json["state"] == "cancelled"
    assert ask(bob, "map", asked=question, still=1).json["state"] == "going"
    # Asked anew, it is watched again, and the same work.
    assert ask(ann, "map", asked=question).json["state"] == "going"
    for who in (ann, bob):
        post(who, "stop", asked=question)
    end = time.monotonic() + PATIENCE
    while ask(bob, "map", asked=question, still=1).json["state"] != "cancelled":
        assert time.monotonic() < end


def test_a_painted_picture_is_answered_and_explained_anew() -> None:
    found, question = seen(), asked("saliency", Target(index=3))
    empty = base64.urlsafe_b64encode(bytes(128)).decode()
    full = base64.urlsafe_b64encode(b"\xff" * 128).decode()
    query = {"asked": question.text(), "size": 32, "fill": "black"}
    head, values = map_of(ask(found.token, "painted", mask=empty, **query))
    made = explain(found.model, found.captured.pixels, "saliency", target=Target(index=3))
    assert np.allclose(values.reshape(32, 32), made.heat, atol=1e-6)
    black, _ = map_of(ask(found.token, "painted", mask=full, **query))
    bare = explain(found.model, np.zeros((32, 32, 3), np.uint8), "saliency", target=Target(index=3))
    assert black["logit"] == pytest.approx(bare.logit, rel=1e-4)
    assert black["logit"] != pytest.approx(head["logit"], rel=1e-3)


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ({"asked": "nonsense"}, 400, "asked"),
        ({"asked": '{"method":"magic","target":{},"options":{}}'}, 404, "magic"),
        ({"asked": '{"method":"saliency","target":{"index":-1},"options":{}}'}, 400, "index"),
    ],
)
def test_a_route_refuses_in_a_sentence(query: dict[str, str], status: int, word: str) -> None:
    answer = ask(seen().token, "map", **query)
    assert answer.status == status
    assert word in answer.json["error"]


def test_a_route_refuses_what_can_not_be_painted() -> None:
    token = seen().token
    quick, slow = asked("saliency").text(), asked("lime").text()
    for query, word in (
        ({"asked": slow, "mask": "", "size": 4}, "brush"),
        ({"asked": quick, "mask": "AA==", "size": 32}, "mask"),
        ({"asked": quick, "mask": "AA==", "size": 999}, "size"),
        ({"asked": quick, "mask": "AAAA", "size": 4, "fill": "gold"}, "fill"),
    ):
        answer = ask(token, "painted", **query)
        assert answer.status == 400
        assert word in answer.json["error"]
    assert ask("nobody", "map").status == 404


def test_all_parts_open_on_every_model(open_explain: OpenExplain) -> None:
    page = open_explain()
    for part in PARTS:
        page.session_state["explain-part"] = part
        checked(page.run())
        assert choice(page).part == part
