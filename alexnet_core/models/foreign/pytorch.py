"""Files of weights from anywhere, read so that they can neither run code nor fill the memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from alexnet_core.errors import CheckpointError, UnsafeCheckpointError
from alexnet_core.models.foreign import unpack

MOST_BYTES = 2 * 2**30
"""Largest file of weights; the widest network of the family at 1,000 classes has 0.25 GB."""

_SPARE_BYTES = 256 * 2**20
_SECONDS = 300


def read(path: Path) -> dict[str, Tensor]:
    """The named tensors of a file: safetensors, or PyTorch's ``.pt`` and ``.pth``.

    What the file is, its bytes decide, not its name. A PyTorch file is a pickle, so another
    process converts it with ``weights_only=True``, four times the file's size of memory and
    `_SPARE_BYTES`.

    Raises:
        UnsafeCheckpointError: the file would run code.
        CheckpointError: missing, too large, cut short, or no file of weights.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise CheckpointError(f"{path} can't be read ({error.strerror or error}).") from error
    if size > MOST_BYTES:
        raise CheckpointError(f"{path.name} has {size / 2**30:.1f} GB; the lab reads up to 2.")
    if start[8:] == b"{" and int.from_bytes(start[:8], "little") < MOST_BYTES:
        return _read_safetensors(path)
    if start[:4] == b"PK\3\4" or start[:1] == b"\x80":
        return _read_pickle(path, 4 * size + _SPARE_BYTES)
    raise CheckpointError(f"{path.name} is no file of weights (safetensors, .pt or .pth).")


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path.name} is damaged or cut short ({error}).") from error


def _read_pickle(path: Path, memory: int) -> dict[str, Tensor]:
    # Windows can't remove a file that is still mapped; its own clean-up takes it later.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        target = Path(folder) / "weights.safetensors"
        script = [sys.executable, "-P", unpack.__file__, str(path.resolve()), str(target)]
        try:
            done = subprocess.run(
                [*script, str(memory)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CheckpointError(f"{path.name} took over {_SECONDS} seconds to read.") from None
        if done.returncode == 0:
            return _read_safetensors(target)
    raise _refusal(path, done.returncode, done.stdout.strip())


def _refusal(path: Path, code: int, detail: str) -> CheckpointError:
    if code == unpack.UNSAFE:
        return UnsafeCheckpointError(
            f"{path.name} could run code when loaded (it asks for {detail}), so it is not loaded; "
            "ask for the weights as safetensors."
        )
    if code == unpack.NO_WEIGHTS:
        return CheckpointError(f"{path.name} holds no table of named tensors.")
    # A process that the memory limit stops dead dies of a signal, which is a negative code.
    if code == unpack.TOO_LARGE or code < 0:
        return CheckpointError(f"{path.name} unpacks to far more than its size; it is refused.")
    return CheckpointError(f"{path.name} is damaged or cut short.")
