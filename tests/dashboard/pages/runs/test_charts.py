from __future__ import annotations

import json

import numpy as np
import pytest

from alexnet_core.runs.records import Series
from dashboard.common import theme
from dashboard.pages.runs import charts
from dashboard.pages.runs.downsampling import thinned

COUNTS = np.array([[8, 2, 0], [1, 9, 0], [0, 0, 0]], dtype=np.int32)
CLASSES = ("cat", "dog", "a horse with a very long name")


def test_confusion_sets_right_answers_apart_from_mistakes() -> None:
    right, wrong = json.loads(charts.confusion(COUNTS, CLASSES).to_json())["data"]
    assert right["z"] == [[0.8, None, None], [None, 0.9, None], [None, None, 0.0]]
    assert wrong["z"] == [[None, 0.2, None], [0.1, None, None], [None, None, None]]
    assert right["colorscale"][1][1] == theme.faint(theme.TRAIN, 0.6)
    assert wrong["colorscale"][1][1] == theme.faint(theme.VALIDATION, 0.6)
    assert right["customdata"][0][1] == ["cat", "dog", 2]


def test_confusion_reads_from_the_class_to_its_answers() -> None:
    layout = charts.confusion(COUNTS, CLASSES).layout
    assert layout.xaxis.title.text == "Answer"
    assert layout.yaxis.title.text == "Class"
    assert layout.yaxis.autorange == "reversed"
    assert layout.xaxis.ticktext == ("cat", "dog", "a horse with …")


def test_many_classes_have_neither_counts_nor_names_in_the_figure() -> None:
    many = 60
    figure = charts.confusion(np.eye(many, dtype=np.int32), [f"class {at}" for at in range(many)])
    assert figure.data[0].text is None
    assert not figure.layout.xaxis.showticklabels
    assert figure.data[0].customdata[59][59] == ["class 59", "class 59", 1]


def test_a_sweep_shows_a_setting_against_what_it_came_to() -> None:
    figure = charts.sweep("lr", {"a": (0.001, 0.5), "b": (0.1, 0.9)})
    (scatter,) = figure.data
    assert list(scatter.x) == [0.001, 0.1]
    assert list(scatter.y) == [0.5, 0.9]
    assert list(scatter.marker.color) == [theme.class_colour(0), theme.class_colour(1)]
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.yaxis.range) == [pytest.approx(0.45), pytest.approx(0.95)]


@pytest.mark.parametrize(
    ("values", "axis", "shown"),
    [
        ((16, 32), None, [16, 32]),
        ((0.0, 0.5), None, [0.0, 0.5]),
        (("sgd", "adam"), None, ["sgd", "adam"]),
        ((None, 5), None, ["None", "5"]),
        ((True, False), None, ["True", "False"]),
    ],
)
def test_a_sweep_of_anything(values: tuple[object, object], axis: str | None, shown: list) -> None:
    runs = {str(at): (value, 0.5) for at, value in enumerate(values)}
    figure = charts.sweep("field", runs)
    assert list(figure.data[0].x) == shown
    assert figure.layout.xaxis.type == axis


def test_a_colour_that_lets_through() -> None:
    assert theme.faint("#0072b2", 0.25) == "rgba(0,114,178,0.25)"


@pytest.mark.parametrize("count", [9, 100, 1_000, 54_321])
def test_thinning_keeps_ends_and_extremes_in_order(count: int) -> None:
    noise = np.random.default_rng(count).normal(size=count)
    noise[count // 3] = np.nan
    steps = list(range(1, count + 1))
    got = thinned(Series(steps, [1] * count, noise.tolist(), [0.0] * count), 100)
    assert len(got.step) <= max(min(count, 100), 9)
    assert got.step == sorted(set(got.step))
    assert (got.step[0], got.step[-1]) == (1, count)
    values = dict(zip(got.step, got.value, strict=True))
    assert values[int(np.nanargmin(noise)) + 1] == np.nanmin(noise)
    assert values[int(np.nanargmax(noise)) + 1] == np.nanmax(noise)
