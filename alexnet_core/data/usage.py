"""Whether a run still needs a data set: such a one is neither deleted nor changed."""

from __future__ import annotations

from alexnet_core.errors import DataError


def runs_of(dataset: str) -> tuple[str, ...]:
    """The runs of a data set that have not ended, the newest first.

    Raises:
        StoreError: the database of runs can't be reached.
    """
    # It brings a database, which looking at pictures does not need.
    from alexnet_core.runs.store import Store

    listed = Store.open().listing()
    return tuple(run.id for run in listed if run.dataset == dataset and not run.status.ended)


def refuse_while_used(dataset: str, what: str) -> None:
    """Nothing where no run needs the set.

    Args:
        dataset: its name.
        what: what would be done to it, for the message: deleted, say.

    Raises:
        DataError: a run needs it.
        StoreError: nobody can tell.
    """
    runs = runs_of(dataset)
    if runs:
        named = ", ".join(runs[:3]) + (f" and {len(runs) - 3} more" if len(runs) > 3 else "")
        raise DataError(
            f"{dataset} can't be {what} while a run needs it ({named}); stop the run or wait "
            "until it has ended."
        )
