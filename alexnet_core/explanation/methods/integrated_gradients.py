"""Methods that follow the way from a baseline to the picture: Integrated Gradients and kin."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field

from alexnet_core.config import Config
from alexnet_core.explanation.methods.gradients import LayerOptions
from alexnet_core.explanation.methods.subject import Result, Subject
from alexnet_core.models.baselines import Baseline


class BaselineOptions(Config):
    """What the picture is compared with."""

    baseline: Baseline = "black"
    """What stands for no content: black, the mean colour of the training pictures, the picture
    blurred, or noise. What looks like it gets no share."""

    seed: int = Field(0, ge=0, le=2**31)
    """Of the noise, if that is the baseline."""


class PathOptions(BaselineOptions):
    """What the picture is compared with, and how finely."""

    steps: int = Field(50, ge=2, le=1000)
    """Pictures between the baseline and this one; more come nearer to the exact sum."""


class IntegratedOptions(PathOptions):
    """What the picture is compared with, and how the way is summed up."""

    rule: Literal["gausslegendre", "riemann_trapezoid", "riemann_middle"] = "gausslegendre"
    """Where the steps lie and what each counts."""


class ConductanceOptions(PathOptions, LayerOptions):
    """Which layer, compared with what, and how finely."""


class ActivationOptions(LayerOptions):
    """Which layer, and which of its channels."""

    unit: int | None = Field(None, ge=0)
    """One channel; none takes the mean of all."""


def integrated_gradients(subject: Subject, options: IntegratedOptions) -> Result:
    """Captum's IntegratedGradients, in batches."""
    from captum.attr import IntegratedGradients

    baseline = subject.baseline(options.baseline, options.seed)
    subject.watch.expect(options.steps)
    values = (
        IntegratedGradients(subject.scalar_target)
        .attribute(
            subject.images(),
            baselines=baseline,
            n_steps=options.steps,
            method=options.rule,
            internal_batch_size=subject.batch(options.steps),
        )[0]
        .detach()
    )
    return Result(values=values, total=float(values.sum()), baselines=baseline)


def layer_conductance(subject: Subject, options: ConductanceOptions) -> Result:
    """Captum's LayerConductance, summed over the channels and enlarged to the picture."""
    from captum.attr import LayerConductance

    layer = subject.layer(options.layer)
    baseline = subject.baseline(options.baseline, options.seed)
    subject.watch.expect(options.steps + 1)
    shares = (
        LayerConductance(subject.scalar_target, layer)
        .attribute(
            subject.images(),
            baselines=baseline,
            n_steps=options.steps,
            internal_batch_size=max(2, subject.batch(options.steps)),
        )
        .detach()
    )
    values = subject.enlarged(shares.sum(1, keepdim=True))
    return Result(values=values, total=float(shares.sum()), baselines=baseline)


def layer_activation(subject: Subject, options: ActivationOptions) -> Result:
    """Captum's LayerActivation, one channel or the mean, enlarged to the picture."""
    from captum.attr import LayerActivation

    from alexnet_core.inspection.arithmetic.value import check_place

    layer = subject.layer(options.layer)
    with torch.no_grad():
        maps = LayerActivation(subject.scalar_target, layer).attribute(subject.images())
    if options.unit is None:
        return Result(values=subject.enlarged(maps.mean(1, keepdim=True)))
    check_place(options.layer, tuple(maps.shape[1:]), options.unit)
    return Result(values=subject.enlarged(maps[:, options.unit : options.unit + 1]))
