"""One switch of a network: its widget, what it does, and why its value is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import streamlit as st
from pydantic import ValidationError

from alexnet_core.models.config import AlexNetConfig
from dashboard.common.format import plain
from dashboard.common.refusals import sentence
from dashboard.pages.architecture.plan import Plan, Starts, read

CONVOLUTIONS = range(1, 6)
POOLS = {(3, 2): "Overlapping", (2, 2): "Plain"}
"""Kernel and stride of a pooling -> what the paper's readers call it (section 3.4)."""

_POOL_HELP = (
    "Overlapping: windows of 3 pixels every 2, as in 2012 (section 3.4). Plain: windows of 2 "
    "every 2."
)
_NORM_AFTER = {"lrn": (1, 2), "batch": (1, 2, 3, 4, 5)}
_LABELS = {
    "input_size": "Input side (pixels)",
    "num_classes": "Classes",
    "conv_channels": "Maps of each convolution",
    "conv_kernels": "Kernels, conv1 to conv5",
    "conv_strides": "Strides, conv1 to conv5",
    "conv_paddings": "Paddings, conv1 to conv5",
    "norm": "Normalisation",
    "norm_after": "Normalise after",
    "hidden_sizes": "Hidden layers (units)",
}


def label(name: str) -> str:
    """What a field is called on the page."""
    words = name.replace("_", " ")
    return _LABELS.get(name, words[:1].upper() + words[1:])


class Switches:
    """Widgets that show a plan and change it."""

    def __init__(self, plan: Plan, known: Starts, refusals: Mapping[str, Any]) -> None:
        self._plan = plan
        self._known = known
        self._refusals = refusals

    def number(self, name: str, *, step: int = 1) -> None:
        """A whole number within what the field allows."""
        limits = AlexNetConfig.model_fields[name].metadata
        with st.container(gap="xxsmall"):
            st.number_input(
                label(name),
                min_value=next(at.ge for at in limits if hasattr(at, "ge")),
                max_value=next(at.le for at in limits if hasattr(at, "le")),
                step=step,
                help=_help(name),
                **self._bound(name, self._plan.get(self._known, name)),
            )
            self.why(name)

    def width(self, number: int) -> None:
        """The maps of one convolution."""
        widths = self._plan.get(self._known, "conv_channels")

        def read_one(value: int) -> tuple[int, ...]:
            return (*widths[: number - 1], value, *widths[number:])

        st.number_input(
            f"conv{number}",
            min_value=1,
            max_value=65_536,
            **self._bound("conv_channels", widths[number - 1], read_one, at=f"-{number}"),
        )

    def choice(self, name: str, options: Mapping[Any, str]) -> None:
        """One of a few values."""
        with st.container(gap="xxsmall"):
            st.segmented_control(
                label(name),
                list(options),
                format_func=options.__getitem__,
                required=True,
                help=_help(name),
                **self._bound(name, self._plan.get(self._known, name), self._ready(name)),
            )
            self.why(name)

    def pooling(self) -> None:
        """Kernel and stride of all poolings at once."""
        now = tuple(self._plan.get(self._known, name) for name in ("pool_kernel", "pool_stride"))
        names = {now: f"{now[0]} every {now[1]}"} | POOLS
        key = "architecture-pooling"
        st.session_state[key] = now

        def choose() -> None:
            for name, value in zip(
                ("pool_kernel", "pool_stride"), st.session_state[key], strict=True
            ):
                self._plan.set(self._known, name, value)

        st.segmented_control(
            "Pooling",
            sorted(names, key=lambda pool: (pool not in POOLS, pool != (3, 2))),
            format_func=names.__getitem__,
            required=True,
            help=_POOL_HELP,
            key=key,
            on_change=choose,
        )

    def numbers(self, name: str) -> None:
        """Several whole numbers as text."""
        value = self._plan.get(self._known, name)
        text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        with st.container(gap="xxsmall"):
            st.text_input(
                label(name),
                help=_help(name),
                **self._bound(name, text, lambda said: _several(name, said)),
            )
            self.why(name)

    def share(self, name: str) -> None:
        """A share from 0 to nearly 1."""
        st.slider(
            label(name),
            min_value=0.0,
            max_value=0.95,
            step=0.05,
            help=f"{_help(name)} It changes neither shapes nor costs.",
            **self._bound(name, min(0.95, float(self._plan.get(self._known, name)))),
        )

    def convolutions(self, name: str) -> None:
        """Some of the five convolutions."""
        st.pills(
            label(name),
            CONVOLUTIONS,
            selection_mode="multi",
            format_func=lambda number: f"conv{number}",
            help=_help(name),
            **self._bound(
                name, list(self._plan.get(self._known, name)), lambda said: tuple(sorted(said))
            ),
        )

    def why(self, name: str) -> None:
        """Why the value is refused, if it is."""
        if name in self._refusals:
            reason = plain(sentence(self._refusals[name]))
            st.markdown(f":small[:red[:material/block: {reason}]]")

    def _ready(self, name: str) -> Callable[[Any], Any]:
        """A normalisation has to stand somewhere."""

        def taken(value: Any) -> Any:
            if name == "norm" and value != "none" and not self._plan.get(self._known, "norm_after"):
                self._plan.set(self._known, "norm_after", _NORM_AFTER[value])
            return value

        return taken

    def _bound(
        self, name: str, value: Any, taken: Callable[[Any], Any] | None = None, at: str = ""
    ) -> dict[str, Any]:
        """What ties a widget to a field: it shows ``value``, and its own goes through ``taken``."""
        key = f"architecture-{name}{at}"
        st.session_state[key] = value

        def changed() -> None:
            said = st.session_state[key]
            self._plan.set(self._known, name, said if taken is None else taken(said))

        return {"key": key, "on_change": changed}


def _help(name: str) -> str:
    return plain(" ".join((AlexNetConfig.model_fields[name].description or "").split()))


def _several(name: str, text: str) -> tuple[int, ...] | str:
    """``96, 256`` as numbers; any other text stays, to be refused as it was typed."""
    try:
        numbers = tuple(int(part) for part in text.split(",") if part.strip())
        places = get_args(AlexNetConfig.model_fields[name].annotation)
        if Ellipsis not in places and len(numbers) == len(places):
            # The config says which number is too large.
            return numbers
        return tuple(read(name, numbers))
    except (ValueError, ValidationError):
        return text
