"""The table of methods; forms, the command line and the docs read it.

A new method is one row here and its test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from alexnet_core.config import Config
from alexnet_core.errors import UnknownNameError
from alexnet_core.explanation.methods import (
    deeplift_shap,
    gradients,
    integrated_gradients,
    lrp,
    perturbation,
    smoothgrad,
)
from alexnet_core.explanation.methods.subject import Result, Subject
from alexnet_core.models.config import AlexNetConfig

Cost = Literal["gradient", "steps", "perturbation"]
"""One or two passes; a batch of passes with gradients; many passes without."""

Gives = Literal["input", "map"]
"""A number for each colour of each pixel, (3, S, S); or one for each place, (S, S)."""


def never(config: AlexNetConfig, options: Any) -> str:
    """Refuse nothing."""
    return ""


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to explain."""

    name: str
    """As on the command line and in links."""
    title: str
    """As on screen."""
    paper: str
    """Authors, year, title."""
    sentence: str
    """What it does, in one plain sentence."""
    options: type[Config]
    """What can be set, with bounds, defaults and a docstring under each field."""
    cost: Cost
    gives: Gives = "input"
    run: Callable[[Subject, Any], Result] = field(repr=False)
    """Computes it; called by `attribution.explain` alone."""
    refuses: Callable[[AlexNetConfig, Any], str] = field(default=never, repr=False)
    """One sentence why this network can't be explained so with these options, or nothing."""


_ROWS = (
    Method(
        name="saliency",
        title="Saliency",
        paper="Simonyan, Vedaldi, Zisserman, 2014: Deep Inside Convolutional Networks",
        sentence="How much the answer moves when a pixel changes a little.",
        options=gradients.SaliencyOptions,
        cost="gradient",
        run=gradients.saliency,
    ),
    Method(
        name="input-x-gradient",
        title="Input x Gradient",
        paper="Shrikumar, Greenside, Shcherbina, Kundaje, 2016: Not Just a Black Box",
        sentence="The gradient times what is there: what each pixel would add if all were linear.",
        options=gradients.NoOptions,
        cost="gradient",
        run=gradients.input_x_gradient,
    ),
    Method(
        name="integrated-gradients",
        title="Integrated Gradients",
        paper="Sundararajan, Taly, Yan, 2017: Axiomatic Attribution for Deep Networks",
        sentence="Gradients summed on the way from a blank picture to this one; the shares add up "
        "to what the answer gained.",
        options=integrated_gradients.IntegratedOptions,
        cost="steps",
        run=integrated_gradients.integrated_gradients,
    ),
    Method(
        name="smoothgrad",
        title="SmoothGrad",
        paper="Smilkov, Thorat, Kim, Viégas, Wattenberg, 2017: SmoothGrad: Removing Noise by "
        "Adding Noise",
        sentence="The mean of another method's answers to noisy copies of the picture.",
        options=smoothgrad.SmoothGradOptions,
        cost="steps",
        run=smoothgrad.smooth_grad,
        refuses=smoothgrad.refuses,
    ),
    Method(
        name="vargrad",
        title="VarGrad",
        paper="Adebayo, Gilmer, Goodfellow, Kim, 2018: Local Explanation Methods for Deep Neural "
        "Networks Lack Sensitivity to Parameter Values",
        sentence="Where another method's answers to noisy copies of the picture differ most.",
        options=smoothgrad.VarGradOptions,
        cost="steps",
        run=smoothgrad.var_grad,
        refuses=smoothgrad.refuses,
    ),
    Method(
        name="deep-lift",
        title="DeepLIFT",
        paper="Shrikumar, Greenside, Kundaje, 2017: Learning Important Features Through "
        "Propagating Activation Differences",
        sentence="Hands the difference to a blank picture's answer down, layer by layer.",
        options=deeplift_shap.DeepLiftOptions,
        cost="gradient",
        run=deeplift_shap.deep_lift,
    ),
    Method(
        name="deep-lift-shap",
        title="DeepLIFT SHAP",
        paper="Lundberg, Lee, 2017: A Unified Approach to Interpreting Model Predictions",
        sentence="The mean of DeepLIFT against several pictures without content.",
        options=deeplift_shap.DeepLiftShapOptions,
        cost="steps",
        run=deeplift_shap.deep_lift_shap,
    ),
    Method(
        name="gradient-shap",
        title="Gradient SHAP",
        paper="Lundberg, Lee, 2017: A Unified Approach to Interpreting Model Predictions; "
        "Erion et al., 2021, as expected gradients",
        sentence="Gradients at random points on the ways from several pictures without content.",
        options=deeplift_shap.GradientShapOptions,
        cost="steps",
        run=deeplift_shap.gradient_shap,
    ),
    Method(
        name="guided-backprop",
        title="Guided Backprop",
        paper="Springenberg, Dosovitskiy, Brox, Riedmiller, 2015: Striving for Simplicity",
        sentence="The gradient along ways on which every step speaks for the answer; sharp, but "
        "it draws edges nearly whatever the network has learned.",
        options=gradients.NoOptions,
        cost="gradient",
        run=gradients.guided_backprop,
        refuses=gradients.needs_relu,
    ),
    Method(
        name="deconvolution",
        title="Deconvolution",
        paper="Zeiler, Fergus, 2014: Visualizing and Understanding Convolutional Networks",
        sentence="Runs the network backwards and keeps what is positive.",
        options=gradients.NoOptions,
        cost="gradient",
        run=gradients.deconvolution,
        refuses=gradients.needs_relu,
    ),
    Method(
        name="guided-grad-cam",
        title="Guided Grad-CAM",
        paper="Selvaraju et al., 2017: Grad-CAM: Visual Explanations from Deep Networks",
        sentence="Guided Backprop where Grad-CAM is warm: sharp lines of one class.",
        options=gradients.LayerOptions,
        cost="gradient",
        run=gradients.guided_grad_cam,
        refuses=gradients.needs_relu,
    ),
    Method(
        name="grad-cam",
        title="Grad-CAM",
        paper="Selvaraju et al., 2017: Grad-CAM: Visual Explanations from Deep Networks",
        sentence="Where the maps of a layer that speak for the answer are bright.",
        options=gradients.CamOptions,
        cost="gradient",
        gives="map",
        run=gradients.grad_cam,
    ),
    Method(
        name="layer-conductance",
        title="Layer Conductance",
        paper="Dhamdhere, Sundararajan, Yan, 2018: How Important Is a Neuron?",
        sentence="Integrated Gradients for the places of a layer's maps instead of pixels.",
        options=integrated_gradients.ConductanceOptions,
        cost="steps",
        gives="map",
        run=integrated_gradients.layer_conductance,
    ),
    Method(
        name="layer-activation",
        title="Layer activation",
        paper="Zeiler, Fergus, 2014: Visualizing and Understanding Convolutional Networks",
        sentence="What a layer gives here, whatever the answer: it shows where there is something.",
        options=integrated_gradients.ActivationOptions,
        cost="gradient",
        gives="map",
        run=integrated_gradients.layer_activation,
    ),
    Method(
        name="lrp",
        title="Layer-wise relevance",
        paper="Bach et al., 2015: On Pixel-Wise Explanations for Non-Linear Classifier Decisions "
        "by Layer-Wise Relevance Propagation",
        sentence="Shares the answer out backwards, to each input as much as it contributed.",
        options=lrp.RelevanceOptions,
        cost="gradient",
        run=lrp.lrp,
        refuses=lrp.refuses,
    ),
    Method(
        name="occlusion",
        title="Occlusion",
        paper="Zeiler, Fergus, 2014: Visualizing and Understanding Convolutional Networks",
        sentence="How much the answer falls when a square hides each place.",
        options=perturbation.OcclusionOptions,
        cost="perturbation",
        gives="map",
        run=perturbation.occlusion,
    ),
    Method(
        name="feature-ablation",
        title="Feature ablation",
        paper="Captum, Kokhlikyan et al., 2020; superpixels by SLIC, Achanta et al., 2012",
        sentence="How much the answer falls when each part of the picture is hidden.",
        options=perturbation.SegmentOptions,
        cost="perturbation",
        gives="map",
        run=perturbation.feature_ablation,
    ),
    Method(
        name="kernel-shap",
        title="Kernel SHAP",
        paper="Lundberg, Lee, 2017: A Unified Approach to Interpreting Model Predictions",
        sentence="A fair share for each part of the picture, from many random covers.",
        options=perturbation.ShapOptions,
        cost="perturbation",
        gives="map",
        run=perturbation.kernel_shap,
    ),
    Method(
        name="lime",
        title="LIME",
        paper="Ribeiro, Singh, Guestrin, 2016: Why Should I Trust You?",
        sentence="A simple weighing of the picture's parts that agrees with the network nearby.",
        options=perturbation.LimeOptions,
        cost="perturbation",
        gives="map",
        run=perturbation.lime,
    ),
)

METHODS: Mapping[str, Method] = MappingProxyType({row.name: row for row in _ROWS})
"""Name -> method, in the order in which they are offered."""


def get(name: str) -> Method:
    """The method of that name.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in METHODS:
        raise UnknownNameError("method", name, METHODS)
    return METHODS[name]
