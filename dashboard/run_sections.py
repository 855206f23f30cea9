"""Which settings of a run belong together, and which have an effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from alexnet_core.training.config import RunConfig


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
                "optimizer.kernel_step",
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
                "augmentation.smallest_crop",
                "augmentation.cutout",
                "augmentation.brightness",
                "augmentation.contrast",
                "augmentation.pca_noise",
                "sizes",
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
            "": ("device", "processes", "precision", "seed", "workers", "compile", "winograd"),
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
    "optimizer.momentum": lambda run: run.optimizer.name in ("sgd", "muon"),
    "optimizer.kernel_step": lambda run: run.optimizer.name == "muon",
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
