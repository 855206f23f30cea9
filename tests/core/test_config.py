from __future__ import annotations

from typing import Self

import pytest
from pydantic import Field, model_validator

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


class Pool(Config):
    kernel: int = Field(3, ge=1)
    """Side of the window."""
    padding: int = 0
    """Border around it."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.padding * 2 > self.kernel:
            raise ConfigError("padding", self.padding, f"at most half of kernel, {self.kernel}")
        return self


class Net(Config):
    pool: Pool = Pool()
    name: str = ""


@pytest.mark.parametrize("order", [1, -1])
def test_changes_are_validated_once_and_so_in_any_order(order):
    changes = [("pool.padding", 2), ("name", "wide"), ("pool.kernel", 5)][::order]
    assert Net().replace(**dict(changes)) == Net(pool=Pool(kernel=5, padding=2), name="wide")


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("whole", [Pool(kernel=6), {"kernel": 6}])
def test_a_whole_nested_config_may_be_given_beside_a_field_of_it(order, whole):
    changes = [("pool", whole), ("pool.padding", 3)][::order]
    assert Net().replace(**dict(changes)).pool == Pool(kernel=6, padding=3)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pool.padding": 2}, "pool.padding is 2; allowed: at most half of kernel, 3."),
        ({"pool.paddin": 2}, "pool.paddin is 2; allowed: the fields kernel, padding."),
        ({"pool": 3, "pool.padding": 1}, "pool is 3"),
        ({"name.padding": 2}, "name.padding is 2; allowed: no dotted name here"),
        ({"nothing.padding": 2}, "nothing.padding is 2; allowed: no dotted name here"),
    ],
)
def test_a_change_that_is_refused_names_the_whole_field(changes, says):
    with pytest.raises(ConfigError) as caught:
        Net().replace(**changes)
    assert says in str(caught.value)


def test_json_brings_a_config_back():
    config = Outer(name="ä", inner=Inner(depth=3))
    assert Outer.from_json(config.to_json()) == config
