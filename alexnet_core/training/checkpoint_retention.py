"""Which checkpoints of a run are kept when there are many."""

from __future__ import annotations

from collections.abc import Mapping, Set


def surplus(
    sizes: Mapping[int, int], pinned: Set[int], *, every: int, budget: float
) -> tuple[int, ...]:
    """The epochs whose checkpoints go.

    First all that are neither pinned nor an ``every``-th, then, while the rest takes more than
    the budget, the one that leaves the smallest gap behind: what stays is spread evenly.

    Args:
        sizes: bytes of each epoch's checkpoint.
        pinned: the last and the best epoch, which always stay.
        every: keep every n-th epoch.
        budget: bytes for all of them.
    """
    gone = [epoch for epoch in sorted(sizes) if epoch % every and epoch not in pinned]
    left = sorted(set(sizes) - set(gone))
    while sum(sizes[epoch] for epoch in left) > budget:
        gaps = {
            epoch: left[number + 1] - (left[number - 1] if number else 0)
            for number, epoch in enumerate(left[:-1])
            if epoch not in pinned
        }
        if not gaps:
            break
        # Of equal gaps the older goes.
        thinned = min(gaps, key=lambda epoch: (gaps[epoch], epoch))
        left.remove(thinned)
        gone.append(thinned)
    return tuple(sorted(gone))
