"""Methods of one pass forward and one back: the gradient itself, and with changed ReLUs."""

from __future__ import annotations

import warnings
from typing import Any

from torch import Tensor

from alexnet_core.config import Config
from alexnet_core.explanation.methods.subject import Result, Subject
from alexnet_core.models.config import AlexNetConfig


class NoOptions(Config):
    """A method without anything to set."""


class SaliencyOptions(Config):
    """How to read a gradient."""

    signed: bool = False
    """Keep its sign: more of this colour raises or lowers the number. Without, its size alone."""


class LayerOptions(Config):
    """Which layer to look at."""

    layer: str = "conv5"
    """A layer that gives maps: late ones know objects but are coarse, early ones know edges."""


class CamOptions(LayerOptions):
    """Which layer to look at, and what to keep."""

    negative: bool = False
    """Also show what speaks against; the paper keeps what speaks for it."""


def saliency(subject: Subject, options: SaliencyOptions) -> Result:
    """Captum's Saliency."""
    from captum.attr import Saliency

    images, forward_func = subject.first()
    return Result(values=Saliency(forward_func).attribute(images, abs=not options.signed)[0])


def input_x_gradient(subject: Subject, options: NoOptions) -> Result:
    """Captum's InputXGradient."""
    from captum.attr import InputXGradient

    images, forward_func = subject.first()
    return Result(values=InputXGradient(forward_func).attribute(images)[0])


def guided_backprop(subject: Subject, options: NoOptions) -> Result:
    """Captum's GuidedBackprop."""
    from captum.attr import GuidedBackprop

    quiet()
    return Result(values=GuidedBackprop(subject.scalar_target).attribute(subject.images())[0])


def deconvolution(subject: Subject, options: NoOptions) -> Result:
    """Captum's Deconvolution."""
    from captum.attr import Deconvolution

    quiet()
    return Result(values=Deconvolution(subject.scalar_target).attribute(subject.images())[0])


def guided_grad_cam(subject: Subject, options: LayerOptions) -> Result:
    """Captum's GuidedGradCam, the map enlarged as in the paper."""
    from captum.attr import GuidedGradCam

    quiet()
    layer = subject.layer(options.layer)
    found = GuidedGradCam(subject.scalar_target, layer).attribute(
        subject.images(), interpolate_mode="bilinear"
    )
    return Result(values=found[0])


def grad_cam(subject: Subject, options: CamOptions) -> Result:
    """Captum's LayerGradCam, enlarged to the picture."""
    from captum.attr import LayerGradCam

    layer = subject.layer(options.layer)
    found = LayerGradCam(subject.scalar_target, layer).attribute(
        subject.images(), relu_attributions=not options.negative
    )
    return Result(values=subject.enlarged(found))


def needs_relu(config: AlexNetConfig, options: Any) -> str:
    """Why a network without ReLU can't be explained by changing its ReLUs."""
    if config.activation == "relu":
        return ""
    return (
        f"{config.name} uses {config.activation}, and this method changes how a gradient passes "
        "a ReLU, so it has nothing to change here."
    )


def quiet() -> None:
    """Keep Captum from warning that it sets hooks: it sets them on a copy.

    A filter that stays, since to put the old ones back is not safe with several threads.
    """
    for message in ("Setting forward, backward hooks", "Setting backward hooks"):
        warnings.filterwarnings("ignore", message, UserWarning)


def upsampled(subject: Subject, found: Tensor) -> Tensor:
    """What a method gave for one picture: (3, S, S), or a layer's map enlarged to (S, S)."""
    side = subject.config.input_size
    return found[0] if tuple(found.shape[1:]) == (3, side, side) else subject.enlarged(found)
