"""How commands print: a result on standard output, progress on standard error."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def forgive_signs() -> None:
    """Escape what the encoding of standard output or error lacks, from here on.

    A class named in Greek must not end a command that has done its work.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_json(value: Any) -> None:
    """One JSON document; signs that the terminal's encoding lacks are escaped."""
    said = (sys.stdout.encoding or "").lower().replace("-", "")
    print(json.dumps(value, indent=2, ensure_ascii=said != "utf8"))


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns wide enough for what is in them; numbers to the right."""
    cells = [list(head), *([_text(cell) for cell in row] for row in rows)]
    numeric = [
        all(isinstance(cell, int | float) for cell in column) for column in zip(*rows, strict=True)
    ] or [False] * len(head)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        aligned = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numeric, strict=True)
        )
        print("  ".join(aligned).rstrip())


@contextmanager
def progress_bar(about: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes what is done and what there is in all (0 while unknown).

    The bar is there from the first call until all is done, and may come again.
    """
    from tqdm import tqdm

    bar: tqdm[Any] | None = None

    def show(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(desc=about, unit=unit, leave=False, delay=0.5)
        bar.total = total or None
        bar.update(done - bar.n)
        if total and done >= total:
            bar.close()
            bar = None

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return f"{cell:.4f}"
    return "" if cell is None else str(cell)
