"""SmoothGrad and VarGrad: the mean or the spread of a method's answers under noise."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from alexnet_core.config import Config
from alexnet_core.explanation.methods.deeplift_shap import rescaling
from alexnet_core.explanation.methods.gradients import needs_relu, quiet, upsampled
from alexnet_core.explanation.methods.subject import Result, Seeded, Subject
from alexnet_core.models.config import AlexNetConfig

_CHANGED_RELUS = ("guided-backprop", "deconvolution", "guided-grad-cam")
_STEPS = 20
"""Steps of Integrated Gradients for each noisy picture."""


class VarGradOptions(Config):
    """Which method, under how much noise."""

    of: Literal[
        "saliency",
        "input-x-gradient",
        "integrated-gradients",
        "deep-lift",
        "guided-backprop",
        "deconvolution",
        "guided-grad-cam",
        "grad-cam",
    ] = "saliency"
    """The method that is asked again and again; with a sign, and against black where it compares.
    """

    noise: float = Field(0.15, gt=0, le=1)
    """Deviation of the noise as a share of the picture's own range, from its lowest number to its
    highest; the paper finds 0.1 to 0.2 good."""

    samples: int = Field(25, ge=2, le=500)
    """Noisy pictures."""

    seed: int = Field(0, ge=0, le=2**31)
    """Of the noise."""


class SmoothGradOptions(VarGradOptions):
    """Which method, under how much noise, and what mean."""

    squared: bool = False
    """The mean of the squares, which keeps what points now here, now there (Hooker et al., 2019).
    """


def smooth_grad(subject: Subject, options: SmoothGradOptions) -> Result:
    """Captum's NoiseTunnel: the mean."""
    return _under_noise(subject, options, "smoothgrad_sq" if options.squared else "smoothgrad")


def var_grad(subject: Subject, options: VarGradOptions) -> Result:
    """Captum's NoiseTunnel: the variance."""
    return _under_noise(subject, options, "vargrad")


def refuses(config: AlexNetConfig, options: VarGradOptions) -> str:
    """Why the method that is asked can't be."""
    return needs_relu(config, options) if options.of in _CHANGED_RELUS else ""


def _under_noise(subject: Subject, options: VarGradOptions, kind: str) -> Result:
    from captum.attr import NoiseTunnel

    quiet()
    method, settings, passes = _method(subject, options.of)
    # Those that compare take the pictures and what they are compared with together.
    at_once = min(passes, 2)
    image = subject.images()
    levels = image.detach()
    subject.watch.expect(options.samples * passes)
    with Seeded(options.seed):
        found = NoiseTunnel(method).attribute(
            image,
            nt_type=kind,
            nt_samples=options.samples,
            nt_samples_batch_size=max(1, subject.batch(options.samples * at_once) // at_once),
            stdevs=options.noise * float(levels.max() - levels.min()),
            **settings,
        )
    return Result(values=upsampled(subject, found))


def _method(subject: Subject, name: str) -> tuple[Any, dict[str, Any], int]:
    """Captum's method, what to call it with, and how often a picture passes the network."""
    from captum import attr

    scalar, black = subject.scalar_target, subject.baseline("black")
    layer = subject.layer("conv5") if name.endswith("grad-cam") else None
    match name:
        case "saliency":
            return attr.Saliency(scalar), {"abs": False}, 1
        case "input-x-gradient":
            return attr.InputXGradient(scalar), {}, 1
        case "integrated-gradients":
            settings = {"baselines": black, "n_steps": _STEPS, "internal_batch_size": subject.rows}
            return attr.IntegratedGradients(scalar), settings, _STEPS
        case "deep-lift":
            return rescaling(subject), {"baselines": black}, 2
        case "guided-backprop":
            return attr.GuidedBackprop(scalar), {}, 1
        case "deconvolution":
            return attr.Deconvolution(scalar), {}, 1
        case "guided-grad-cam":
            return attr.GuidedGradCam(scalar, layer), {"interpolate_mode": "bilinear"}, 2
        case _:
            return attr.LayerGradCam(scalar, layer), {"relu_attributions": False}, 1
