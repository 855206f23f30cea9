"""Every style takes its sizes from the one list of tokens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dashboard

ROOT = Path(dashboard.__file__).parent
TOKENS = ROOT / "browser" / "tokens.css"
BASE = ROOT / "browser" / "base.css"
STYLES = sorted(path for path in ROOT.rglob("*.css") if path not in (TOKENS, BASE))
PARTS = [path for path in STYLES if path.parent != ROOT / "common"]


@pytest.mark.parametrize("path", [*STYLES, BASE], ids=lambda path: path.name)
def test_type_radii_and_space_are_tokens(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    sized = r"(?m)^\s*((?:font-size|border-radius|gap|padding|margin)[\w-]*): ([^;]+);"
    for name, value in re.findall(sized, text):
        assert not re.search(r"\d(rem|em)\b", value), f"{name}: {value}"


def test_every_token_that_is_used_is_there() -> None:
    known = set(re.findall(r"(--[\w-]+):", TOKENS.read_text(encoding="utf-8")))
    known |= set(re.findall(r"(--[\w-]+):", BASE.read_text(encoding="utf-8")))
    for path in [*STYLES, BASE]:
        text = path.read_text(encoding="utf-8")
        used = set(re.findall(r"var\((--(?:space|type|radius|quiet|track|plain|tint)[\w-]*)", text))
        assert used <= known, path.name


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_every_part_starts_from_the_base(path: Path) -> None:
    assert '@import url("../../../browser/base.css")' in path.read_text(encoding="utf-8")
