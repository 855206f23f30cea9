"""DeepLIFT, DeepLIFT SHAP and Gradient SHAP: a number shared out against bare pictures.

DeepLIFT's rescale rule for max pools is the lab's own, where Captum's loses a part of the sum.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from alexnet_core.config import Config
from alexnet_core.explanation.methods.gradients import quiet
from alexnet_core.explanation.methods.integrated_gradients import BaselineOptions
from alexnet_core.explanation.methods.subject import Result, Seeded, Subject


class _PoolOptions(Config):
    exact_pools: bool = True
    """Hand down through max pools as the rule says, so that the shares sum up; without, as Captum
    does it, which loses a part behind a ReLU and where windows overlap."""


class DeepLiftOptions(BaselineOptions, _PoolOptions):
    """What the picture is compared with."""


class ReferenceOptions(Config):
    """A group of pictures without content."""

    references: Literal["noise", "grey", "blur"] = "noise"
    """Coloured noise, flat greys from black to white, or the picture blurred less and more."""

    count: int = Field(8, ge=2, le=64)
    """How many of them; more smooth out what is special in each."""

    seed: int = Field(0, ge=0, le=2**31)
    """Of the noise."""


class DeepLiftShapOptions(ReferenceOptions, _PoolOptions):
    """A group of pictures without content."""


class GradientShapOptions(ReferenceOptions):
    """A group of pictures without content, and how often to try."""

    samples: int = Field(32, ge=1, le=1000)
    """Random points on the ways from the references to the picture."""

    noise: float = Field(0.0, ge=0, le=1)
    """Noise on the picture itself, its deviation as a share of the picture's own range."""


def deep_lift(subject: Subject, options: DeepLiftOptions) -> Result:
    """Captum's DeepLift with the rescale rule."""
    quiet()
    baseline = subject.baseline(options.baseline, options.seed)
    method = rescaling(subject, options.exact_pools)
    values = method.attribute(subject.images(), baselines=baseline)[0].detach()
    return Result(values=values, total=float(values.sum()), baselines=baseline)


def deep_lift_shap(subject: Subject, options: DeepLiftShapOptions) -> Result:
    """Captum's DeepLiftShap, as many references at once as fit."""
    quiet()
    references = _references(subject, options)
    subject.watch.expect(2 * len(references))
    method = rescaling(subject, options.exact_pools)
    total = torch.zeros_like(references[0])
    # DeepLiftShap is the mean of DeepLift over the references, but takes all of them at once.
    for some in references.split(max(1, subject.batch(2 * len(references)) // 2)):
        images = subject.images().detach().repeat(len(some), 1, 1, 1).requires_grad_()
        total += method.attribute(images, baselines=some).detach().sum(0)
    values = total / len(references)
    return Result(values=values, total=float(values.sum()), baselines=references)


def gradient_shap(subject: Subject, options: GradientShapOptions) -> Result:
    """Expected gradients as Captum's GradientShap computes them.

    Captum draws from NumPy's global state, which is not safe with several threads and not to be
    seeded without changing what others get. The draws here are those that its seed leads to.
    """
    references = _references(subject, options)
    image = subject.images().detach()
    random = np.random.RandomState(options.seed)
    chosen = random.choice(len(references), options.samples).tolist()
    subject.watch.expect(options.samples)
    with Seeded(options.seed):
        spread = torch.full(
            (options.samples, *image.shape[1:]), options.noise * _range(image), device=image.device
        )
        noise = torch.normal(0.0, spread)
    along = torch.tensor(random.uniform(0.0, 1.0, options.samples), dtype=image.dtype)
    along = along.to(image.device).view(-1, 1, 1, 1)
    total = torch.zeros_like(image[0])
    batch = subject.batch(options.samples)
    for start in range(0, options.samples, batch):
        some = slice(start, min(start + batch, options.samples))
        ends, starts = image + noise[some], references[chosen[some]]
        points = (along[some] * ends + (1 - along[some]) * starts).requires_grad_()
        (slope,) = torch.autograd.grad(subject.scalar_target(points).sum(), points)
        total += ((ends - starts) * slope).sum(0)
    values = total / options.samples
    return Result(values=values, total=float(values.sum()), baselines=references)


def _range(image: Tensor) -> float:
    return float(image.max() - image.min())


def _references(subject: Subject, options: ReferenceOptions) -> Tensor:
    """(count, 3, S, S)."""
    count = options.count
    if options.references == "noise":
        return subject.noise(count, options.seed)
    if options.references == "blur":
        # From a thirty-second of the side to a quarter.
        shares = [2.0 ** (-5 + 3 * at / (count - 1)) for at in range(count)]
        return torch.cat([subject.blurred(share) for share in shares])
    return subject.greys(count)


def rescaling(subject: Subject, exact_pools: bool = True) -> Any:
    """Captum's DeepLift for the scalar target; its own pools, or those that sum up."""
    from captum.attr import DeepLift

    class Exact(DeepLift):  # type: ignore[misc]
        """With max pools that lose nothing."""

        def _backward_hook(
            self, module: nn.Module, grad_input: Tensor, grad_output: Tensor
        ) -> Tensor:
            if not isinstance(module, nn.MaxPool2d):
                return cast(Tensor, super()._backward_hook(module, grad_input, grad_output))
            inputs, outputs = cast(Tensor, module.input), cast(Tensor, module.output)
            del module.input, module.output
            return _pooled(module, inputs, outputs, grad_input, grad_output, self.eps)

    if not exact_pools:
        return DeepLift(subject.scalar_target)
    for layer in subject.scalar_target.modules():
        if isinstance(layer, nn.MaxPool2d):
            # Captum hooks what passes from one layer to the next on both sides. Where it is one
            # and the same tensor, the layer before sees it as it was before this one changed it.
            layer.register_forward_pre_hook(lambda _, inputs: inputs[0].clone())
    return Exact(subject.scalar_target)


def _pooled(
    pool: nn.MaxPool2d,
    inputs: Tensor,
    outputs: Tensor,
    grad_input: Tensor,
    grad_output: Tensor,
    smallest: float,
) -> Tensor:
    """The rescale rule for a max pooling: multipliers for its inputs, (2N, C, H, W).

    As Captum's, which takes ``max_unpool2d`` for the way back: where two windows share their
    largest value, that keeps what one of them hands back and forgets the other.

    Args:
        pool: the layer.
        inputs: (2N, C, H, W), the pictures and then what they are compared with.
        outputs: (2N, C, h, w) likewise.
        grad_input: the plain gradient, where a difference is too small to divide by.
        grad_output: the multipliers of the outputs.
        smallest: the smallest difference to divide by.
    """
    with torch.no_grad():
        here, there = outputs.chunk(2)
        largest = torch.max(here, there)
        handed = grad_output * torch.cat([largest - there, here - largest])
        _, places = F.max_pool2d(
            inputs, pool.kernel_size, pool.stride, pool.padding, return_indices=True
        )
        back = torch.zeros_like(inputs).flatten(2)
        back.scatter_add_(2, places.flatten(2), handed.flatten(2))
        one, other = back.view_as(inputs).chunk(2)
        shared = torch.cat(2 * [one + other])
        picture, compared = inputs.chunk(2)
        difference = torch.cat(2 * [picture - compared])
        small = difference.abs() < smallest
        return torch.where(small, grad_input, shared / torch.where(small, 1.0, difference))
