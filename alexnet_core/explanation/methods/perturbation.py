"""Methods that cover parts of the picture and watch what the network says."""

from __future__ import annotations

from typing import Any

import torch
from pydantic import Field
from torch import Tensor
from torch.utils.data import DataLoader

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError, LabError
from alexnet_core.explanation.methods.subject import Result, Seeded, Subject
from alexnet_core.models.baselines import Baseline


class CoverOptions(Config):
    """What a part is covered with."""

    fill: Baseline = "mean"
    """Black, the mean colour of the training pictures, the picture itself blurred, or noise."""

    seed: int = Field(0, ge=0, le=2**31)
    """Of whatever is drawn at random."""


class OcclusionOptions(CoverOptions):
    """The square that is moved over the picture."""

    window: int | None = Field(None, ge=1, le=1024)
    """Its side in pixels; none takes an eighth of the picture's."""

    stride: int | None = Field(None, ge=1, le=1024)
    """Pixels between two of its places, at most its side; none takes half of it."""


class SegmentOptions(CoverOptions):
    """The parts of the picture: superpixels, which follow its edges."""

    segments: int = Field(50, ge=2, le=400)
    """About how many parts."""

    compactness: float = Field(10.0, ge=0.01, le=100)
    """High makes the parts square, low lets them follow colours closely."""


class ShapOptions(SegmentOptions):
    """The parts of the picture, and how many covers to try."""

    samples: int = Field(200, ge=10, le=5000)
    """Random choices of parts; fewer than there are parts leave much to chance."""


class LimeOptions(ShapOptions):
    """The parts of the picture, how many covers to try, and how to fit."""

    width: float = Field(0.25, gt=0, le=10)
    """How near to the picture a cover must stay to count, in cosine distance."""

    ridge: float = Field(1.0, ge=0, le=1000)
    """Holds the parts' weights small; 0 fits them freely."""


def occlusion(subject: Subject, options: OcclusionOptions) -> Result:
    """Captum's Occlusion, in batches."""
    from captum.attr import Occlusion

    side = subject.config.input_size
    window = options.window or max(1, side // 8)
    stride = options.stride or max(1, window // 2)
    if window > side:
        raise ConfigError("window", window, f"1 to {side}, the side of the picture")
    if stride > window:
        raise ConfigError("stride", stride, f"1 to {window}, the window")
    along = -(-(side - window) // stride) + 1
    places = along**2
    subject.watch.expect(places + 1)
    found = Occlusion(subject.scalar_target).attribute(
        subject.images().detach(),
        sliding_window_shapes=(3, window, window),
        strides=(3, stride, stride),
        baselines=subject.baseline(options.fill, options.seed),
        perturbations_per_eval=subject.batch(places),
    )
    # The square covers all colours, so that all have the same share.
    return Result(values=found[0, 0])


def feature_ablation(subject: Subject, options: SegmentOptions) -> Result:
    """Captum's FeatureAblation on superpixels."""
    from captum.attr import FeatureAblation

    parts, count = _parts(subject, options)
    subject.watch.expect(count + 1)
    found = FeatureAblation(subject.scalar_target).attribute(
        subject.images().detach(),
        baselines=subject.baseline(options.fill, options.seed),
        feature_mask=parts,
        perturbations_per_eval=subject.batch(count),
    )
    return Result(values=found[0, 0])


def kernel_shap(subject: Subject, options: ShapOptions) -> Result:
    """Captum's KernelShap on superpixels, fitted without scikit-learn."""
    from captum.attr import KernelShap

    method = KernelShap(subject.scalar_target)
    method.interpretable_model = LinearFit(0.0)
    return _sampled(subject, options, method)


def lime(subject: Subject, options: LimeOptions) -> Result:
    """Captum's Lime on superpixels, fitted without scikit-learn, by ridge regression."""
    from captum.attr import Lime
    from captum.attr._core.lime import get_exp_kernel_similarity_function

    near = get_exp_kernel_similarity_function("cosine", options.width)
    return _sampled(subject, options, Lime(subject.scalar_target, LinearFit(options.ridge), near))


class LinearFit:
    """Weighted least squares in closed form, for Captum to fit and read.

    Captum's own need scikit-learn. As there, the intercept is fitted and not held small.
    """

    def __init__(self, ridge: float) -> None:
        self._ridge = ridge
        self._weights = torch.empty(0)

    def fit(self, data: DataLoader[Any]) -> None:
        """Take in parts (N, P), outputs (N,) and weights (N,), all in one batch."""
        ((parts, outputs, weights),) = data
        parts, outputs, weights = parts.double(), outputs.double(), weights.double()
        weights = weights / weights.sum()
        # Scaled so that the weights sum to N, as scikit-learn counts them against the ridge.
        centre, middle = weights @ parts, weights @ outputs
        root = (weights * len(weights)).sqrt()
        rows, aims = (parts - centre) * root[:, None], (outputs - middle) * root
        held = self._ridge**0.5 * torch.eye(parts.shape[1], dtype=rows.dtype, device=rows.device)
        rows = torch.cat([rows, held])
        aims = torch.cat([aims, aims.new_zeros(len(held))])
        # The driver that also takes parts of which nothing is known.
        solved = torch.linalg.lstsq(rows.cpu(), aims.cpu()[:, None], driver="gelsd").solution
        self._weights = solved[:, 0].float()

    def representation(self) -> Tensor:
        """The weights of the parts, (1, P)."""
        return self._weights[None]


def _sampled(subject: Subject, options: ShapOptions, method: Any) -> Result:
    parts, _ = _parts(subject, options)
    subject.watch.expect(options.samples)
    with Seeded(options.seed):
        found = method.attribute(
            subject.images().detach(),
            baselines=subject.baseline(options.fill, options.seed),
            feature_mask=parts,
            n_samples=options.samples,
            perturbations_per_eval=subject.batch(options.samples),
        )
    return Result(values=found[0, 0])


def _parts(subject: Subject, options: SegmentOptions) -> tuple[Tensor, int]:
    """The number of each pixel's part, (1, 1, S, S), counted from 0, and how many there are."""
    from skimage.segmentation import slic

    labels = slic(
        subject.pixels,
        n_segments=options.segments,
        compactness=options.compactness,
        start_label=0,
        channel_axis=-1,
    )
    numbers, count = torch.from_numpy(labels).unique(return_inverse=True), int(labels.max()) + 1
    if len(numbers[0]) < 2:
        raise LabError(
            f"This picture of {len(labels)} pixels a side falls into {count} part; ask for more."
        )
    return numbers[1][None, None].to(subject.images().device), len(numbers[0])
