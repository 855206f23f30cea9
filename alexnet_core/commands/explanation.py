"""Why a model answers as it does: one picture, one method."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_core import files
from alexnet_core.commands.output import print_json, print_table, progress_bar
from alexnet_core.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alexnet_core.explanation.attribution import Explanation
    from alexnet_core.explanation.methods.registry import Method
    from alexnet_core.explanation.target import Target
    from alexnet_core.models.library import LoadedModel


def explain(wanted: Namespace) -> int:
    """Explain a model's answer to a photo, as numbers and as a picture."""
    for option, name, ending in (("--out", wanted.out, ".png"), ("--npz", wanted.npz, ".npz")):
        if name is not None and Path(name).suffix.lower() != ending:
            raise ConfigError(option, name, f"a file that ends in {ending}")
    from alexnet_core.commands.train import settings
    from alexnet_core.data import images
    from alexnet_core.explanation import attribution, heat_maps
    from alexnet_core.explanation.methods import registry
    from alexnet_core.models import library

    method = registry.get(wanted.method)
    options = method.options(**settings(wanted.set))
    picture = images.read(Path(wanted.photo))
    model = library.load(wanted.model)
    target = _target(model, wanted)
    with progress_bar("Explaining", " pictures") as progress:
        found = attribution.explain(
            model, picture, method.name, target=target, options=options, progress=progress
        )
    end = heat_maps.limit([found.heat])
    if wanted.out is not None:
        _save(_picture(found, end, wanted.style), Path(wanted.out))
    if wanted.npz is not None:
        with files.replacing(Path(wanted.npz)) as temporary:
            temporary.write_bytes(heat_maps.npz(found))
    document = _document(found)
    if wanted.json:
        print_json(document)
        return 0
    print(f"{method.title}: {method.sentence}")
    for name, value in document.items():
        if name != "method":
            print(f"  {name.replace('_', ' '):<14}  {_text(value)}")
    if wanted.out is not None:
        beyond = heat_maps.clipped(found.heat, end)
        print(f"Drawn in {wanted.out}; the scale ends at {end:.3g}, {beyond:.2%} lie beyond.")
    return 0


def methods(wanted: Namespace) -> int:
    """The table of methods, with what can be set."""
    from alexnet_core.explanation.methods.registry import METHODS

    rows = list(METHODS.values())
    if wanted.json:
        print_json([_about(row) for row in rows])
        return 0
    print_table(("method", "cost", "what it says"), [(r.name, r.cost, r.sentence) for r in rows])
    print("\nWhat can be set with --set FIELD=VALUE is in --json.")
    return 0


def _target(model: LoadedModel, wanted: Namespace) -> Target:
    from alexnet_core.explanation.target import Target, class_of

    against = None if wanted.against is None else class_of(model, wanted.against)
    if wanted.unit is None:
        index = None if wanted.target is None else class_of(model, wanted.target)
        return Target(index=index, against=against)
    layer, colon, unit = wanted.unit.partition(":")
    if not colon or not unit.isdecimal():
        raise ConfigError("--unit", wanted.unit, "LAYER:N, such as conv3:7")
    if wanted.target is not None or against is not None:
        raise ConfigError("--unit", wanted.unit, "no class beside it")
    return Target(layer=layer, unit=int(unit))


def _picture(found: Explanation, end: float, style: str) -> NDArray[np.uint8]:
    from alexnet_core.explanation import heat_maps

    if style == "overlay":
        return heat_maps.overlay(found.pixels, found.heat, end)
    if style == "contour":
        return heat_maps.contour(found.pixels, found.heat)
    return heat_maps.drawn(found.heat, end, absolute=style == "absolute")


def _document(found: Explanation) -> dict[str, Any]:
    document: dict[str, Any] = {
        "method": found.method,
        "target": found.target.label,
        "probability": found.probability,
        "logit": found.logit,
    }
    for name in ("baseline_logit", "delta"):
        value = getattr(found, name)
        if value is not None:
            document[name] = value
    return document | {"seconds": found.seconds, "shape": list(found.values.shape)}


def _about(row: Method) -> dict[str, Any]:
    schema = row.options.model_json_schema()
    return {
        "name": row.name,
        "title": row.title,
        "paper": row.paper,
        "sentence": row.sentence,
        "cost": row.cost,
        "gives": row.gives,
        "options": schema.get("properties", {}),
    }


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)


def _save(pixels: NDArray[np.uint8], path: Path) -> None:
    from alexnet_core import rendering

    with files.replacing(path) as temporary:
        temporary.write_bytes(rendering.png(pixels))
