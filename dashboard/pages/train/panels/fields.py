"""One field of a run: its widget, what it does, and why its value is refused.

What a field may hold and what it does is read from its config; nothing of it is said twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from alexnet_core.config import Config
from alexnet_core.training.config import RunConfig
from dashboard.common.format import plain
from dashboard.pages.train.draft import Draft, value_at

CONVOLUTIONS = ("pool_after", "norm_after")
"""Fields that choose among the five convolutions."""

_LABELS = {
    "lr": "Learning rate",
    "dataset": "Data set",
    "sweep": "Try several values",
    "limit": "Pictures of each class",
    "validation_percent": "Set apart to validate (%)",
    "ema_decay": "Averaged weights: decay",
    "clip_norm": "Longest gradient",
    "early_stopping": "Stop early after",
    "compile": "Compile first",
    "sizes": "Sizes of training pictures",
    "winograd": "Fewer multiplications",
    "workers": "Reading processes",
    "processes": "Training processes",
    "keep_every": "Keep every n-th checkpoint",
    "keep_gb": "Room for checkpoints (GB)",
    "optimizer.name": "Optimizer",
    "optimizer.nesterov": "Look ahead (Nesterov)",
    "optimizer.kernel_step": "Longest step of kernels",
    "optimizer.decay_norms_and_biases": "Decay everything",
    "schedule.name": "Schedule",
    "schedule.warmup": "Share of warming up",
    "schedule.every": "Epochs between divisions",
    "augmentation.crop_margin": "Random crop: margin",
    "augmentation.smallest_crop": "Random window: smallest share",
    "augmentation.flip": "Mirror",
    "augmentation.pca_noise": "Colour noise",
    "augmentation.cutout": "Cut out a square",
    "model.name": "Name of the network",
    "model.conv_channels": "Filters",
    "model.conv_kernels": "Kernels",
    "model.conv_strides": "Strides",
    "model.conv_paddings": "Paddings",
    "model.norm": "Normalisation",
    "model.norm_after": "Normalise after",
    "model.hidden_norm": "Batch norm between",
    "model.lrn_size": "n: neighbours",
    "model.lrn_alpha": "alpha",
    "model.lrn_beta": "beta",
    "model.lrn_k": "k",
    "model.batch_norm_eps": "Epsilon",
    "model.batch_norm_momentum": "Weight of the newest batch",
    "model.initialisation": "First weights",
}
_STEPS = {"batch_size": 32, "model.input_size": 16, "optimizer.weight_decay": 1e-4}
_SEGMENTS = 4
_LARGEST = 2**53 - 1


def field(
    draft: Draft, path: str, refusals: Mapping[str, str], *, options: Sequence[Any] | None = None
) -> None:
    """Show one field and keep what is chosen.

    Args:
        draft: the run.
        path: its dotted name in `RunConfig`.
        refusals: dotted name -> why it is refused.
        options: what can be chosen, where the config itself allows any text.
    """
    with st.container(key=f"field-{_key(path)}", gap="xxsmall"):
        _widget(draft, path, options)
        explain(path, refusals)


def explain(path: str, refusals: Mapping[str, str]) -> None:
    """What the field does and, where its value is refused, why."""
    if path in refusals:
        st.markdown(f":small[:red[:material/block: {plain(refusals[path])}]]")
    st.caption(plain(description(path)))


def label(path: str) -> str:
    """What a field is called on the page."""
    words = path.rpartition(".")[2].replace("_", " ")
    return _LABELS.get(path, words[:1].upper() + words[1:])


def description(path: str) -> str:
    """What a field does, in the words of its config."""
    return " ".join((info(path).description or "").split())


def info(path: str) -> FieldInfo:
    """The declaration of a field."""
    cls: type[Config] = RunConfig
    *outer, last = path.split(".")
    for name in outer:
        inner = cls.model_fields[name].annotation
        assert isinstance(inner, type)
        cls = inner
    return cls.model_fields[last]


def choices(path: str) -> tuple[Any, ...]:
    """What a field with a fixed number of values can hold; empty for any other."""
    annotation = info(path).annotation
    if annotation is bool:
        return (False, True)
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _widget(draft: Draft, path: str, options: Sequence[Any] | None) -> None:
    annotation = info(path).annotation
    inner = [kind for kind in get_args(annotation) if kind is not NoneType]
    if options is None and get_origin(annotation) is Literal:
        options = get_args(annotation)
    if options is not None:
        _choice(draft, path, options)
    elif annotation is bool:
        st.toggle(label(path), **_bound(draft, path, draft.get(path) is True))
    elif path.rpartition(".")[2] in CONVOLUTIONS:
        known = [at for at in _several(draft.get(path)) if at in range(1, 6)]
        st.pills(
            label(path),
            range(1, 6),
            selection_mode="multi",
            format_func=lambda at: f"conv{at}",
            **_bound(draft, path, known, lambda chosen: tuple(sorted(chosen))),
        )
    elif get_origin(annotation) is tuple or annotation is str:
        value = draft.get(path)
        text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        read = None if annotation is str else _numbers
        st.text_input(label(path), **_bound(draft, path, text, read))
    else:
        _number(draft, path, whole=int in (annotation, *inner), optional=bool(inner))


def _choice(draft: Draft, path: str, options: Sequence[Any]) -> None:
    value = draft.get(path)
    bound = _bound(draft, path, value if value in options else value_at(draft.base, path))
    if len(options) <= _SEGMENTS and all(len(str(option)) < 14 for option in options):
        st.segmented_control(label(path), options, required=True, format_func=_spaced, **bound)
    else:
        st.selectbox(label(path), options, format_func=_spaced, **bound)


def _spaced(option: object) -> str:
    return str(option).replace("_", " ")


def _number(draft: Draft, path: str, *, whole: bool, optional: bool) -> None:
    value = draft.get(path)
    usable = isinstance(value, int | float) and math.isfinite(value) and abs(value) <= _LARGEST
    value = value if usable else None
    step = _STEPS.get(path) or (1 if whole else _step(value))
    if value is not None:
        value = round(value) if whole else float(value)
    st.number_input(
        label(path),
        value=None,
        step=int(step) if whole else float(step),
        format="%d" if whole else "%g",
        placeholder="off" if optional else None,
        **_bound(draft, path, value, _rounded),
    )


def _step(value: float | None) -> float:
    """A tenth or so of the value, so that one press changes it and ten do not ruin it."""
    return 0.01 if not value else float(f"1e{math.floor(math.log10(abs(value)))}")


def _rounded(value: float | None) -> float | None:
    """Without the dust of adding tenths in the browser."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, tuple | list) else ()


def _numbers(text: str) -> tuple[int, ...] | str:
    """``96, 256`` as numbers; any other text stays, to be refused as it was typed."""
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        return text


def _key(path: str) -> str:
    return path.replace(".", "-")


def _bound(
    draft: Draft, path: str, value: Any, read: Callable[[Any], Any] | None = None
) -> dict[str, Any]:
    """What ties a widget to a field: it shows ``value``, and its own goes through ``read``."""
    key = f"run-{_key(path)}"
    st.session_state[key] = value
    return {"key": key, "on_change": _changed, "args": (draft, path, key, read)}


def _changed(draft: Draft, path: str, key: str, read: Callable[[Any], Any] | None) -> None:
    value = st.session_state[key]
    draft.set(path, value if read is None else read(value))
