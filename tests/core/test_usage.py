from __future__ import annotations

import subprocess
import sys
import time

import psutil

from alexnet_core import usage
from alexnet_core.usage import Usage


def test_a_busy_child_counts_and_an_idle_machine_does_not():
    looking = Usage()
    looking.sample()
    before = looking.sample()["system/memory"]
    child = subprocess.Popen([sys.executable, "-c", "x = bytearray(80_000_000)\nwhile 1: pass"])
    try:
        until = time.monotonic() + 30
        while psutil.Process(child.pid).memory_info().rss < 80e6 and time.monotonic() < until:
            time.sleep(0.05)
        looking.sample()
        time.sleep(0.5)
        busy = looking.sample()
    finally:
        child.kill()
        child.wait()
    assert 0 < busy["system/cpu"] <= 1
    assert busy["system/memory"] - before > 80e6
    assert looking.sample()["system/memory"] < busy["system/memory"]


def test_a_machine_without_a_driver_has_no_gpus(monkeypatch):
    import pynvml

    def missing() -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", missing)
    assert usage.gpus() == ()
    assert set(Usage(gpus=[0]).sample()) == {"system/cpu", "system/memory"}


def test_only_the_gpus_that_may_be_used_are_counted(monkeypatch):
    import pynvml

    monkeypatch.setattr(pynvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: 4)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert usage.gpus() == (0, 1, 2, 3)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 0,9")
    assert usage.gpus() == (2, 0)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert usage.gpus() == ()
