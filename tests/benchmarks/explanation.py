"""Each method of the table against Captum called as its documentation calls it.

    uv run python tests/benchmarks/explanation.py --model bundled:cifar10 random:alexnet-owt

One picture, the same options, in turns. Both start from the picture as an array and find the
predicted class first: `explain` for the probability that it reports, the other because Captum has
to be told the class. Printed for each method: the seconds of both (medians), the median of their
ratio (above 1 the lab is faster), and the largest difference of their values as a share of the
largest value.

LRP needs rules for layers that Captum has none for, and KernelShap and LIME a linear model, since
Captum's own need scikit-learn; the other side is given the lab's. DeepLIFT is asked for as Captum
computes it (``exact_pools=False``), which is not the default.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measure import report, say
from PIL import Image
from skimage.segmentation import slic

from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.deeplift_shap import DeepLiftOptions, DeepLiftShapOptions
from alexnet_core.explanation.methods.registry import METHODS
from alexnet_core.models import library
from alexnet_core.models.library import LoadedModel
from tests.core.explanation.plain import plain

AS_CAPTUM = {
    "deep-lift": DeepLiftOptions(exact_pools=False),
    "deep-lift-shap": DeepLiftShapOptions(exact_pools=False),
}


def main() -> None:
    """Run what was asked for and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", nargs="+", default=["bundled:cifar10", "random:alexnet-owt"])
    parser.add_argument("--method", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--photo", type=Path, help="default: soft blots of colour")
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    models = {
        reference: _compare(library.load(reference), wanted.method, wanted.photo, wanted.rounds)
        for reference in wanted.model
    }
    report("explanation", {"rounds": wanted.rounds, "models": models})


def _compare(
    model: LoadedModel, names: list[str], photo: Path | None, rounds: int
) -> dict[str, dict[str, float]]:
    pixels = _pixels(model, photo)
    network = copy.deepcopy(model.network)
    rest = _rest(model, pixels)

    def ours(name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        return explain(model, pixels, name, options=AS_CAPTUM.get(name)).values

    def captum(name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        picture = _normalised(model, pixels[None])
        with torch.no_grad():
            target = int(network(picture).softmax(1).argmax())
        return plain(name, network, picture, target, *rest)

    found = {}
    for name in names:
        one, other = ours(name), captum(name)
        difference = float(np.abs(one - other).max() / np.abs(other).max())
        mine, theirs = [], []
        for _ in range(rounds):
            mine.append(_seconds(ours, name))
            theirs.append(_seconds(captum, name))
        ratios = [b / a for a, b in zip(mine, theirs, strict=True)]
        found[name] = {
            "seconds": round(statistics.median(mine), 4),
            "captum_seconds": round(statistics.median(theirs), 4),
            "times_faster": round(statistics.median(ratios), 2),
            "largest_difference": float(f"{difference:.2g}"),
        }
        say(f"{model.reference} {name}: {found[name]}")
    return found


def _pixels(model: LoadedModel, photo: Path | None) -> np.ndarray[Any, np.dtype[np.uint8]]:
    if photo is not None:
        return model.transform.pixels(Image.open(photo).convert("RGB"))
    side = model.config.input_size
    coarse = np.random.default_rng(0).integers(0, 256, (7, 7, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


def _rest(model: LoadedModel, pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> list[torch.Tensor]:
    """Black, references and superpixels: what the lab's defaults make of the picture."""
    random = np.random.default_rng(0).integers(0, 256, (8, *pixels.shape), np.uint8)
    parts = slic(pixels, n_segments=50, compactness=10.0, start_label=0)
    numbers = np.unique(parts, return_inverse=True)[1].reshape(parts.shape)
    black = _normalised(model, np.zeros_like(pixels)[None])
    return [black, _normalised(model, random), torch.from_numpy(numbers)[None, None]]


def _normalised(model: LoadedModel, pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> torch.Tensor:
    return model.transform.normalise(torch.from_numpy(pixels.copy())).contiguous()


def _seconds(work: Any, name: str) -> float:
    started = time.perf_counter()
    work(name)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
