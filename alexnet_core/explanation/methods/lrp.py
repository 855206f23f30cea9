"""Layer-wise relevance propagation: each layer hands its relevance down to what made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, cast

from pydantic import Field
from torch import Tensor, nn

from alexnet_core.config import Config
from alexnet_core.explanation.methods.subject import Result, Subject
from alexnet_core.models.config import AlexNetConfig


class RelevanceOptions(Config):
    """How relevance is handed down."""

    rule: Literal["epsilon", "gamma", "alpha1-beta0"] = "epsilon"
    """To all inputs as they contributed, with more for those that spoke for it, or only to those.
    The first holds for dense layers and the first convolution in any case. With ReLU it comes out
    as Input x Gradient."""

    epsilon: float = Field(1e-9, gt=0, le=1)
    """Keeps divisions by almost zero from exploding; larger gives calmer maps and loses some of
    the sum."""

    gamma: float = Field(0.25, ge=0, le=10)
    """How much more those count that spoke for it, where the rule is gamma."""


def lrp(subject: Subject, options: RelevanceOptions) -> Result:
    """Captum's LRP.

    Response normalisation passes relevance on as it is (Binder et al., 2016, treat it so or by a
    Taylor expansion); Captum knows no rule for it, nor for the batch normalisation of flat layers,
    which gets the one that it has for maps.
    """
    from captum.attr import LRP
    from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule, GammaRule, IdentityRule

    class Passing(IdentityRule):  # type: ignore[misc]
        """Captum's, whose relevance a ReLU before the layer would not see."""

        def _create_backward_hook_input(self, inputs: Tensor) -> Callable[[Tensor], Tensor]:
            def replace(grad: Tensor) -> Tensor:
                relevance = cast(Tensor, self.relevance_output[grad.device])
                # As Captum's other rules tell the activation before.
                grad.replace_out = relevance  # type: ignore[attr-defined]
                return relevance

            return replace

    def rule_of(layer: nn.Module) -> Any:
        if isinstance(layer, nn.LocalResponseNorm):
            return Passing()
        # The picture itself, normalised, is negative in places.
        if isinstance(layer, nn.Conv2d) and layer is not subject.scalar_target.conv1:
            if options.rule == "gamma":
                return GammaRule(options.gamma)
            if options.rule == "alpha1-beta0":
                return Alpha1_Beta0_Rule()
        return EpsilonRule(options.epsilon)

    for layer in subject.scalar_target.modules():
        leaf = not any(True for _ in layer.children())
        # These pass relevance as it is, and must have no rule.
        if leaf and not isinstance(layer, nn.ReLU | nn.Tanh | nn.Dropout):
            layer.rule = rule_of(layer)
    values = LRP(subject.scalar_target).attribute(subject.images())[0].detach()
    return Result(values=values, total=float(values.sum()))


def refuses(config: AlexNetConfig, options: RelevanceOptions) -> str:
    """Why these rules do not fit the network."""
    if options.rule == "epsilon":
        return ""
    if config.activation != "relu":
        why = f"uses {config.activation}"
    elif config.norm == "batch" and config.norm_position != "before_activation":
        why = "normalises batches behind its activations"
    else:
        return ""
    return (
        f"{config.name} {why}, so what goes into a convolution may be negative, and the "
        f"{options.rule} rule takes it for positive; the epsilon rule does not."
    )
