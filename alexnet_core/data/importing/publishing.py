"""How a data set appears under its name: whole, in one step."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from alexnet_core import files


@contextmanager
def published(folder: Path) -> Iterator[Path]:
    """Yield a new folder that takes the place of what may stand there, once it is whole.

    Whoever has the older one open goes on with it.

    Raises:
        DiskFullError, HomeError: it can't be written; what stood there stays.
    """
    if not folder.exists():
        with files.new_folder(folder) as temporary:
            yield temporary
        return
    newer = folder.with_name(f".new-{uuid4().hex}")
    with files.new_folder(newer) as temporary:
        yield temporary
    older = folder.with_name(f".old-{uuid4().hex}")
    try:
        folder.rename(older)
        newer.rename(folder)
    except OSError as error:
        raise files.explain(error, folder) from error
    shutil.rmtree(older, ignore_errors=True)
