#!/usr/bin/env python3
"""Captum's DeepLIFT loses a part of the sum where two windows of a max pooling share their maximum.

Package: captum 0.9.0 (torch 2.15.0)
Behaviour: on the way back through ``MaxPool2d``, what several windows hand to one and the same
    input is not added: the last one written stays. With overlapping windows, as AlexNet has them,
    the attributions then do not add up to the difference of the scores.
Expected: DeepLIFT's summation to delta (Shrikumar, Greenside, Kundaje 2017, section 3): the
    attributions of all inputs add up to the score minus the score of the baseline.
Output: for one bright pixel that lies in all four windows: the sum of the attributions, which is
    1, and the difference of the scores, which is 4.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

PACKAGES = ("captum==0.9.0", "torch==2.15.0", "numpy==2.4.6")
CODE = """
import warnings
import torch
from torch import nn
from captum.attr import DeepLift
warnings.simplefilter("ignore")

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
