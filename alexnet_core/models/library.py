"""A model reference in, a network ready to answer out.

A reference is one string, the same in links, on the command line and in stored runs:

- ``bundled:cifar10``: what ships with the lab
- ``imagenet``: torchvision's weights, once they are on this machine
- ``run:ID``: the best epoch of a run; ``run:ID@7`` its epoch 7
- ``file:PATH``: a checkpoint folder, a ``.safetensors``, a ``.pt`` or ``.pth``
- ``random:alexnet-2012``: a variant with fresh, seeded weights
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import alexnet_core
from alexnet_core import home
from alexnet_core.data import transforms
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CheckpointError, UnknownNameError
from alexnet_core.models import checkpoint, fitting, imagenet, variants
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.checkpoint import Card
from alexnet_core.models.config import AlexNetConfig

_NAME = re.compile(r"[\w-][\w.-]*")
_EPOCH = re.compile(r"[0-9]{1,6}")


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
    kind, _, name = reference.partition(":")
    if kind == "bundled" and name in _bundled():
        return _from_folder(reference, assets() / name)
    if reference == "imagenet":
        if not imagenet.folder().is_dir():
            raise CheckpointError(
                "The ImageNet weights are not on this machine; `alexnet-lab weights download` "
                f"fetches them, or bring {imagenet.URL} with `alexnet-lab weights import FILE`."
            )
        return _from_folder(reference, imagenet.folder())
    if kind == "run":
        return _from_folder(reference, _run_folder(name))
    if kind == "file" and name:
        path = Path(name).expanduser()
        return _from_folder(reference, path) if path.is_dir() else _from_file(reference, path)
    if kind == "random":
        return _assumed(reference, build(variants.get(name).config, seed=0))
    raise UnknownNameError("model", reference, [*_references(), "run:ID", "file:PATH"])


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


def _bundled() -> list[str]:
    return sorted(path.parent.name for path in assets().glob(f"*/{checkpoint.CARD}"))


def _references() -> Iterator[str]:
    for name in _bundled():
        yield f"bundled:{name}"
    yield "imagenet"
    newest_first = sorted((home.home() / "runs").glob("*/pointers.json"), reverse=True)
    for path in newest_first:
        if "best" in _pointers(path.parent):
            yield f"run:{path.parent.name}"
    for name in variants.names():
        yield f"random:{name}"


def _title(reference: str) -> str:
    kind, _, name = reference.partition(":")
    if reference == "imagenet":
        return "ImageNet, 1,000 classes (torchvision)"
    if kind == "random":
        return f"{name}, untrained"
    try:
        card = checkpoint.load_card(assets() / name if kind == "bundled" else _run_folder(name))
    except CheckpointError:
        # A damaged checkpoint must not hide the others; loading it says what is wrong.
        return f"{name} (its card can't be read)"
    if kind == "bundled":
        return f"{card.dataset or name}, {len(card.categories):,} classes (ships with the lab)"
    return f"{card.recipe} on {card.dataset}, epoch {card.epoch} ({name})"


def _run_folder(name: str) -> Path:
    run, _, epoch = name.partition("@")
    folder = home.home() / "runs" / run
    if not _NAME.fullmatch(run) or not (folder / "pointers.json").is_file():
        runs = sorted((home.home() / "runs").glob("*/pointers.json"))
        raise UnknownNameError("run", run, [path.parent.name for path in runs])
    if not epoch and (folder / "result").is_dir():
        return folder / "result"
    epochs = folder / "checkpoints"
    wanted = epoch or str(_pointers(folder).get("best", ""))
    if not wanted:
        raise CheckpointError(f"Run {run} has no finished epoch to load.")
    found = epochs / f"epoch-{wanted:0>3}"
    if not _EPOCH.fullmatch(wanted) or not found.is_dir():
        kept = ", ".join(str(int(path.name[6:])) for path in sorted(epochs.glob("epoch-*")))
        raise UnknownNameError("epoch", wanted, [kept] if kept else [])
    return found


def _pointers(folder: Path) -> dict[str, object]:
    try:
        pointers = json.loads((folder / "pointers.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # One damaged run must not hide the others in a list.
        return {}
    return pointers if isinstance(pointers, dict) else {}


def _from_folder(reference: str, folder: Path) -> LoadedModel:
    card, weights = checkpoint.load(folder)
    network = fitting.blank(card.model)
    fitting.fit(network, weights)
    return _with_card(reference, network, card)


def _from_file(reference: str, path: Path) -> LoadedModel:
    weights = checkpoint.load_weights(path)
    card = _card_of(path)
    config = fitting.guess(weights) if card is None else card.model
    if config is None:
        raise CheckpointError(
            f"{path.name} comes without a card and has the shapes of no variant of the lab; "
            f"put its card beside it as {path.with_suffix('.json').name}."
        )
    network = fitting.blank(config)
    fitting.fit(network, weights)
    if card is not None:
        return _with_card(reference, network, card)
    if fitting.from_torchvision(weights) and config.num_classes == 1000:
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
