"""The settings of a run beyond the first few, in sections that open on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import streamlit as st

from alexnet_core.models import variants
from alexnet_core.training.config import RunConfig
from dashboard.common import caches
from dashboard.common.format import plain
from dashboard.pages.train.draft import Draft, network_names
from dashboard.pages.train.panels.fields import explain, field, label


class Section(NamedTuple):
    """Fields that belong together."""

    title: str
    icon: str
    groups: Mapping[str, tuple[str, ...]]
    """Heading, or nothing -> dotted field names."""


SECTIONS = {
    "learning": Section(
        "Optimizer and schedule",
        ":material/trending_down:",
        {
            "How the learning rate changes": (
                "schedule.name",
                "schedule.warmup",
                "schedule.every",
                "schedule.factor",
            ),
            "How weights follow the gradient": (
                "optimizer.name",
                "optimizer.momentum",
                "optimizer.nesterov",
                "optimizer.weight_decay",
                "optimizer.decay_norms_and_biases",
                "clip_norm",
            ),
            "Against learning by heart": ("label_smoothing", "ema_decay", "early_stopping"),
        },
    ),
    "pictures": Section(
        "Pictures and augmentation",
        ":material/photo_library:",
        {
            "How many": ("validation_percent", "limit"),
            "What may happen to them": (
                "augmentation.flip",
                "augmentation.shift",
                "augmentation.crop_margin",
                "augmentation.cutout",
                "augmentation.brightness",
                "augmentation.contrast",
                "augmentation.pca_noise",
            ),
        },
    ),
    "network": Section(
        "Network",
        ":material/account_tree:",
        {
            "": ("model.name", "model.input_size", "model.activation", "model.initialisation"),
            "Convolutions, conv1 to conv5": (
                "model.conv_channels",
                "model.conv_kernels",
                "model.conv_strides",
                "model.conv_paddings",
                "model.towers",
            ),
            "Pooling": (
                "model.pool_after",
                "model.pool_kernel",
                "model.pool_stride",
                "model.pool_padding",
                "model.adaptive_pool",
            ),
            "Normalisation": (
                "model.norm",
                "model.norm_after",
                "model.norm_position",
                "model.lrn_size",
                "model.lrn_alpha",
                "model.lrn_beta",
                "model.lrn_k",
                "model.batch_norm_eps",
                "model.batch_norm_momentum",
            ),
            "Hidden layers": (
                "model.hidden_sizes",
                "model.hidden_norm",
                "model.dropout",
                "model.dropout_position",
            ),
        },
    ),
    "weights": Section(
        "Start from a trained network",
        ":material/conversion_path:",
        {"": ("start_from", "freeze_features")},
    ),
    "machine": Section(
        "Device, seed and checkpoints",
        ":material/memory:",
        {
            "": ("device", "processes", "precision", "seed", "workers", "compile"),
            "Checkpoints": ("keep_every", "keep_gb"),
        },
    ),
}
"""The sections by key, in order."""


def _divided(run: RunConfig) -> bool:
    return run.schedule.name in ("step", "plateau")


def _sgd(run: RunConfig) -> bool:
    return run.optimizer.name == "sgd"


def _pooled(run: RunConfig) -> bool:
    return bool(run.model.pool_after)


def _normalised(run: RunConfig) -> bool:
    return run.model.norm != "none"


def _lrn(run: RunConfig) -> bool:
    return run.model.norm == "lrn"


def _batch_norm(run: RunConfig) -> bool:
    return run.model.norm == "batch" or run.model.hidden_norm != "none"


APPLIES: dict[str, Callable[[RunConfig], bool]] = {
    "schedule.warmup": lambda run: run.schedule.name == "one-cycle",
    "schedule.every": _divided,
    "schedule.factor": _divided,
    "optimizer.momentum": _sgd,
    "optimizer.nesterov": _sgd,
    "optimizer.decay_norms_and_biases": lambda run: run.optimizer.weight_decay > 0,
    "model.pool_kernel": _pooled,
    "model.pool_stride": _pooled,
    "model.pool_padding": _pooled,
    "model.norm_after": _normalised,
    "model.norm_position": _normalised,
    "model.batch_norm_eps": _batch_norm,
    "model.batch_norm_momentum": _batch_norm,
    "model.dropout_position": lambda run: run.model.dropout > 0,
    "freeze_features": lambda run: run.start_from is not None,
    "model.lrn_size": _lrn,
    "model.lrn_alpha": _lrn,
    "model.lrn_beta": _lrn,
    "model.lrn_k": _lrn,
}
"""When a field has an effect; one that has none is not shown."""


def sections(draft: Draft, config: RunConfig, refusals: Mapping[str, str]) -> None:
    """Show all sections; their fields are there once they are opened.

    Args:
        draft: the run.
        config: what it comes to.
        refusals: dotted field name -> why it is refused.
    """
    for key, section in SECTIONS.items():
        # A title that changes would make another section of it, and a closed one.
        box = st.expander(
            section.title, icon=section.icon, key=f"run-section-{key}", on_change="rerun"
        )
        if box.open:
            with box:
                _fill(key, section, draft, config, refusals)


def place(path: str) -> str:
    """The field and where it is found, for a reason shown far away from it."""
    for section in SECTIONS.values():
        if any(path in group for group in section.groups.values()):
            return f"{label(path)} (in {section.title})"
    return label(path)


def _fill(
    key: str, section: Section, draft: Draft, config: RunConfig, refusals: Mapping[str, str]
) -> None:
    if key == "network":
        if config.start_from is not None:
            st.markdown(
                f"The network is that of {plain(config.start_from)}, which this run starts from."
            )
            return
        _network(draft, config)
    for heading, group in section.groups.items():
        if heading:
            st.markdown(f"**{heading}**")
        with st.grid(2, min_column_width=230, gap=("small", "medium")):
            for path in group:
                if path not in APPLIES or APPLIES[path](config) or path in refusals:
                    _field(path, draft, config, refusals)


def _field(path: str, draft: Draft, config: RunConfig, refusals: Mapping[str, str]) -> None:
    if path == "start_from":
        _start_from(draft, refusals)
    elif path == "device":
        field(draft, path, refusals, options=_devices(config))
    else:
        field(draft, path, refusals)


def _network(draft: Draft, config: RunConfig) -> None:
    known, chosen = network_names(draft, config.model)
    st.session_state["run-network"] = chosen

    def choose() -> None:
        draft.choose_network(known[st.session_state["run-network"]])

    st.selectbox("Variant", list(known), key="run-network", on_change=choose)
    if chosen in variants.names():
        variant = variants.get(chosen)
        st.caption(plain(f"{variant.note} Source: {variant.source}."))
    else:
        st.caption("A variant sets every switch below; each can then be changed.")


def _start_from(draft: Draft, refusals: Mapping[str, str]) -> None:
    titles = {"": "Nothing: fresh weights"}
    titles |= {
        entry.reference: entry.title
        for entry in caches.listing()
        if entry.here and not entry.reference.startswith("random:")
    }
    now = draft.get("start_from") or ""
    titles.setdefault(now, now)
    st.session_state["run-start_from"] = now

    def choose() -> None:
        chosen = st.session_state["run-start_from"] or None
        draft.set("start_from", chosen)
        if chosen is None:
            draft.set("freeze_features", False)

    with st.container(gap="xxsmall"):
        st.selectbox(
            label("start_from"),
            list(titles),
            format_func=titles.__getitem__,
            key="run-start_from",
            on_change=choose,
        )
        explain("start_from", refusals)


def _devices(config: RunConfig) -> list[str]:
    import torch

    gpus = ["cuda", *(f"cuda:{at}" for at in range(torch.cuda.device_count()))]
    known = ["auto", "cpu", *(gpus if torch.cuda.is_available() else [])]
    return known if config.device in known else [*known, config.device]
