"""A model reference in, a network ready to answer out.

A reference is one string, the same in links, on the command line and in stored runs:

- ``bundled:cifar10``: what ships with the lab
- ``imagenet``: torchvision's weights, once they are on this machine
- ``run:ID``: the best epoch of a run; ``run:ID@7`` its epoch 7
- ``file:PATH``: a checkpoint folder, a ``.safetensors``, a ``.pt`` or ``.pth``
- ``random:alexnet-2012``: a variant with fresh, seeded weights
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import alexnet_core
from alexnet_core.data import transforms
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CheckpointError, UnknownNameError
from alexnet_core.models import checkpoint, imagenet, variants, weight_fit
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.checkpoint import Card
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.runs import run_folder


@dataclass(frozen=True, kw_only=True, eq=False)
class LoadedModel:
    """A network with all that travels with its weights.

    Hold ``lock`` around whatever uses ``network``: sessions share it, and hooks of two at once
    give silently wrong results.
    """

    reference: str
    network: AlexNet
    """In eval mode, float32, on the CPU."""
    config: AlexNetConfig
    transform: Transform
    categories: tuple[str, ...]
    card: Card | None
    """None where weights came without one: transform and categories are then assumed."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


@dataclass(frozen=True, kw_only=True)
class ModelEntry:
    """A model that a person may choose."""

    reference: str
    title: str
    here: bool
    """Whether it can be loaded at once; ImageNet's weights may have to be fetched first."""


def load(reference: str) -> LoadedModel:
    """Resolve a reference; each call gives a network of its own.

    Raises:
        UnknownNameError: no reference of that kind, or no variant, run or model of that name.
        CheckpointError: the weights are missing, damaged, unsafe or of another network.
    """
    place = _place(reference)
    if place is None:
        return _assumed(reference, build(variants.get(reference.partition(":")[2]).config, seed=0))
    return _from_folder(reference, place) if place.is_dir() else _from_file(reference, place)


def identity(reference: str) -> str:
    """What a reference means right now: another text as soon as it means other weights.

    ``run:ID`` means another epoch whenever a better one ends, and a file can be replaced.

    Raises:
        UnknownNameError: as `load`.
        CheckpointError: ImageNet's weights, or those of a run, are not there.
    """
    place = _place(reference)
    if place is None:
        return reference
    try:
        said = (place / checkpoint.WEIGHTS if place.is_dir() else place).stat()
    except OSError:
        # Loading it says in a sentence what is wrong.
        return f"{place}, which is gone"
    return f"{place} {said.st_size} {said.st_mtime_ns}"


def listing() -> tuple[ModelEntry, ...]:
    """Every model that can be named: what ships, ImageNet's, runs, and fresh variants."""
    return tuple(
        ModelEntry(
            reference=reference,
            title=_title(reference),
            here=reference != "imagenet" or imagenet.folder().is_dir(),
        )
        for reference in _references()
    )


def assets() -> Path:
    """The folder of the models that ship: inside an installed package, else beside it."""
    package = Path(alexnet_core.__file__).parent
    inside = package / "assets" / "models"
    return inside if inside.is_dir() else package.parent / "assets" / "models"


def _place(reference: str) -> Path | None:
    """The folder or file of the weights; None for a variant, whose weights are made."""
    kind, _, name = reference.partition(":")
    if kind == "bundled" and name in _bundled():
        return assets() / name
    if reference == "imagenet":
        if not imagenet.folder().is_dir():
            raise CheckpointError(
                "The ImageNet weights are not on this machine; `alexnet-lab weights download` "
                f"fetches them, or bring {imagenet.URL} with `alexnet-lab weights import FILE`."
            )
        return imagenet.folder()
    if kind == "run":
        return run_folder.weights(name)
    if kind == "file" and name:
        return Path(name).expanduser()
    if kind == "random":
        variants.get(name)
        return None
    raise UnknownNameError("model", reference, [*_references(), "run:ID", "file:PATH"])


def _bundled() -> list[str]:
    return sorted(path.parent.name for path in assets().glob(f"*/{checkpoint.CARD}"))


def _references() -> Iterator[str]:
    for name in _bundled():
        yield f"bundled:{name}"
    yield "imagenet"
    for run in run_folder.begun():
        if "best" in run_folder.pointers(run_folder.of(run)):
            yield f"run:{run}"
    for name in variants.names():
        yield f"random:{name}"


def _title(reference: str) -> str:
    kind, _, name = reference.partition(":")
    if reference == "imagenet":
        return "ImageNet, 1,000 classes (torchvision)"
    if kind == "random":
        return f"{name}, untrained"
    try:
        place = assets() / name if kind == "bundled" else run_folder.weights(name)
        card = checkpoint.load_card(place)
    except CheckpointError:
        # A damaged checkpoint must not hide the others; loading it says what is wrong.
        return f"{name} (its card can't be read)"
    if kind == "bundled":
        return f"{card.dataset or name}, {len(card.categories):,} classes (ships with the lab)"
    return f"{card.recipe} on {card.dataset}, epoch {card.epoch} ({name})"


def _from_folder(reference: str, folder: Path) -> LoadedModel:
    card, weights = checkpoint.load(folder)
    network = weight_fit.blank(card.model)
    weight_fit.fit(network, weights)
    return _with_card(reference, network, card)


def _from_file(reference: str, path: Path) -> LoadedModel:
    weights = checkpoint.load_weights(path)
    card = _card_of(path)
    config = weight_fit.guess(weights) if card is None else card.model
    if config is None:
        raise CheckpointError(
            f"{path.name} comes without a card and has the shapes of no variant of the lab; "
            f"put its card beside it as {path.with_suffix('.json').name}."
        )
    network = weight_fit.blank(config)
    weight_fit.fit(network, weights)
    if card is not None:
        return _with_card(reference, network, card)
    if weight_fit.from_torchvision(weights) and config.num_classes == 1000:
        return _assumed(reference, network, transforms.imagenet(), imagenet.categories())
    return _assumed(reference, network)


def _card_of(path: Path) -> Card | None:
    beside = [path.with_suffix(".json")]
    if path.name == checkpoint.WEIGHTS:
        beside.append(path.parent / checkpoint.CARD)
    for place in beside:
        if place.is_file():
            return checkpoint.load_card(place)
    return checkpoint.card_inside(path)


def _with_card(reference: str, network: AlexNet, card: Card) -> LoadedModel:
    return LoadedModel(
        reference=reference,
        network=network.eval(),
        config=card.model,
        transform=card.transform,
        categories=card.categories,
        card=card,
    )


def _assumed(
    reference: str,
    network: AlexNet,
    transform: Transform | None = None,
    categories: tuple[str, ...] = (),
) -> LoadedModel:
    config = network.config
    return LoadedModel(
        reference=reference,
        network=network.eval(),
        config=config,
        transform=transform or Transform(input_size=config.input_size),
        categories=categories or tuple(f"class {at}" for at in range(config.num_classes)),
        card=None,
    )
