"""How well a map explains one picture, in figures.

Nobody knows the true reason for an answer, so each figure asks for a consequence instead: if the
hot pixels matter, taking them away must change the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from alexnet_core.config import Config
from alexnet_core.errors import CancelledError
from alexnet_core.explanation.attribution import Explanation, explain
from alexnet_core.explanation.evaluation.batched_scores import BatchedScores
from alexnet_core.explanation.evaluation.deletion_insertion import Curve, curve
from alexnet_core.explanation.target import Resolved, Target
from alexnet_core.models import baselines
from alexnet_core.models.baselines import Fill

if TYPE_CHECKING:
    from torch import Tensor

    from alexnet_core.models.library import LoadedModel

Cancelled = Callable[[], bool]


class Quality(Config):
    """The figures of one map; `FIGURES` says what each means."""

    deletion: float
    insertion: float
    infidelity: float
    infidelity_normalised: float | None
    """None where hiding squares changes nothing."""
    sensitivity: float | None
    """None where it was not asked for."""
    sparseness: float | None
    """None where the map is zero everywhere."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What a figure means."""

    title: str
    sentence: str
    better: Literal["lower", "higher", "neither"]


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "deletion": Figure(
            title="Deletion",
            sentence="Mean probability while the hottest pixels are taken away first.",
            better="lower",
        ),
        "insertion": Figure(
            title="Insertion",
            sentence="Mean probability while the hottest pixels are brought back first.",
            better="higher",
        ),
        "infidelity": Figure(
            title="Infidelity",
            sentence="How far the heat under hidden squares is from the fall of the logit, squared "
            "and in the map's best scale. That scale may be negative, so a map of the opposite "
            "sign scores the same; deletion and insertion tell the two apart.",
            better="lower",
        ),
        "infidelity_normalised": Figure(
            title="Unexplained",
            sentence="Normalised infidelity, a share: 0 tells every fall, 1 is no better than no "
            "map. A map of the opposite sign scores the same; deletion and insertion tell the two "
            "apart.",
            better="lower",
        ),
        "sensitivity": Figure(
            title="Sensitivity",
            sentence="How much the map changes, at most, when the picture hardly does.",
            better="lower",
        ),
        "sparseness": Figure(
            title="Sparseness",
            sentence="0 spreads the heat evenly over all pixels, 1 puts all of it in one.",
            better="neither",
        ),
        "seconds": Figure(title="Seconds", sentence="What the map took.", better="lower"),
    }
)
"""Name of a field of `Quality` -> what it means; the page, the command line and the docs read it.

Sources: deletion and insertion, Petsiuk et al., 2018; infidelity and sensitivity, Yeh et al.,
2019, "On the (In)fidelity and Sensitivity of Explanations"; sparseness, Chalasani et al., 2020,
"Concise Explanations of Neural Networks using Adversarial Training".
"""


class QualityOptions(Config):
    """How the figures are measured; more is steadier and slower."""

    steps: int = Field(24, ge=2, le=256)
    """In so many equal parts the pixels go or come."""

    taken: Fill = "mean"
    """What stands where deletion took a pixel away."""

    start: Fill = "blur"
    """What insertion starts from."""

    squares: int = Field(48, ge=2, le=512)
    """How many random squares are hidden, one after the other, for infidelity."""

    disturbed: int = Field(8, ge=0, le=64)
    """How often the picture is disturbed and explained again for sensitivity; 0 leaves it out."""

    radius: float = Field(0.02, gt=0, le=1)
    """How far each normalised number is disturbed at most; Captum's own default."""

    seed: int = Field(0, ge=0)
    """Of squares, disturbances and the order of equally hot pixels."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """The figures of one map and the curves behind two of them."""

    quality: Quality
    deletion: Curve
    insertion: Curve


class Bench:
    """What all maps of one picture and one target are measured with; costs nothing before use.

    The network is asked about the hidden squares once, however many maps are measured.
    """

    def __init__(
        self,
        model: LoadedModel,
        pixels: NDArray[np.uint8],
        target: Resolved,
        options: QualityOptions | None = None,
    ) -> None:
        """Take pixels (S, S, 3), as an `Explanation` holds them, and its target."""
        self._model, self._pixels, self._target = model, pixels, target
        self.options = options or QualityOptions()

    def measure(self, explanation: Explanation, cancelled: Cancelled = lambda: False) -> Measured:
        """All figures of a map of this picture and target.

        Raises:
            CancelledError: ``cancelled`` said yes.
            LabError: explaining the disturbed picture failed, as `attribution.explain` says.
        """
        heat = explanation.heat
        deletion, insertion = self.curves(heat)
        _go_on(cancelled)
        infidelity = self.infidelity(heat)
        _go_on(cancelled)
        squared = float((self._falls**2).mean())
        quality = Quality(
            deletion=deletion.area,
            insertion=insertion.area,
            infidelity=infidelity,
            infidelity_normalised=infidelity / squared if squared else None,
            sensitivity=self.sensitivity(explanation, cancelled),
            sparseness=sparseness(heat),
            seconds=explanation.seconds,
        )
        return Measured(quality=quality, deletion=deletion, insertion=insertion)

    def curves(self, heat: NDArray[np.floating]) -> tuple[Curve, Curve]:
        """Deletion and insertion for any heat (S, S), also one that no method gave."""
        given: dict[str, Any] = {"steps": self.options.steps, "seed": self.options.seed}
        whole = self._batched.input
        ways = ((whole, self._bare("taken")), (self._bare("start"), whole))
        first, second = (curve(self._batched, heat, *way, **given) for way in ways)
        return first, second

    def infidelity(self, heat: NDArray[np.floating]) -> float:
        """Captum's infidelity in its normalised form, in squared logits.

        The perturbation is 1 on a random square that takes the mean colour and 0 elsewhere, the
        same for every method: does the heat in the square tell how far the logit falls? The best
        scale of the map is found first, and may be negative.

        Args:
            heat: (S, S).
        """
        from captum.metrics import infidelity

        squares = torch.from_numpy(self._squares)[:, None].double()
        intact = torch.from_numpy(self._falls) * 0
        # What the network says of every hidden square is known already and is only looked up.
        found = infidelity(
            lambda asked: -torch.from_numpy(self._falls) if len(asked) > 1 else intact[:1],
            lambda repeated: (squares, repeated),
            squares[:1],
            torch.from_numpy(np.array(heat, dtype=np.float64))[None, None],
            n_perturb_samples=len(squares),
            normalize=True,
        )
        return float(found)

    @cached_property
    def _batched(self) -> BatchedScores:
        return BatchedScores(self._model, self._pixels, self._target)

    @cached_property
    def _squares(self) -> NDArray[np.bool_]:
        """(squares, S, S), true where one hides the picture; sides of an eighth to a half."""
        random = np.random.default_rng(self.options.seed)
        side = self._pixels.shape[0]
        masks = np.zeros((self.options.squares, side, side), dtype=bool)
        for mask in masks:
            wide = int(random.integers(max(1, side // 8), max(1, side // 2) + 1))
            # Some reach over the edge, so that every pixel is hidden equally often.
            top, left = random.integers(1 - wide, side, 2)
            mask[max(0, top) : top + wide, max(0, left) : left + wide] = True
        return masks

    @cached_property
    def _falls(self) -> NDArray[np.float64]:
        """(squares,) how far the logit falls when a square takes the mean colour."""
        whole = self._batched.input
        # Normalised, the mean colour is zero.
        hidden = self._batched.mixed(self._squares, whole, torch.zeros_like(whole))
        falls: NDArray[np.float64] = self._batched.logits(whole[None]) - self._batched.logits(
            hidden
        )
        return falls

    def _bare(self, where: Literal["taken", "start"]) -> Tensor:
        fill: Fill = getattr(self.options, where)
        return baselines.normalised(self._model.transform, self._pixels, fill)[0]

    def sensitivity(
        self, explanation: Explanation, cancelled: Cancelled = lambda: False
    ) -> float | None:
        """Captum's maximal sensitivity: the largest change of the map over its size.

        None where the options leave it out.
        """
        if not self.options.disturbed:
            return None
        from captum.metrics import sensitivity_max

        generator = torch.Generator().manual_seed(self.options.seed)
        target = pinned(explanation.target)

        def disturb(inputs: Tensor, radius: float) -> Tensor:
            return inputs + (2 * torch.rand(inputs.shape, generator=generator) - 1) * radius

        def again(inputs: Any) -> tuple[Tensor]:
            # Captum asks for the intact picture first, as a tuple; that map is there already.
            if isinstance(inputs, tuple):
                return (torch.from_numpy(np.array(explanation.values))[None],)
            found = []
            for one in inputs:
                new = explain(
                    self._model,
                    one.numpy(),
                    explanation.method,
                    target=target,
                    options=explanation.options,
                    cancelled=cancelled,
                )
                found.append(torch.from_numpy(np.array(new.values)))
            return (torch.stack(found),)

        found = sensitivity_max(
            again,
            self._batched.input[None],
            disturb,
            perturb_radius=self.options.radius,
            n_perturb_samples=self.options.disturbed,
        )
        return float(found)


def sparseness(heat: NDArray[np.floating]) -> float | None:
    """The Gini index of the sizes of a map, 0 to 1; None where all are zero.

    Source: Hurley and Rickard, 2009, "Comparing Measures of Sparsity", equation 2.9.
    """
    sizes = np.sort(np.abs(heat).astype(np.float64).ravel())
    total = sizes.sum()
    if not total:
        return None
    weights = (len(sizes) - np.arange(1, len(sizes) + 1) + 0.5) / len(sizes)
    return float(1 - 2 * (sizes / total * weights).sum())


def pinned(target: Resolved) -> Target:
    """The same target for another picture, also where its predicted class is another."""
    return Target(
        index=target.index,
        against=target.against,
        layer=target.layer,
        unit=target.unit,
        at=target.at,
    )


def _go_on(cancelled: Cancelled) -> None:
    if cancelled():
        raise CancelledError("Measuring the maps was cancelled; nothing of it is kept.")
