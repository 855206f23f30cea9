from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from alexnet_core.orchestration.store_callback import StoreCallback
from alexnet_core.training.learner import Position


class Log:
    """Keeps what a run says of itself."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}

    def progress(self, fields: dict[str, Any]) -> None:
        self.said |= fields


@pytest.mark.parametrize(
    ("position", "said"),
    [
        (Position(), {}),
        (
            Position(epoch=7, best_epoch=6, best_top1=0.15),
            {"best_epoch": 6, "best_validation_top1": 0.15},
        ),
        # Without a validation split there is a best epoch, and no figure for it.
        (Position(epoch=3, best_epoch=2), {"best_epoch": 2, "best_validation_top1": None}),
    ],
)
def test_a_run_that_goes_on_says_again_which_epoch_was_best(
    position: Position, said: dict[str, Any]
) -> None:
    """The process before may have died between its checkpoint and the store."""
    log = Log()
    callback = StoreCallback(cast(Any, log), cast(Any, None), batch_size=8)
    callback.on_resume(cast(Any, SimpleNamespace(position=position)))
    assert log.said == said
