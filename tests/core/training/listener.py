"""A callback made of functions."""

from __future__ import annotations

from typing import Any

from alexnet_core.training.callbacks import TrainingCallback


class Listener(TrainingCallback):
    """Does what the functions do that it is given by the names of the methods."""

    def __init__(self, **heard: Any) -> None:
        assert set(heard) <= set(dir(TrainingCallback))
        vars(self).update(heard)
