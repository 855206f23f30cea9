from __future__ import annotations

import pytest

from dashboard.common.format import many, memory_size, span


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "under 1 s"),
        (5.4, "5 s"),
        (59.4, "59 s"),
        (59.7, "1 min"),
        (75, "1 min 15 s"),
        (599, "10 min"),
        (3599, "60 min"),
        (5400, "1 h 30 min"),
        (7190, "2 h"),
        (200_000, "2.3 days"),
    ],
)
def test_spans(seconds: float, said: str) -> None:
    assert span(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(12, "12 bytes"), (4_600, "5 KB"), (23_400_000, "23 MB"), (1_340_000_000, "1.3 GB")],
)
def test_sizes(count: float, said: str) -> None:
    assert memory_size(count) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (768_042, "768,042"),
        (61_100_840, "61.1 million"),
        (999_900_000, "1,000 million"),
        (1_430_000_000, "1.43 billion"),
        (7.83e13, "78.3 trillion"),
        (4.2e15, "4,200 trillion"),
    ],
)
def test_counts(count: float, said: str) -> None:
    assert many(count) == said
