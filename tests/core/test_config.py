from __future__ import annotations

import pytest
from pydantic import Field

from alexnet_core.config import Config
from alexnet_core.errors import ConfigError


class Inner(Config):
    depth: int = Field(1, ge=0, le=9)
    """How deep."""


class Outer(Config):
    name: str
    inner: Inner = Inner()


def test_a_config_is_frozen_and_hashable_by_value():
    assert hash(Inner(depth=2)) == hash(Inner(depth=2))
    with pytest.raises(Exception, match="frozen"):
        Inner().depth = 3


def test_the_docstring_under_a_field_is_its_help():
    assert Inner.model_fields["depth"].description == "How deep."


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Inner(depth=10), "depth is 10; allowed: less than or equal to 9."),
        (lambda: Inner(depht=1), "depht is 1; allowed: the fields depth."),
        (lambda: Outer(), "name is None; allowed: a value; the field is required."),
        (lambda: Outer(name="a", inner={"depth": -1}), "depth is -1"),
        (lambda: Outer.from_json('{"name": "a", "inner": {"depth": 99}}'), "depth is 99"),
        (lambda: Outer.from_json("{"), "Outer is '{'"),
    ],
)
def test_what_is_not_allowed_names_field_value_and_what_is(make, says):
    with pytest.raises(ConfigError) as caught:
        make()
    assert says in str(caught.value)


def test_a_dotted_name_changes_a_nested_field_in_a_copy():
    before = Outer(name="a")
    after = before.replace(**{"inner.depth": 5, "name": "b"})
    assert (after.name, after.inner.depth) == ("b", 5)
    assert before == Outer(name="a")


def test_json_brings_a_config_back():
    config = Outer(name="ä", inner=Inner(depth=3))
    assert Outer.from_json(config.to_json()) == config
