from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboard.pages.explain import board
from dashboard.pages.explain.state import Choice
from tests.dashboard.conftest import checked, first_page


def heard_twice() -> None:
    import streamlit as st

    from dashboard.browser.choices import heard, unheard

    first = list(unheard("x", [[7, {"a": 1}], [8, {"b": 2}]]))
    again = list(unheard("x", [[8, {"b": 2}], [9, {"a": 3}], "?", [10], [None, {}], [11, 4]]))
    odd = [list(unheard("x", said)) for said in (None, 5, "text", {"a": 1}, [True])]
    st.text(repr((first, again, odd, heard("x"), heard("y"))))


def test_every_choice_is_heard_once_and_in_order() -> None:
    page = checked(AppTest.from_function(heard_twice).run())
    first, again, odd, last, none = eval(page.text[0].value)
    assert (first, again) == ([{"a": 1}, {"b": 2}], [{"a": 3}])
    assert odd == [[], [], [], [], []]
    assert (last, none) == (9, 0)


def test_a_choice_of_the_board_is_taken_and_nonsense_is_not() -> None:
    chosen = Choice()
    for what in (
        {"shown": ["lime", "saliency"]},
        {"opened": "lime"},
        {"index": 4, "against": 2},
        {"show": "outline"},
        {"gone": "token"},
    ):
        board._take(chosen, what, 10)
    kept = Choice(methods=("saliency", "lime"), opened="lime", index=4, against=2, show="outline")
    assert chosen == kept
    for what in (
        {"shown": "lime"},
        {"opened": "occlusion"},
        {"opened": ["lime"]},
        {"index": 10, "against": None},
        {"index": True},
        {"index": 1, "against": -1},
        {"show": {}, "signs": 3, "scale": None},
        {"methods": []},
    ):
        board._take(chosen, what, 10)
    assert chosen == kept


def test_any_class_is_chosen_and_shown(home: Path) -> None:
    page = checked(first_page("explain").run())
    checked(page.selectbox(key="explain-class-0").select_index(7).run())
    chosen = page.session_state["explain-choice"]
    assert (chosen.index, page.query_params["target"]) == (7, "7")
    assert page.selectbox(key="explain-class-1").index == 7
    chosen.aim(2)
    checked(page.run())
    assert page.selectbox(key="explain-class-2").index == 2


def class_chosen_late() -> None:
    import streamlit as st

    from dashboard.pages.explain import board
    from dashboard.pages.explain.state import Choice

    chosen = Choice(index=2)
    st.session_state["explain-class"] = (2, 2)
    st.session_state["explain-class-1"], st.session_state["explain-class-2"] = 7, 5
    board._choose(chosen, 1)
    before = chosen.index
    board._choose(chosen, 2)
    st.text(repr((before, chosen.index)))


def test_a_class_that_a_browser_said_before_is_not_chosen_again() -> None:
    page = checked(AppTest.from_function(class_chosen_late).run())
    assert eval(page.text[0].value) == (2, 5)


def options_changed_late() -> None:
    import streamlit as st

    from dashboard.pages.explain.panels import options
    from dashboard.pages.explain.state import Choice

    chosen = Choice()
    st.session_state["steps"] = 10
    options._changed(chosen, "integrated-gradients", "steps", "steps", 0)
    taken = dict(chosen.options)
    options._forget(chosen, "integrated-gradients")
    options._changed(chosen, "integrated-gradients", "steps", "steps", 0)
    forgotten = dict(chosen.options)
    options._changed(chosen, "integrated-gradients", "steps", "steps", 1)
    st.text(repr((taken, forgotten, dict(chosen.options))))


def test_options_that_went_back_are_not_set_again_by_what_a_browser_said_before() -> None:
    page = checked(AppTest.from_function(options_changed_late).run())
    taken, forgotten, again = eval(page.text[0].value)
    assert taken == again == {"integrated-gradients": {"steps": 10}}
    assert forgotten == {}
