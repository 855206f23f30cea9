"""The layout that Tiny ImageNet was published in, which no other set has.

Training pictures lie at ``train/n01443537/images/n01443537_0.JPEG``, beside a list of boxes; all
validation pictures lie in ``val/images``, and ``val/val_annotations.txt`` tells the class of each;
those of ``test/images`` have no labels. ``words.txt`` tells what the numbers of WordNet mean.
"""

from __future__ import annotations

from contextlib import suppress

from alexnet_core.data.cards import Rejected
from alexnet_core.data.importing.layouts import Layout, Member, arrange
from alexnet_core.data.importing.sources import File, Source
from alexnet_core.errors import DataError

_ANNOTATIONS = "val/val_annotations.txt"


def layout_of(source: Source, files: list[File]) -> Layout:
    """Classes and splits of a source, laid out as Tiny ImageNet or in folders of classes.

    Args:
        source: to read the lists of Tiny ImageNet from.
        files: all that it holds.
    """
    (annotations,) = [file for file in files if _is_annotations(file.path)][:1] or (None,)
    if annotations is None:
        return arrange(files)
    root = annotations.path.removesuffix(_ANNOTATIONS)
    classes = dict(_columns(source, annotations))
    names: dict[str, str] = {}
    for file in files:
        if file.path == f"{root}words.txt":
            with suppress(DataError):
                # Without this list the classes go by their numbers.
                names = {number: words.split(",")[0] for number, words in _columns(source, file)}
    members, stray, unlabelled = [], [], 0
    for file in sorted(files):
        split, *below = file.path.removeprefix(root).split("/")
        number = None
        if split == "train" and len(below) == 3 and below[1] == "images":
            number = below[0]
        elif split == "val" and len(below) == 2:
            number = classes.get(below[1])
            if number is None:
                stray.append(Rejected(name=file.path, reason=f"{_ANNOTATIONS} does not name it."))
        elif split == "test" and len(below) == 2:
            unlabelled += 1
        if number is not None:
            members.append(Member(file, names.get(number, number).strip(), split))
    if unlabelled:
        reason = f"Its {unlabelled:,} pictures were published without labels."
        stray.append(Rejected(name=f"{root}test/images", reason=reason))
    return Layout(members, stray)


def _is_annotations(path: str) -> bool:
    return f"/{path}".endswith(f"/{_ANNOTATIONS}")


def _columns(source: Source, file: File) -> list[tuple[str, str]]:
    """The first two columns of a list whose columns are set apart by tabs."""
    lines = source.read(file).decode("utf-8", errors="replace").splitlines()
    rows = [line.split("\t") for line in lines]
    return [(row[0].strip(), row[1].strip()) for row in rows if len(row) > 1]
