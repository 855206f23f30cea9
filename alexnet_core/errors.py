"""Every error that the lab raises on purpose.

The tree::

    LabError                      anything below; its text is one sentence for a person
    ├── ConfigError               a field holds a value that is not allowed (also a ValueError)
    │   ├── ImpossibleShapeError  a layer of the network would have no pixels left
    │   └── UnknownNameError      no variant, recipe, data set, layer or model of that name
    ├── HomeError                 the lab's home folder can't be created or written
    ├── DiskFullError             the disk has no room for what was being written
    ├── DownloadError             something could not be fetched, or arrived damaged
    ├── ImageError                bytes that are no usable picture
    │   ├── UnsupportedImageError not one of the formats that the lab reads
    │   ├── TruncatedImageError   the file ends before the picture does
    │   └── ImageTooLargeError    too many bytes or pixels; refused before decoding
    ├── DataError                 a data set can't be imported, opened or used
    │   ├── ArchiveError          a ZIP that escapes its folder, links, bombs or is no ZIP
    │   └── DatasetNotHereError   a known data set that is not on this machine yet
    ├── CheckpointError           a file of weights can't be used
    │   ├── UnsafeCheckpointError it would run code when loaded
    │   └── MismatchError         its tensors do not fit the network
    ├── StoreError                the database of runs can't be reached or written
    ├── CancelledError            somebody asked for the end before it was done
    └── TrainingError             a run can't start or go on
        └── DivergedError         the loss became NaN or exploded

The command line prints the text and leaves with 2 for a ConfigError, with 1 for all others; the
dashboard shows the text beside a way out. Neither shows a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class LabError(Exception):
    """Anything the lab refuses or fails at. ``str(error)`` is one sentence for a person."""


class ConfigError(LabError, ValueError):
    """A field holds a value that is not allowed.

    The message names all three: the field, the value and what is allowed.
    """

    def __init__(self, field: str, value: object, allowed: str) -> None:
        self.field = field
        self.value = value
        self.allowed = allowed
        super().__init__(f"{field} is {value!r}; allowed: {allowed.rstrip('.')}.")


class ImpossibleShapeError(ConfigError):
    """A layer of the network would have no pixels left at this input size."""

    def __init__(self, input_size: int, layer: str, smallest_input: int) -> None:
        self.layer = layer
        self.smallest_input = smallest_input
        super().__init__(
            "input_size",
            input_size,
            f"at least {smallest_input}, because {layer} would have no pixels left",
        )


class UnknownNameError(ConfigError):
    """Nothing of this kind has that name. Suggests the nearest known one."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.known = tuple(known)
        near = get_close_matches(name, self.known, n=1)
        hint = f" (nearest: {near[0]})" if near else ""
        super().__init__(kind, name, f"{', '.join(self.known) or 'none yet'}{hint}")


class HomeError(LabError):
    """The lab's home folder can't be created or written."""


class DiskFullError(LabError):
    """The disk has no room for what was being written; nothing half-written is left."""


class DownloadError(LabError):
    """Something could not be fetched, or arrived damaged."""


class ImageError(LabError):
    """Bytes that are no usable picture."""


class UnsupportedImageError(ImageError):
    """Not one of the formats that the lab reads."""


class TruncatedImageError(ImageError):
    """The file ends before the picture does."""


class ImageTooLargeError(ImageError):
    """Too many bytes or pixels; refused before decoding."""


class DataError(LabError):
    """A data set can't be imported, opened or used."""


class ArchiveError(DataError):
    """A ZIP that is refused as a whole."""


class DatasetNotHereError(DataError):
    """A known data set that is not on this machine yet; the message says how to bring it."""


class CheckpointError(LabError):
    """A file of weights can't be used."""


class UnsafeCheckpointError(CheckpointError):
    """Loading the file would run code, so it is not loaded."""


class MismatchError(CheckpointError):
    """The tensors of the file do not fit the network."""


class StoreError(LabError):
    """The database of runs can't be reached or written."""


class CancelledError(LabError):
    """Somebody asked for the end before it was done; nothing half-done is kept."""


class TrainingError(LabError):
    """A run can't start or go on."""


class DivergedError(TrainingError):
    """The loss became NaN or exploded; the last good weights are kept."""

    def __init__(self, step: int, loss: float) -> None:
        self.step = step
        self.loss = loss
        super().__init__(
            f"The loss became {loss:g} at step {step}; the last good weights are kept. "
            "A lower learning rate or gradient clipping usually helps."
        )
