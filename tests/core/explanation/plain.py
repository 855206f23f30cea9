"""Captum as its documentation calls it, for every method, to compare with."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from captum import attr
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import Tensor, nn

from alexnet_core.explanation.methods.perturbation import LinearFit
from alexnet_core.models.alexnet import AlexNet

Plain = Callable[[AlexNet, Tensor, int, Tensor, Tensor, Tensor], Tensor]
"""(network, picture (1, 3, S, S), class, black (1, 3, S, S), references (N, 3, S, S),
superpixels (1, 1, S, S)) -> values (3, S, S) or (S, S)."""


def _enlarged(maps: Tensor, picture: Tensor) -> Tensor:
    return F.interpolate(maps, tuple(picture.shape[2:]), mode="bilinear")[0, 0]


def _saliency(net: Any, x: Tensor, t: int, *_: Tensor) -> Tensor:
    return attr.Saliency(net).attribute(x, t)[0]


def _input_x_gradient(net: Any, x: Tensor, t: int, *_: Tensor) -> Tensor:
    return attr.InputXGradient(net).attribute(x, t)[0]


def _integrated(net: Any, x: Tensor, t: int, black: Tensor, *_: Tensor) -> Tensor:
    return attr.IntegratedGradients(net).attribute(x, black, t)[0]


def _noisy(kind: str) -> Plain:
    def run(net: Any, x: Tensor, t: int, *_: Tensor) -> Tensor:
        torch.manual_seed(0)
        spread = 0.15 * float(x.detach().max() - x.detach().min())
        tunnel = attr.NoiseTunnel(attr.Saliency(net))
        return tunnel.attribute(x, kind, 25, stdevs=spread, target=t, abs=False)[0]

    return run


def _deep_lift(net: Any, x: Tensor, t: int, black: Tensor, *_: Tensor) -> Tensor:
    return attr.DeepLift(net).attribute(x, black, t)[0]


def _deep_lift_shap(net: Any, x: Tensor, t: int, _: Tensor, many: Tensor, *__: Tensor) -> Tensor:
    return attr.DeepLiftShap(net).attribute(x, many, t)[0]


def _gradient_shap(net: Any, x: Tensor, t: int, _: Tensor, many: Tensor, *__: Tensor) -> Tensor:
    np.random.seed(0)  # noqa: NPY002 - the state that Captum draws from
    return attr.GradientShap(net).attribute(x, many, 32, 0.0, t)[0]


def _guided_backprop(net: Any, x: Tensor, t: int, *_: Tensor) -> Tensor:
    return attr.GuidedBackprop(net).attribute(x, t)[0]


def _deconvolution(net: Any, x: Tensor, t: int, *_: Tensor) -> Tensor:
    return attr.Deconvolution(net).attribute(x, t)[0]


def _guided_grad_cam(net: Any, x: Tensor, t: int, *_: Tensor) -> Tensor:
    return attr.GuidedGradCam(net, net.conv5).attribute(x, t, interpolate_mode="bilinear")[0]


def _grad_cam(net: Any, x: Tensor, t: int, *_: Tensor) -> Tensor:
    return _enlarged(attr.LayerGradCam(net, net.conv5).attribute(x, t, relu_attributions=True), x)


def _conductance(net: Any, x: Tensor, t: int, black: Tensor, *_: Tensor) -> Tensor:
    found = attr.LayerConductance(net, net.conv5).attribute(x, black, t)
    return _enlarged(found.sum(1, keepdim=True), x)


def _activation(net: Any, x: Tensor, *_: Any) -> Tensor:
    return _enlarged(attr.LayerActivation(net, net.conv5).attribute(x).mean(1, keepdim=True), x)


def _lrp(net: Any, x: Tensor, t: int, *_: Tensor) -> Tensor:
    for layer in net.children():
        # Captum refuses these two unless they are given a rule.
        if isinstance(layer, nn.Flatten | nn.BatchNorm1d):
            layer.rule = EpsilonRule()
    return attr.LRP(net).attribute(x, t)[0]


def _occlusion(net: Any, x: Tensor, t: int, *_: Tensor) -> Tensor:
    side = x.shape[2]
    window = side // 8
    stride = (3, window // 2, window // 2)
    return attr.Occlusion(net).attribute(x, (3, window, window), stride, 0.0, t)[0, 0]


def _ablation(net: Any, x: Tensor, t: int, _: Tensor, __: Tensor, parts: Tensor) -> Tensor:
    return attr.FeatureAblation(net).attribute(x, 0.0, t, feature_mask=parts)[0, 0]


def _kernel_shap(net: Any, x: Tensor, t: int, _: Tensor, __: Tensor, parts: Tensor) -> Tensor:
    torch.manual_seed(0)
    method = attr.KernelShap(net)
    method.interpretable_model = LinearFit(0.0)
    return method.attribute(x, 0.0, t, feature_mask=parts, n_samples=200)[0, 0]


def _lime(net: Any, x: Tensor, t: int, _: Tensor, __: Tensor, parts: Tensor) -> Tensor:
    torch.manual_seed(0)
    near = attr._core.lime.get_exp_kernel_similarity_function("cosine", 0.25)
    method = attr.Lime(net, LinearFit(1.0), near)
    return method.attribute(x, 0.0, t, feature_mask=parts, n_samples=200)[0, 0]


PLAIN: dict[str, Plain] = {
    "saliency": _saliency,
    "input-x-gradient": _input_x_gradient,
    "integrated-gradients": _integrated,
    "smoothgrad": _noisy("smoothgrad"),
    "vargrad": _noisy("vargrad"),
    "deep-lift": _deep_lift,
    "deep-lift-shap": _deep_lift_shap,
    "gradient-shap": _gradient_shap,
    "guided-backprop": _guided_backprop,
    "deconvolution": _deconvolution,
    "guided-grad-cam": _guided_grad_cam,
    "grad-cam": _grad_cam,
    "layer-conductance": _conductance,
    "layer-activation": _activation,
    "lrp": _lrp,
    "occlusion": _occlusion,
    "feature-ablation": _ablation,
    "kernel-shap": _kernel_shap,
    "lime": _lime,
}


def plain(
    name: str, network: AlexNet, picture: Tensor, target: int, *rest: Tensor
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Captum's values, without its warnings about hooks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = PLAIN[name](network, picture.clone().requires_grad_(), target, *rest)
    return found.detach().numpy()
