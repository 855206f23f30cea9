"""The pages without a browser: Streamlit's own AppTest."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from PIL import Image
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard

ROUTER = Path(dashboard.__file__).with_name("server") / "router.py"

Open = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def manifests_read_once() -> Iterator[None]:
    """Every AppTest asks all installed packages for parts of the browser's; they stay the same."""
    read = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", read)
        yield


@pytest.fixture(scope="module", autouse=True)
def loaded_once() -> Iterator[None]:
    """Pages run as in the server, which tells the collector to leave alone what is loaded.

    Streamlit collects garbage after each run of a page; among all that other tests have brought
    that takes longer than the page.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def open_lab() -> Open:
    """Open the lab as a new visitor, with the query of a link; fails if a page raised."""

    def opened(**query: str) -> AppTest:
        page = AppTest.from_file(ROUTER, default_timeout=120)
        for name, value in query.items():
            page.query_params[name] = value
        return checked(page.run())

    return opened


def first_page(name: str, /, **query: str) -> AppTest:
    """The lab as a new visitor who comes to a page by its address; it has not run yet."""
    page = AppTest.from_file(ROUTER, default_timeout=120)
    # Before its first run AppTest.switch_page goes by the file's name, not by the address.
    page._page_hash = calc_hash(name)
    page.query_params.update(query)
    return page


def checked(page: AppTest) -> AppTest:
    """The page, which must show no exception."""
    assert not page.exception, [error.value for error in page.exception]
    return page


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Give files to the uploader and run the page."""
    return checked(page.file_uploader[0].set_value([(*file, "image/png") for file in files]).run())


def html(page: AppTest) -> str:
    """Everything that the page shows through st.html."""
    return "\n".join(element.proto.body for element in page.get("html"))


def photo(colour: str = "teal", size: tuple[int, int] = (40, 30), format_: str = "PNG") -> bytes:
    """A plain picture file."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, format_)
    return file.getvalue()
