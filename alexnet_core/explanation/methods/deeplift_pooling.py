"""DeepLIFT's rescale rule for max pools, where Captum's loses a part of the sum."""

from __future__ import annotations

from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from alexnet_core.explanation.method_input import Subject


def rescaling(subject: Subject, exact_pools: bool = True) -> Any:
    """Captum's DeepLift for the question; Captum's own pools, or those that sum up."""
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
        return DeepLift(subject.question)
    for layer in subject.question.modules():
        if isinstance(layer, nn.MaxPool2d):
            # Captum hooks what passes from one layer to the next on both sides. Where it is one
            # and the same tensor, the layer before sees it as it was before this one changed it.
            layer.register_forward_pre_hook(lambda _, inputs: inputs[0].clone())
    return Exact(subject.question)


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
