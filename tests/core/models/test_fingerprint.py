from __future__ import annotations

import dataclasses

import torch

from alexnet_core.explanation.evaluation.parameter_randomisation import randomised
from alexnet_core.inspection.ablation import Ablation, ablated
from alexnet_core.models import library
from alexnet_core.models.fingerprint import fingerprint


def test_the_same_weights_have_the_same_name() -> None:
    one, other = (library.load("bundled:cifar10") for _ in range(2))
    assert fingerprint(one) == fingerprint(other)
    squashed = one.transform.replace(framing="squash")
    assert fingerprint(dataclasses.replace(one, transform=squashed)) != fingerprint(one)


def test_weights_without_a_card_are_read() -> None:
    one, other = (library.load("random:alexnet-cifar") for _ in range(2))
    assert fingerprint(one) == fingerprint(other)
    changed = dataclasses.replace(one)
    with torch.no_grad():
        changed.network.get_submodule("fc8").get_parameter("bias")[0] += 1
    assert fingerprint(changed) != fingerprint(other)


def test_a_changed_network_never_shares_with_the_unchanged_one() -> None:
    model = library.load("bundled:cifar10")
    muted = Ablation(layer="conv1", units=(3,))
    names = [
        fingerprint(model),
        fingerprint(ablated(model, [muted])),
        fingerprint(ablated(model, [muted.replace(units=(4,))])),
        fingerprint(ablated(model, [muted.replace(layer="relu1")])),
        fingerprint(randomised(model, "fc8", seed=0)),
        fingerprint(randomised(model, "fc8", seed=1)),
        fingerprint(randomised(model, "conv1", seed=0)),
    ]
    assert len(set(names)) == len(names)
    # The card still is that of the unchanged weights.
    assert ablated(model, [muted]).card is model.card
