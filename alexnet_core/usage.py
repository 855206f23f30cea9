"""How much of the machine a run uses."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import psutil

from alexnet_core import system


class Usage:
    """Looks at a process with its children, and at GPUs.

    Args:
        gpus: their numbers as the driver counts.
        process: this one unless given.
    """

    def __init__(self, gpus: Sequence[int] = (), process: psutil.Process | None = None) -> None:
        self._me = process or psutil.Process()
        self._known: dict[int, psutil.Process] = {}
        self._cores = system.usable_cores()
        self._gpus = [handle for gpu in gpus if (handle := _gpu_handle(gpu)) is not None]

    def sample(self) -> dict[str, float]:
        """Use since the last call: ``cpu`` and ``gpu`` as shares, memory in bytes.

        Of several GPUs the mean share and the sum of memory.
        """
        cpu = memory = 0.0
        for process in self._processes():
            try:
                cpu += process.cpu_percent() / 100
                memory += process.memory_info().rss
            except psutil.Error:
                # It ended between being listed and being asked.
                continue
        found = {"system/cpu": min(cpu / self._cores, 1.0), "system/memory": memory}
        if self._gpus:
            import pynvml

            shares = [pynvml.nvmlDeviceGetUtilizationRates(gpu).gpu / 100 for gpu in self._gpus]
            used = [pynvml.nvmlDeviceGetMemoryInfo(gpu).used for gpu in self._gpus]
            found["system/gpu"] = sum(shares) / len(shares)
            found["system/gpu_memory"] = float(sum(used))
        return found

    def _processes(self) -> list[psutil.Process]:
        # The same objects each time: they remember what the CPU time was.
        children = {child.pid: child for child in self._me.children(recursive=True)}
        self._known = {pid: self._known.get(pid, child) for pid, child in children.items()}
        return [self._me, *self._known.values()]


def gpus() -> tuple[int, ...]:
    """The GPUs that this process may use, as the driver counts; none without a driver."""
    import pynvml

    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
    except pynvml.NVMLError:
        return ()
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is None:
        return tuple(range(count))
    named = [part.strip() for part in allowed.split(",")]
    return tuple(int(part) for part in named if part.isdigit() and int(part) < count)


def _gpu_handle(gpu: int) -> Any:
    import pynvml

    try:
        pynvml.nvmlInit()
        return pynvml.nvmlDeviceGetHandleByIndex(gpu)
    except pynvml.NVMLError:
        return None
