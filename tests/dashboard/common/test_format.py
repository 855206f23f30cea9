from __future__ import annotations

import pytest

from dashboard.common.format import counted, duration, number, percent, plain, rate, signed


def test_plain_leaves_no_markup_alive() -> None:
    assert plain("![x](y)") == r"\!\[x\]\(y\)"
    assert plain("cat 3") == "cat 3"
    assert plain("run `a_b` *now*") == r"run `a_b` \*now\*"
    assert plain("one ` alone") == r"one \` alone"


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.9731, "97.3 %"),
        (0.0, "< 0.1 %"),
        (1.0, "> 99.9 %"),
        (0.9995, "> 99.9 %"),
        (0.5, "50.0 %"),
    ],
)
def test_percent_never_claims_all_or_nothing(share: float, expected: str) -> None:
    assert percent(share) == expected


def test_duration_changes_its_unit_at_a_second() -> None:
    assert duration(0.0042) == "4.2 ms"
    assert duration(2.5) == "2.50 s"


def test_signed_uses_the_minus_sign() -> None:
    assert signed(-1.8) == "−1.80"
    assert signed(1.8) == "1.80"


def test_counted_has_one_and_many() -> None:
    assert counted(1, "file") == "1 file"
    assert counted(0, "file") == "0 files"
    assert counted(1200, "file") == "1,200 files"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (0.00050012, "0.0005"),
        (-1.806, "−1.81"),
        (1234.5, "1,235"),
        (999_999.4, "999,999"),
        (2_500_000.0, "2.5 × 10⁶"),
        (0.00005, "5 × 10⁻⁵"),
        (float("nan"), "not a number"),
        (float("-inf"), "−∞"),
    ],
)
def test_a_number_has_three_digits_that_count(value: float, expected: str) -> None:
    assert number(value) == expected


def test_a_number_may_have_its_plus() -> None:
    assert number(0.25, signed=True) == "+0.25"
    assert number(0.0, signed=True) == "0"


def test_a_rate_may_be_all_or_nothing() -> None:
    assert rate(1.0) == "100.0 %"
    assert rate(0.0, 0) == "0 %"
    assert rate(-0.021) == "−2.1 %"
