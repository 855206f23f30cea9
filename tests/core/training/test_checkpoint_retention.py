from __future__ import annotations

import pytest

from alexnet_core.training.checkpoint_retention import surplus


def sizes(*epochs: int) -> dict[int, int]:
    return dict.fromkeys(epochs, 10)


@pytest.mark.parametrize(
    ("epochs", "pinned", "every", "budget", "gone"),
    [
        (range(1, 6), {5}, 1, 50, ()),
        (range(1, 6), {5, 3}, 2, 50, (1,)),
        (range(1, 8), {7}, 3, 100, (1, 2, 4, 5)),
        (range(1, 6), {5}, 1, 40, (1,)),
        (range(1, 9), {8}, 1, 40, (1, 3, 5, 6)),
        (range(1, 4), {3, 2}, 1, 1, (1,)),
        ((), set(), 1, 0, ()),
    ],
)
def test_what_goes(epochs, pinned, every, budget, gone):
    found = surplus(sizes(*epochs), pinned, every=every, budget=budget)
    assert len(found) == len(gone)
    assert not set(found) & pinned
    left = sorted(set(epochs) - set(found))
    assert sum(sizes(*left).values()) <= budget or set(left) <= pinned
    if every > 1 or len(gone) < 2:
        assert found == gone


def test_over_a_long_run_what_stays_is_spread_evenly():
    kept: list[int] = []
    for epoch in range(1, 101):
        kept.append(epoch)
        for gone in surplus(sizes(*kept), {epoch}, every=1, budget=100):
            kept.remove(gone)
    gaps = [after - before for before, after in zip(kept, kept[1:], strict=False)]
    assert len(kept) == 10
    assert kept[-1] == 100
    assert max(gaps) <= 4 * min(gaps[:-1])
