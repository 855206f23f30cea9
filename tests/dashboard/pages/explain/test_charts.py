from __future__ import annotations

import numpy as np

from dashboard.pages.explain import charts
from dashboard.pages.explain.panels.agreement import _pairs

TITLES = {"a": "Alpha", "b": "Beta", "c": "Gamma"}


def test_names_of_points_that_lie_near_each_other_stand_above_and_below() -> None:
    figure = charts.against_seconds(
        TITLES,
        dict.fromkeys(TITLES, "gradient"),
        {"a": 0.10, "b": 0.11, "c": 0.90},
        {"a": 0.10, "b": 0.12, "c": 0.11},
        "Deletion, lower is better",
    )
    points = figure.data[0]
    assert list(points.text) == ["Alpha", "Beta", "Gamma"]
    assert list(points.textposition) == ["bottom center", "top center", "top center"]
    apart = charts.against_seconds(
        TITLES,
        dict.fromkeys(TITLES, "gradient"),
        {"a": 0.10, "b": 0.11, "c": 0.90},
        {"a": 0.01, "b": 1.2, "c": 0.11},
        "Deletion, lower is better",
    )
    assert set(apart.data[0].textposition) == {"top center"}


def test_what_forgets_is_a_line_a_method_with_the_step_that_is_looked_at() -> None:
    figure = charts.forgetting(
        TITLES,
        ["nothing", "fc8", "fc7"],
        {"a": [1.0, 0.9, 0.8], "c": [1.0, None, -0.2]},
        "fc7",
        0.7,
    )
    assert [line.name for line in figure.data] == ["Alpha", "Gamma"]
    assert list(figure.data[1].y) == [1.0, None, -0.2]
    here, band = figure.layout.shapes
    assert (here.x0, band.y0) == (2, 0.7)


def test_the_pairs_that_agree_most_and_least_are_named() -> None:
    names = list(TITLES.values())
    matrix = np.array([[1, 0.5, -0.25], [0.5, 1, np.nan], [-0.25, np.nan, 1]])
    assert _pairs(names, matrix) == (
        "Most alike are Alpha and Beta (0.50), least alike Alpha and Gamma (−0.25)."
    )
    assert _pairs(names[:2], matrix[:2, :2]) == "Alpha and Beta (0.50)."
    assert "the same everywhere" in _pairs(names[1:], matrix[1:, 1:])
