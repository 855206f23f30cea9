"""Whether a process lives: it holds a lock of the kernel, which dies with it.

A process number says nothing: it may belong to somebody else by now.
"""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout


def hold(path: Path, patience: float = 0) -> FileLock | None:
    """Take the lock and keep it until this process ends; None if another process has it.

    Args:
        path: the lock's file, in a folder that exists.
        patience: seconds to wait for it; whoever only looks holds it for a moment.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=patience, poll_interval=0.02)
    except Timeout:
        return None
    return lock


def alive(path: Path) -> bool:
    """Whether some process holds the lock."""
    if not path.exists():
        return False
    lock = hold(path)
    if lock is None:
        return True
    lock.release()
    return False
