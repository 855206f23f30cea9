"""The process that turns an untrusted PyTorch file into safetensors.

`foreign` runs it as a script, ``python unpack.py SOURCE TARGET BYTES``, and reads its exit code.
It imports nothing of the lab. A file of a few hundred KB can ask for gigabytes even where no code
may run, so what is declared is counted first, and on Linux the system stops a process that takes
more than BYTES on top of what importing torch took.
"""

from __future__ import annotations

import pickle
import re
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

UNSAFE, DAMAGED, TOO_LARGE, NO_WEIGHTS = 3, 4, 5, 6
"""Exit codes: it would run code, can't be read, unpacks to too much, holds no table of tensors."""

_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PARALLEL = "module."


def _main(source: Path, target: Path, memory: int) -> int:
    warnings.simplefilter("ignore")
    _limit_memory(memory)
    try:
        if _declared_bytes(source) > memory:
            return TOO_LARGE
        table = _table(torch.load(source, map_location="cpu", weights_only=True))
        if not table:
            return NO_WEIGHTS
        if sum(value.numel() * value.element_size() for value in table.values()) > memory:
            return TOO_LARGE
        # Each tensor gets memory of its own: safetensors refuses shared and strided ones.
        whole = torch.contiguous_format
        save_file({key: value.clone(memory_format=whole) for key, value in table.items()}, target)
    except pickle.UnpicklingError as error:
        found = re.search(r"GLOBAL ([\w.]+)", str(error))
        print(found.group(1) if found else "a pickle of its own kind")
        return UNSAFE
    except MemoryError:
        return TOO_LARGE
    except Exception as error:
        # Hostile bytes reach PyTorch's parsers here, which may raise nearly anything.
        return TOO_LARGE if "memory" in str(error) else DAMAGED
    return 0


def _limit_memory(extra: int) -> None:
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + extra
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _declared_bytes(source: Path) -> int:
    if not zipfile.is_zipfile(source):
        return 0
    with zipfile.ZipFile(source) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _table(loaded: Any) -> dict[str, Tensor]:
    """The table of named tensors in what was loaded; empty where there is none."""
    for name in _WRAPPERS:
        if isinstance(loaded, dict) and isinstance(loaded.get(name), dict):
            loaded = loaded[name]
    if not isinstance(loaded, dict) or not all(_usable(*item) for item in loaded.items()):
        return {}
    return {name.removeprefix(_PARALLEL): value.detach() for name, value in loaded.items()}


def _usable(name: object, value: object) -> bool:
    if not isinstance(name, str) or not isinstance(value, Tensor):
        return False
    plain = value.layout == torch.strided and not value.is_quantized
    return plain and value.device.type == "cpu"


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
