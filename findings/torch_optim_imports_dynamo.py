#!/usr/bin/env python3
"""The first optimizer of a process imports the compiler of torch, whether it compiles or not.

Package: torch 2.15.0
Behaviour: methods of ``torch.optim.Optimizer`` are wrapped so that ``torch.compile`` leaves them
    alone; the first call of one imports ``torch._dynamo``, and with it sympy and, where it is
    installed, triton: some 900 modules, 2.6 s of processor time where ``import torch`` itself took
    3.6 s (on a busy machine).
Expected: a process that never compiles pays for no compiler. The wrapper means to import it late,
    'to avoid circular dependencies' (``torch/_compile.py``).
Output: how many modules ``torch.optim.SGD`` imports, and whether ``torch._dynamo`` is among them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

PACKAGES = ("torch==2.15.0", "numpy==2.4.6")
CODE = """
import sys
import torch
before = set(sys.modules)
weights = torch.nn.Parameter(torch.zeros(3))
assert "torch._dynamo" not in sys.modules
torch.optim.SGD([weights], lr=0.1)
brought = set(sys.modules) - before
print("modules that an optimizer imports:", len(brought), "dynamo:", "torch._dynamo" in brought)
raise SystemExit(0 if "torch._dynamo" in brought else "changed: no compiler is imported now")
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
