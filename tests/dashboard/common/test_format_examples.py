"""Python and the browser write the same number the same way.

``tests/browser/format.test.js`` reads the same examples.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from dashboard.common import format

EXAMPLES = Path(__file__).parents[2] / "browser" / "format_examples.json"

FUNCTIONS = {
    "number": format.number,
    "number+": lambda value: format.number(value, signed=True),
    "percent": format.percent,
    "rate": format.rate,
    "duration": format.duration,
    "span": format.span,
    "memorySize": format.memory_size,
    "counted": format.counted,
}


@pytest.mark.parametrize("example", json.loads(EXAMPLES.read_text(encoding="utf-8")), ids=str)
def test_every_example_is_written_as_in_the_browser(example: dict[str, Any]) -> None:
    assert FUNCTIONS[example["function"]](*example["input"]) == example["text"]


def test_what_is_no_number_says_so() -> None:
    assert format.number(math.nan) == "not a number"
    assert format.number(-math.inf) == "−∞"
