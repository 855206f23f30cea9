from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest

from alexnet_core.orchestration.launchers import local


@pytest.mark.parametrize("more", [-3, 3])
def test_a_worker_is_at_least_as_nice_as_whoever_started_the_lab(home, monkeypatch, more):
    own = psutil.Process().nice()
    monkeypatch.setattr(local, "NICENESS", own + more)
    monkeypatch.setattr(
        local, "_program", lambda processes: [sys.executable, "-c", "import time; time.sleep(60)"]
    )
    launcher = local.Local()
    run = cast(Any, SimpleNamespace(id="one", config={}, attempts=1))
    launcher.submit(run, launcher.capacity()[0])
    (worker,) = local.processes_of("one")
    try:
        assert worker.nice() == min(19, max(own, own + more))
    finally:
        launcher.stop("one")
        # Asked once more, it lets go of the process.
        launcher.poll("one")
