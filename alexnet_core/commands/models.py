"""Variants, their layers, and the ImageNet weights."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from alexnet_core.commands.output import print_json, print_table, progress_bar
from alexnet_core.models import variants
from alexnet_core.models.anatomy import describe as describe_config


def models(wanted: Namespace) -> int:
    """List the variants."""
    found = []
    for name in variants.names():
        variant = variants.get(name)
        anatomy = describe_config(variant.config)
        found.append(
            {
                "name": name,
                "input_size": variant.config.input_size,
                "num_classes": variant.config.num_classes,
                "parameters": anatomy.parameters,
                "trainable_parameters": anatomy.trainable_parameters,
                "source": variant.source,
            }
        )
    if wanted.json:
        print_json(found)
    else:
        head = ("name", "input", "classes", "parameters", "trainable", "source")
        print_table(head, [tuple(row.values()) for row in found])
    return 0


def describe(wanted: Namespace) -> int:
    """Every layer of a variant."""
    variant = variants.get(wanted.variant)
    anatomy = describe_config(variant.config)
    layers: list[dict[str, Any]] = [
        {
            "name": layer.name,
            "kind": layer.kind,
            "output_shape": list(layer.output_shape),
            "parameters": layer.parameters,
            "macs": layer.macs,
            "receptive_field": layer.receptive_field,
            "stride": layer.stride,
            "activation_bytes": layer.activation_bytes,
        }
        for layer in anatomy.layers
    ]
    if wanted.json:
        print_json(
            {
                "name": wanted.variant,
                "source": variant.source,
                "input_size": variant.config.input_size,
                "parameters": anatomy.parameters,
                "trainable_parameters": anatomy.trainable_parameters,
                "macs": anatomy.macs,
                "activation_bytes": anatomy.activation_bytes,
                "layers": layers,
            }
        )
        return 0
    print(f"{wanted.variant}: {variant.note}\n{variant.source}\n")
    head = ("layer", "kind", "output", "parameters", "multiply-adds", "field", "stride")
    rows = [
        (
            layer["name"],
            layer["kind"],
            "x".join(map(str, layer["output_shape"])),
            layer["parameters"],
            layer["macs"],
            layer["receptive_field"],
            layer["stride"],
        )
        for layer in layers
    ]
    print_table(head, rows)
    print(f"\n{anatomy.parameters:,} parameters, {anatomy.macs:,} multiply-adds a picture")
    return 0


def download_weights(wanted: Namespace) -> int:
    """Fetch torchvision's ImageNet weights."""
    from alexnet_core.models import imagenet

    with progress_bar("ImageNet weights", "B") as progress:
        path = imagenet.download_imagenet(progress)
    return _say_where(wanted, path)


def import_weights(wanted: Namespace) -> int:
    """Take torchvision's ImageNet weights from a file."""
    from alexnet_core.models import imagenet

    return _say_where(wanted, imagenet.import_imagenet(Path(wanted.file)))


def _say_where(wanted: Namespace, path: Path) -> int:
    if wanted.json:
        print_json({"model": "imagenet", "file": str(path)})
    else:
        print(f"The model 'imagenet' is ready ({path}).")
    return 0
