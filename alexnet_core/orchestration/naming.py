"""What a run is called."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4


def new_id(recipe: str) -> str:
    """A run's name: when it began, its recipe, and four letters against a clash."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{recipe}-{uuid4().hex[:4]}"
