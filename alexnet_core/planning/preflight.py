"""What a run will be, said before it starts: its pictures, its steps, and what stands in its way.

A `RunConfig` refuses what is impossible by itself. What is impossible on this machine, with this
data set or from these weights is found here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from alexnet_core.data.cards import DatasetCard
from alexnet_core.data.importing.split import share_apart
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import ConfigError, LabError
from alexnet_core.models.config import LARGEST_INPUT, AlexNetConfig
from alexnet_core.orchestration import queue
from alexnet_core.training.config import RunConfig


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """A run as it would be."""

    config: RunConfig
    """With the classes of the set and the network that is really trained."""
    transform: Transform
    """How a picture becomes the network's input."""
    train: int
    """Pictures in an epoch, before the last, smaller batch is left out."""
    validation: int
    """Pictures validated on after each epoch; 0 for none."""
    refusals: tuple[ConfigError, ...]
    """Why it can't start; empty where it can."""

    @property
    def steps_an_epoch(self) -> int:
        """Batches in an epoch."""
        return self.train // min(self.config.batch_size, self.train) if self.train else 0

    @property
    def steps(self) -> int:
        """Batches in the whole run."""
        return self.steps_an_epoch * self.config.epochs

    @property
    def wide(self) -> Transform:
        """How training pictures are kept: with the margin that is cropped at random.

        Raises:
            ConfigError: there is no room for such a margin; `refusals` says it too.
        """
        margin = self.config.augmentation.crop_margin
        return self.transform.replace(input_size=self.transform.input_size + margin)


Load = Callable[[str], tuple[AlexNetConfig, Transform]]
"""A model reference -> the network behind it and its transform."""


def preflight(config: RunConfig, card: DatasetCard, load: Load | None = None) -> Preflight:
    """Check a run before it starts.

    Args:
        config: the run.
        card: of its data set.
        load: looks up what the run starts from; None loads it from the library.
    """
    refusals: list[ConfigError] = []
    config, transform = _network(config, card, load or _load, refusals)
    train, validation = _count(config, card)
    if train < 2:
        allowed = "a data set with at least two training pictures"
        refusals.append(ConfigError("dataset", config.dataset, allowed))
    if validation == 0:
        reason = "because no pictures are set apart to validate on (validation_percent)"
        if config.early_stopping is not None:
            refusals.append(ConfigError("early_stopping", config.early_stopping, f"none, {reason}"))
        if config.schedule.name == "plateau":
            refusals.append(ConfigError("schedule.name", "plateau", f"any other, {reason}"))
    if config.model.in_channels != 3:
        allowed = "3, because pictures are read as red, green and blue"
        refusals.append(ConfigError("model.in_channels", config.model.in_channels, allowed))
    try:
        queue.check(config)
    except ConfigError as error:
        refusals.append(error)
    checked = Preflight(
        config=config,
        transform=transform,
        train=train,
        validation=validation,
        refusals=tuple(refusals),
    )
    return _with_room(checked)


def _network(
    config: RunConfig, card: DatasetCard, load: Load, refusals: list[ConfigError]
) -> tuple[RunConfig, Transform]:
    """The config with the network that is really trained, and the network's transform."""
    model = config.model
    margin = config.augmentation.crop_margin
    transform = None
    if config.start_from is not None:
        try:
            model, transform = load(config.start_from)
        except LabError as error:
            allowed = f"a model that can be loaded. {error}"
            refusals.append(ConfigError("start_from", config.start_from, allowed))
    if transform is None:
        transform = Transform(
            input_size=model.input_size,
            resize=model.input_size + margin,
            mean=card.mean,
            std=card.std,
        )
    try:
        model = model.replace(num_classes=len(card.classes))
    except ConfigError:
        refusals.append(
            ConfigError("dataset", config.dataset, "a data set with two classes or more")
        )
    try:
        config = config.replace(model=model)
    except ConfigError as error:
        # A smaller network than the config's own can be too small for its augmentation.
        refusals.append(error)
    return config, transform


def _with_room(checked: Preflight) -> Preflight:
    """The same, refused where the margin does not fit around its input."""
    try:
        checked.wide  # noqa: B018 - looking is what may fail
    except ConfigError:
        transform, margin = checked.transform, checked.config.augmentation.crop_margin
        size = transform.input_size
        widest = min(transform.resize or LARGEST_INPUT, LARGEST_INPUT)
        allowed = f"at most {widest - size}, because pictures are at most {widest} pixels wide"
        refusal = ConfigError("augmentation.crop_margin", margin, allowed)
        return replace(checked, refusals=(*checked.refusals, refusal))
    return checked


def _count(config: RunConfig, card: DatasetCard) -> tuple[int, int]:
    """Pictures trained on and validated on, class by class as `set_apart` divides them."""
    train = list(card.counts.get("train", ()))
    held = card.length("val")
    if not held:
        apart = [share_apart(count, config.validation_percent) for count in train]
        train = [count - away for count, away in zip(train, apart, strict=True)]
        held = sum(apart)
    if config.limit is not None:
        train = [min(count, config.limit) for count in train]
    return sum(train), held


def _load(reference: str) -> tuple[AlexNetConfig, Transform]:
    from alexnet_core.models import library

    loaded = library.load(reference)
    return loaded.config, loaded.transform
