#!/usr/bin/env python3
"""``topk`` and ``argmax`` of torch name different ones among equal values.

Package: torch 2.15.0
Behaviour: of four equal values on the CPU, ``topk`` names the last two, and ``argmax``, ``max``
    and ``sort`` name the first. Logits in bfloat16 are equal now and then, so the first of
    ``topk(5)`` may be another class than the ``argmax`` of the same row.
Expected: one order for all. The documentation promises none, but nothing says that two answers to
    'the largest' differ.
Output: the places that each names for four zeros: topk 2 and 3, argmax 0, max 0, sort 0, 1, 2, 3.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

PACKAGES = ("torch==2.15.0", "numpy==2.4.6")
CODE = """
import torch
zeros = torch.zeros(4)
topk, argmax = zeros.topk(2).indices.tolist(), int(zeros.argmax())
print("topk:", topk, "argmax:", argmax, "max:", int(zeros.max(0).indices))
print("sort:", zeros.sort(descending=True).indices.tolist())
raise SystemExit(0 if topk == [2, 3] and argmax == 0 else "changed: other places are named now")
"""


def main() -> int:
    """Install into a folder of its own, run there, and return how that ended."""
    uv = shutil.which("uv")
    tool = [uv] if uv else [sys.executable, "-m"]
    with tempfile.TemporaryDirectory() as packages:
        python = ["--python", sys.executable] if uv else []
        command = [*tool, "pip", "install", "--quiet", *python, "--target", packages]
        subprocess.run([*command, *PACKAGES], check=True)
        environment = os.environ | {"PYTHONPATH": packages}
        return subprocess.run([sys.executable, "-c", CODE], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
