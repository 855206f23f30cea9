"""How much of the machine a run uses."""

from __future__ import annotations

import os
from typing import Any

import psutil


class Usage:
    """Looks at this process with its children, and at one GPU.

    Args:
        gpu: the GPU's number as the driver counts, or None.
    """

    def __init__(self, gpu: int | None = None) -> None:
        self._me = psutil.Process()
        self._known: dict[int, psutil.Process] = {}
        self._cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        self._gpu: Any = None
        if gpu is not None:
            self._gpu = _gpu_handle(gpu)

    def sample(self) -> dict[str, float]:
        """Use since the last call: ``cpu`` and ``gpu`` as shares, memory in bytes."""
        cpu = memory = 0.0
        for process in self._processes():
            try:
                cpu += process.cpu_percent() / 100
                memory += process.memory_info().rss
            except psutil.Error:
                # It ended between being listed and being asked.
                continue
        found = {"system/cpu": min(cpu / self._cores, 1.0), "system/memory": memory}
        if self._gpu is not None:
            import pynvml

            found["system/gpu"] = pynvml.nvmlDeviceGetUtilizationRates(self._gpu).gpu / 100
            found["system/gpu_memory"] = float(pynvml.nvmlDeviceGetMemoryInfo(self._gpu).used)
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
