#!/usr/bin/env bash
# Package: captum 0.9.0, with torch 2.15.0
# Behaviour: DeepLift loses a part of the sum where windows of a max pooling share their maximum: of
#   what several windows hand back to one and the same input only the last stays. With overlapping
#   windows, as AlexNet has them, the attributions do not add up to the difference of the scores.
# Expected: summation to delta (Shrikumar, Greenside, Kundaje 2017, section 3).
# Output: for one bright pixel that lies in all four windows: the sum of the attributions, which is
#   1, and the difference of the scores, which is 4.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
if command -v uv >/dev/null; then
    install=(uv pip install --quiet --python "$folder/bin/python")
else
    install=("$folder/bin/pip" install --quiet)
fi
"${install[@]}" captum==0.9.0 torch==2.15.0 numpy==2.4.6
"$folder/bin/python" -W ignore - <<'PYTHON'
import torch
from captum.attr import DeepLift
from torch import nn


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool, self.sum = nn.MaxPool2d(3, stride=2), nn.Linear(4, 1, bias=False)
        nn.init.ones_(self.sum.weight)

    def forward(self, pixels):
        return self.sum(self.pool(pixels).flatten(1))


network = Network().eval()
black = torch.zeros(1, 1, 5, 5)
picture = black.clone()
picture[0, 0, 2, 2] = 1
found = float(DeepLift(network).attribute(picture, black, target=0).sum())
wanted = float(network(picture) - network(black))
print("sum of the attributions:", found, "difference of the scores:", wanted)
assert wanted == 4
raise SystemExit(0 if abs(found - 1) < 1e-6 else f"changed: the sum is {found} now")
PYTHON
