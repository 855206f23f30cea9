"""The run that a visitor is putting together: a recipe and what is changed of it.

Values stay as they were given, also those that are refused, so that a field can show them with
the reason beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError
from alexnet_core.models import variants
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.planning.overrides import between
from alexnet_core.training import recipes
from alexnet_core.training.config import RunConfig
from dashboard.common import visitor

DEFAULT_RECIPE = "shapes-quick"
PARTS = ("model", "optimizer", "schedule", "augmentation")
"""The configs inside a `RunConfig`."""

_Config = TypeVar("_Config", bound=Config)


@dataclass(frozen=True)
class Resolved:
    """What a draft comes to."""

    config: RunConfig
    """Complete; where a field is refused it holds the recipe's value."""
    refusals: Mapping[str, ConfigError]
    """Dotted field name -> why its value is not allowed."""


@dataclass
class Draft:
    """One visitor's run in the making."""

    recipe: str = DEFAULT_RECIPE
    changes: dict[str, Any] = field(default_factory=dict)
    """Dotted field name -> value, where it is not the recipe's."""
    sweep: dict[str, str] = field(default_factory=dict)
    """Dotted field name -> the text of a list or range."""
    started: tuple[str, ...] = ()
    """The runs that were started last."""
    seed: int = 0
    """Chooses the pictures of the preview."""
    followed: str = visitor.DEFAULT_DATASET
    """The data set that every page had when this draft last took it over."""

    @property
    def base(self) -> RunConfig:
        """The recipe, unchanged."""
        return recipes.get(self.recipe)

    def choose_recipe(self, recipe: str) -> None:
        """Begin again from another recipe."""
        self.recipe = recipe
        self.changes, self.sweep = {}, {}
        self.choose_dataset(self.base.dataset)

    def choose_dataset(self, name: str) -> None:
        """Learn from another data set, which is then chosen on every page."""
        self.set("dataset", name)
        self.followed = visitor.visitor().dataset = name

    def set(self, path: str, value: Any) -> None:
        """Change a field; the recipe's own value is no change."""
        if value == value_at(self.base, path):
            self.changes.pop(path, None)
        else:
            self.changes[path] = value

    def get(self, path: str) -> Any:
        """The value of a field as it was given."""
        return self.changes.get(path, value_at(self.base, path))

    def choose_network(self, config: AlexNetConfig) -> None:
        """Take a whole network; its classes come from the data set."""
        base = self.base.model
        kept = {path: at for path, at in self.changes.items() if not path.startswith("model.")}
        wanted = between(base, config.replace(num_classes=base.num_classes))
        self.changes = kept | {f"model.{name}": value for name, value in wanted.items()}

    def resolve(self) -> Resolved:
        """The config, with every refusal that can be found without its data set."""
        base = self.base
        refusals: dict[str, ConfigError] = {}
        fields: dict[str, Any] = {}
        own: dict[str, dict[str, Any]] = {name: {} for name in PARTS}
        for path, value in self.changes.items():
            name, _, rest = path.partition(".")
            if rest:
                own[name][rest] = value
            else:
                fields[name] = value
        for name, changes in own.items():
            part, refused = _repaired(getattr(base, name), changes)
            fields[name] = part
            refusals |= {f"{name}.{inner}": error for inner, error in refused.items()}
        config, refused = _repaired(base, fields)
        return Resolved(config, refusals | refused)


def value_at(config: Config, path: str) -> Any:
    """The value of a dotted field."""
    found: Any = config
    for name in path.split("."):
        found = getattr(found, name)
    return found


def network_names(draft: Draft, model: AlexNetConfig) -> tuple[dict[str, AlexNetConfig], str]:
    """The networks to choose from by what to call them, and which of them ``model`` is.

    The recipe's own comes first; one that is like none of them is named for its changes.
    """
    classes = model.num_classes
    own = f"{draft.base.model.name} (the recipe's)"
    known = {own: draft.base.model}
    known |= {name: variants.get(name).config for name in variants.names()}
    for name, config in known.items():
        if config.replace(num_classes=classes) == model:
            return known, name
    changed = "your own"
    return known | {changed: model}, changed


def _repaired(base: _Config, changes: Mapping[str, Any]) -> tuple[_Config, dict[str, ConfigError]]:
    """The config with the changes; each one that is refused is taken back, and said."""
    refusals: dict[str, ConfigError] = {}
    left = dict(changes)
    while True:
        try:
            fields = {name: getattr(base, name) for name in type(base).model_fields}
            return type(base)(**(fields | left)), refusals
        except ConfigError as error:
            # A place in a tuple, such as conv_channels.2, is shown beside the whole field.
            name = error.field.rstrip("0123456789").rstrip(".")
            at_fault = name.partition(".")[0]
            given = left.get(at_fault)
            refusals.setdefault(name, _of_numbers(base, name, given) or error)
            if at_fault not in left or given == getattr(base, at_fault):
                # Two fields do not go together and the one that is named was not changed.
                return base, refusals
            left[at_fault] = getattr(base, at_fault)


def _of_numbers(base: Config, name: str, given: Any) -> ConfigError | None:
    """A plainer refusal where a field wants several numbers and got none, or too many."""
    if not isinstance(getattr(base, name, None), tuple):
        return None
    places = get_args(type(base).model_fields[name].annotation)
    if Ellipsis in places:
        fits, count = True, "one or more"
    else:
        fits, count = isinstance(given, tuple) and len(given) == len(places), str(len(places))
    if fits and isinstance(given, tuple):
        return None
    return ConfigError(name, given, f"{count} whole numbers with commas between them")
