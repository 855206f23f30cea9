"""Frozen, self-validating configs whose errors name the field, the value and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from alexnet_core.errors import ConfigError


class Config(BaseModel):
    """A frozen set of fields; the docstring under a field is its help text.

    Raises:
        ConfigError: a field is unknown, missing or holds what is not allowed.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        # `model_` is pydantic's own prefix; our field `model` is a noun of the lab.
        protected_namespaces=(),
    )

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise _explain(error.errors()[0], type(self)) from None

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, all of them together and validated once.

        A dotted name reaches into a nested config: ``replace(**{"optimizer.lr": 0.1})``. The order
        of the changes does not matter.

        Raises:
            ConfigError: a change is not allowed. Where dotted names led to it, its ``field`` is
                the whole dotted name.
        """
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        fields |= {path: value for path, value in changes.items() if "." not in path}
        nested: dict[str, dict[str, Any]] = {}
        for path, value in changes.items():
            name, _, rest = path.partition(".")
            if rest and not isinstance(getattr(self, name, None), Config):
                raise ConfigError(path, value, f"no dotted name here; {name} has no fields")
            if rest:
                nested.setdefault(name, {})[rest] = value
        for name, values in nested.items():
            inner = fields[name]
            try:
                if isinstance(inner, Mapping):
                    # The whole nested config was given too, as JSON has it.
                    inner = type(getattr(self, name))(**inner)
                if isinstance(inner, Config):
                    fields[name] = inner.replace(**values)
            except ConfigError as error:
                raise ConfigError(f"{name}.{error.field}", error.value, error.allowed) from error
        return type(self)(**fields)

    def to_json(self) -> str:
        """The config as an indented JSON document that `from_json` reads back."""
        return self.model_dump_json(indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ConfigError: the text is no JSON object of this config.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise _explain(error.errors()[0], cls) from None


def _explain(detail: ErrorDetails, cls: type[Config]) -> ConfigError:
    own = detail.get("ctx", {}).get("error")
    if isinstance(own, ConfigError):
        return own
    field = ".".join(str(part) for part in detail["loc"]) or cls.__name__
    if detail["type"] == "extra_forbidden":
        return ConfigError(field, detail["input"], f"the fields {', '.join(cls.model_fields)}")
    if detail["type"] == "missing":
        return ConfigError(field, None, "a value; the field is required")
    allowed = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return ConfigError(field, detail["input"], allowed)
