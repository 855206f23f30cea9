from __future__ import annotations

from typing import Any

import pytest

from dashboard.common import link_values


@pytest.mark.parametrize(
    "settings",
    [
        {"input_size": 64, "norm": "batch", "hidden_sizes": [4096, 4096], "dropout": 0.25},
        {"adaptive_pool": None, "nesterov": True, "model.name": "a; b = c"},
        {"nothing": ""},
    ],
)
def test_settings_come_back_as_they_were(settings: dict[str, Any]) -> None:
    assert dict(link_values.separate([link_values.joined(settings)])) == settings


def test_what_is_no_json_is_text() -> None:
    assert list(link_values.separate(["a=relu;b=[1;c", ""])) == [
        ("a", "relu"),
        ("b", "[1"),
        ("c", ""),
        ("", ""),
    ]
