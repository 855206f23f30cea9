#!/usr/bin/env bash
# Package: torch 2.15.0
# Behaviour: of equal values on the CPU topk names other places than argmax, max and sort. Logits in
#   bfloat16 are equal now and then, so the first of topk(5) may be another class than the argmax of
#   the same row.
# Expected: one order for all. The documentation promises none, but nothing says that two answers to
#   'which is the largest' differ.
# Output: the places that each names for four zeros: topk 2 and 3; argmax 0, max 0, sort 0, 1, 2, 3.
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
import torch

zeros = torch.zeros(4)
topk, argmax = zeros.topk(2).indices.tolist(), int(zeros.argmax())
print("topk:", topk, "argmax:", argmax, "max:", int(zeros.max(0).indices))
print("sort:", zeros.sort(descending=True).indices.tolist())
raise SystemExit(0 if topk == [2, 3] and argmax == 0 else "changed: other places are named now")
PYTHON
