from __future__ import annotations

import pytest

from dashboard.common import visitor
from dashboard.common.caches import Source
from dashboard.common.samples import SAMPLES
from dashboard.common.visitor import Visitor
from tests.dashboard.conftest import Open, html, photo, upload


def _source(name: str) -> Source:
    return Source(name, name, bytes(100))


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_link_round_trip_shows_the_same(open_lab: Open, sample: str) -> None:
    query = {"model": "random:alexnet-cifar", "sample": sample, "top": "3"}
    page = open_lab(**query)
    assert f'alt="{SAMPLES[sample].title}"' in html(page)
    again = open_lab(**page.query_params)
    assert "lab-bars" in html(page)
    assert html(again) == html(page)


def test_a_first_visit_has_a_plain_address(open_lab: Open) -> None:
    assert not dict(open_lab().query_params)


def test_an_old_link_with_unknown_names_still_opens(open_lab: Open) -> None:
    page = open_lab(sample="gone", top="7", type="huge", else_="x")
    assert "lab-verdict" in html(page)
    assert not page.warning


def test_an_own_picture_stays_out_of_the_link(open_lab: Open) -> None:
    page = upload(open_lab(sample="coffee"), ("mine.png", photo()))
    assert "sample" not in page.query_params
    assert "mine" not in str(dict(page.query_params))


def test_keeps_the_newest_pictures_within_its_bounds() -> None:
    who = Visitor()
    for number in range(visitor.MOST_PICTURES + 5):
        who.keep(_source(f"{number}"))
    assert len(who.own) == visitor.MOST_PICTURES
    assert "4" not in who.own
    assert "5" in who.own


def test_large_pictures_push_out_the_old_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "MOST_BYTES", 250)
    who = Visitor()
    who.keep(_source("a"))
    who.chosen = "a"
    who.keep(_source("b"))
    assert who.chosen == "a"
    who.keep(_source("c"))
    assert list(who.own) == ["b", "c"]
    assert who.chosen is None


def test_one_picture_above_the_bound_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "MOST_BYTES", 50)
    who = Visitor()
    who.keep(_source("a"))
    assert list(who.own) == ["a"]


def test_says_how_many_of_an_upload_were_kept(
    open_lab: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "MOST_PICTURES", 2)
    page = upload(open_lab(), *[(f"{name}.png", photo(name)) for name in ("red", "tan", "navy")])
    assert "first 2 pictures" in page.error[0].value
    assert '<img alt="red.png"' in html(page)
