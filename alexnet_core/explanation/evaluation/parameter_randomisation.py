"""The model parameter randomisation test (MPRT): fresh weights, layer by layer from the top.

A map that stays the same when the network has forgotten everything can't tell why it answered.
Source: Adebayo et al., 2018, "Sanity Checks for Saliency Maps", section 3, the cascading
randomisation; MPRT is what Quantus and others call it since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import nn

from alexnet_core.config import Config
from alexnet_core.data.images import Picture
from alexnet_core.errors import ConfigError
from alexnet_core.explanation.attribution import Explanation, explain
from alexnet_core.explanation.evaluation.metrics import pinned
from alexnet_core.explanation.evaluation.statistics import spearman
from alexnet_core.explanation.methods import registry
from alexnet_core.explanation.target import Target
from alexnet_core.inspection.partial_forward import up_to
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel

UNCHANGED = 0.7
"""A rank correlation from which on a map counts as unchanged.

On the shipped network and a random classifier, Guided Backprop keeps 0.97, Deconvolution 0.80,
Saliency 0.45 (the sizes of gradients have something of the picture too), and Integrated Gradients
and Grad-CAM nothing.
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """What the methods show once everything from the top down to a layer is random."""

    layer: str
    heats: Mapping[str, NDArray[np.float32]]
    """Method -> (S, S)."""
    correlations: Mapping[str, float | None]
    """Method -> rank correlation with its map of the intact network; None where one is flat."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cascade:
    """The whole cascade on one picture."""

    intact: Mapping[str, Explanation]
    """Method -> its map of the network as it is."""
    steps: tuple[Step, ...]
    """From the answers down to the first layer."""
    judged: str
    """The layer of the step that decides, as `judged_by` says."""

    @property
    def unchanged(self) -> tuple[str, ...]:
        """The methods whose maps do not depend on what the layers of the answer learned."""
        [step] = [step for step in self.steps if step.layer == self.judged]
        return tuple(
            name for name, found in step.correlations.items() if found and found >= UNCHANGED
        )


def steps_of(config: AlexNetConfig, asked: str | None = None) -> tuple[str, ...]:
    """The layers that are randomised, one a step: all with weights, those of the answer first.

    The batch normalisation behind a layer is randomised together with it.

    Args:
        config: of the network.
        asked: the layer whose unit is explained; no layer above it matters. None for a class.

    Raises:
        UnknownNameError: the network has no such layer.
    """
    specs = config.layers() if asked is None else up_to(config, asked)
    return tuple(spec.name for spec in reversed(specs) if spec.kind in ("conv", "linear"))


def judged_by(config: AlexNetConfig, asked: str | None = None) -> str:
    """The step that decides: with it nothing is left that knows what the answer means.

    That is the lowest layer of the classifier, or the layer itself for a unit below it.

    Raises:
        UnknownNameError: the network has no such layer.
    """
    flat = next(spec.name for spec in config.layers() if spec.kind == "linear")
    steps = steps_of(config, asked)
    return flat if flat in steps else steps[0]


def randomised(model: LoadedModel, layer: str, seed: int = 0) -> LoadedModel:
    """The model with fresh weights in this layer and all above it, drawn as before training.

    The layers below are shared with the model given; nothing of it is changed.

    Raises:
        UnknownNameError: the network has no such layer.
    """
    model.config.layer(layer)
    return replace(model, network=_Randomised(model.network, build(model.config, seed), layer))


def randomise_cascade(
    model: LoadedModel,
    picture: Picture | NDArray[np.uint8],
    names: Sequence[str] | Mapping[str, Config],
    *,
    target: Target | None = None,
    seed: int = 0,
    fresh: AlexNet | None = None,
    intact: Mapping[str, Explanation] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Cascade:
    """Randomise layer after layer and explain the same target of the same picture each time.

    Args:
        model: not changed.
        picture: a photo, or pixels (S, S, 3) already cut to the network's input.
        names: the methods, at least one, or each method's options.
        target: None for the class that the intact network predicts; it stays the target.
        seed: of the fresh weights.
        fresh: a network with such weights, where there is one already.
        intact: the maps of this picture, target and options, where they are there already.
        progress: called with the maps that are done and the maps in all.
        cancelled: asked again and again.

    Raises:
        ConfigError: no method is named.
        CancelledError: ``cancelled`` said yes.
        LabError: a method failed, as `attribution.explain` says.
    """
    if not names:
        raise ConfigError("methods", "", "at least one method")
    resolved = next(iter(intact.values())).target if intact else target
    asked = resolved.layer if resolved else None
    layers = steps_of(model.config, asked)
    options = {name: names[name] if isinstance(names, Mapping) else None for name in names}
    total = len(options) * (len(layers) + (intact is None))
    done = 0

    def maps(of: LoadedModel, about: Target) -> dict[str, Explanation]:
        nonlocal done
        found = {}
        for name, own in options.items():
            found[name] = explain(of, picture, name, target=about, options=own, cancelled=cancelled)
            done += 1
            if progress:
                progress(done, total)
        return found

    whole = intact or maps(model, target or Target())
    same = pinned(whole[next(iter(options))].target)
    drawn = fresh or build(model.config, seed)
    steps = []
    for layer in layers:
        changed = replace(model, network=_Randomised(model.network, drawn, layer))
        heats = {name: found.heat for name, found in maps(changed, same).items()}
        correlations = {name: spearman(whole[name].heat, heats[name]) for name in heats}
        steps.append(Step(layer=layer, heats=heats, correlations=correlations))
    return Cascade(intact=whole, steps=tuple(steps), judged=judged_by(model.config, asked))


def sentence(unchanged: Sequence[str]) -> str:
    """One sentence that names the methods that do not change, or an empty text for none."""
    titles = [registry.get(name).title for name in unchanged]
    if not titles:
        return ""
    named = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
    hardly = "hardly changes" if len(titles) == 1 else "hardly change"
    what = "this method shows" if len(titles) == 1 else "these methods show"
    return (
        f"{named} {hardly} when the layers that give the answer forget all they learned: "
        f"{what} the picture more than the reason for the answer."
    )


class _Randomised(AlexNet):
    """The layers of a network up to one, and fresh ones from there on; nothing is copied."""

    def __init__(self, network: AlexNet, fresh: AlexNet, layer: str) -> None:
        nn.Module.__init__(self)
        self.config = network.config
        device = next(network.parameters()).device
        fresh.to(device).train(network.training)
        below = True
        for name, own in network.named_children():
            below = below and name != layer
            self.add_module(name, own if below else fresh.get_submodule(name))
        # Who restores this mode afterwards sets it for the layers too, which are the network's own.
        self.training = network.training
