"""A name for what a model computes, under which results that took long are kept."""

from __future__ import annotations

import hashlib
import weakref

import torch

from alexnet_core.models.alexnet import AlexNet
from alexnet_core.models.library import LoadedModel

_known: weakref.WeakKeyDictionary[LoadedModel, str] = weakref.WeakKeyDictionary()


def fingerprint(model: LoadedModel) -> str:
    """The same weights and preprocessing, the same name, in hex; anything else, another.

    The weights' hash is taken from the card; where there is none they are read once. A card says
    nothing of a network that was changed since (units ablated, layers randomised): such a network
    is a class of its own, and what it computes with is read.
    """
    if model not in _known:
        card = model.card
        digest = hashlib.sha256(f"{model.config.to_json()} {model.transform.to_json()}".encode())
        if card is not None and card.weights_sha256 and type(model.network) is AlexNet:
            digest.update(card.weights_sha256.encode())
        else:
            with model.lock, torch.inference_mode():
                for name, value in model.network.state_dict().items():
                    digest.update(name.encode())
                    digest.update(value.detach().cpu().contiguous().numpy().data)
        _known[model] = digest.hexdigest()
    return _known[model]
