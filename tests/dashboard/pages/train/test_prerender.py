from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from alexnet_core.data import datasets, pixel_cache
from alexnet_core.data.transforms import Transform
from dashboard.pages.train import prerender
from tests.dashboard.conftest import checked

SMALL = "shapes:size=16,train=100,test=20"


def _page(name: str, stopped: bool) -> None:
    from alexnet_core.data import datasets
    from alexnet_core.data.transforms import Transform
    from dashboard.pages.train import prerender

    prerender.draw_ahead(datasets.open(name), Transform(input_size=16))
    if stopped:
        prerender.stop()


def opened(name: str = SMALL, *, stopped: bool = False) -> AppTest:
    page = AppTest.from_function(_page, args=(name, stopped), default_timeout=60)
    return checked(page.run())


def drawn(home: Path) -> list[Path]:
    return list(home.rglob("*.pixels"))


def test_what_is_drawn_is_what_a_run_reads(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened()
    job = page.session_state[prerender._KEY]
    job.future.result(timeout=60)
    assert len(drawn(home)) == 1
    monkeypatch.setattr(pixel_cache, "_make", None)
    found = pixel_cache.pixels(datasets.open(SMALL), "train", Transform(input_size=16))
    assert found.shape == (100, 16, 16, 3)
    assert found.std() > 0


def test_it_is_begun_once(home: Path) -> None:
    page = opened()
    job = page.session_state[prerender._KEY]
    assert checked(page.run()).session_state[prerender._KEY] is job


def test_it_leaves_off_and_leaves_nothing_behind(home: Path) -> None:
    many = "shapes:size=64,train=9000,test=20"
    page = opened(many)
    job = page.session_state[prerender._KEY]
    job.stop.set()
    job.future.result(timeout=60)
    assert not any(path.is_file() for path in home.rglob("cache/*"))
    assert prerender._KEY not in opened(many, stopped=True).session_state


@pytest.mark.parametrize("name", ["shapes:size=16,train=10001,test=20"])
def test_a_large_set_is_not_drawn(name: str) -> None:
    assert prerender._KEY not in opened(name).session_state
