#!/usr/bin/env bash
# Package: torch 2.15.0
# Behaviour: the first optimizer of a process imports torch._dynamo, and with it sympy and, where it
#   is installed, triton: some 900 modules, whether anything is ever compiled or not. Methods of
#   torch.optim.Optimizer are wrapped so that torch.compile leaves them alone, and the first call of
#   one brings the compiler.
# Expected: a process that never compiles pays for no compiler.
# Output: how many modules torch.optim.SGD imports, and that torch._dynamo is among them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
if command -v uv >/dev/null; then
    install=(uv pip install --quiet --python "$folder/bin/python")
else
    install=("$folder/bin/pip" install --quiet)
fi
"${install[@]}" torch==2.15.0 numpy==2.4.6
"$folder/bin/python" - <<'PYTHON'
import sys

import torch

before = set(sys.modules)
weights = torch.nn.Parameter(torch.zeros(3))
assert "torch._dynamo" not in sys.modules
torch.optim.SGD([weights], lr=0.1)
brought = set(sys.modules) - before
print("modules that an optimizer imports:", len(brought), "dynamo:", "torch._dynamo" in brought)
raise SystemExit(0 if "torch._dynamo" in brought else "changed: no compiler is imported now")
PYTHON
