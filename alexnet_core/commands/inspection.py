"""What happens inside a network: a layer's maps on a photo, and what excites a unit."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_core import files
from alexnet_core.commands.output import print_json, print_table, progress_bar
from alexnet_core.errors import CheckpointError, ConfigError, UnknownNameError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TILE = 96
_ROWS = 20


def layers(wanted: Namespace) -> int:
    """What each channel of a layer gives for a photo, in numbers and as a picture."""
    out = _png_path(wanted.out)
    from alexnet_core.data import images
    from alexnet_core.inspection import activation_statistics, contact_sheets
    from alexnet_core.inspection.capture import capture
    from alexnet_core.models import library

    with progress_bar("Looking inside", " steps") as progress:
        progress(0, 3)
        picture = images.read(Path(wanted.photo))
        model = library.load(wanted.model)
        progress(1, 3)
        captured = capture(model, picture)
        values = captured.output(wanted.layer)
        found = activation_statistics.of(values)
        if any(channel.broken for channel in found):
            raise CheckpointError(captured.warning)
        progress(2, 3)
        _save(contact_sheets.maps(values), out)
        progress(3, 3)
    channels = [
        {
            "index": channel.index,
            "mean": channel.mean,
            "std": channel.std,
            "min": channel.minimum,
            "max": channel.maximum,
            "sparsity": channel.sparsity,
        }
        for channel in found
    ]
    if wanted.json:
        shape = list(values.shape)
        document = {"model": wanted.model, "layer": wanted.layer, "shape": shape}
        print_json(document | {"channels": channels})
        return 0
    print(f"{wanted.layer} of {wanted.model}: {'x'.join(map(str, values.shape))}, drawn in {out}\n")
    strongest = sorted(channels, key=lambda channel: channel["max"], reverse=True)
    head = ("channel", "mean", "std", "min", "max", "sparsity")
    print_table(head, [tuple(channel.values()) for channel in strongest[:_ROWS]])
    if len(channels) > _ROWS:
        print(f"\nThe {_ROWS} strongest of {len(channels)}; --json gives all.")
    return 0


def units(wanted: Namespace) -> int:
    """The patches of a data set that excite a unit most; the first time ranks all units."""
    out = _png_path(wanted.out)
    from alexnet_core.data import datasets
    from alexnet_core.inspection import contact_sheets, unit_ranking
    from alexnet_core.inspection.arithmetic.value import check_place
    from alexnet_core.inspection.top_activations import RANKED, TOP
    from alexnet_core.models import library

    if not 1 <= wanted.top <= TOP:
        raise ConfigError("--top", wanted.top, f"1 to {TOP}")
    dataset = datasets.open(wanted.dataset)
    model = library.load(wanted.model)
    shapes = {spec.name: spec.out_shape for spec in model.config.layers() if spec.kind in RANKED}
    # Before the ranking, which takes a while.
    if wanted.layer not in shapes:
        raise UnknownNameError("layer", wanted.layer, shapes)
    check_place(wanted.layer, shapes[wanted.layer], wanted.unit)
    with progress_bar("Ranking all units", " pictures") as progress:
        found = unit_ranking.rank(model, wanted.dataset, wanted.split, progress=progress)
    patches = found.patches(wanted.layer, wanted.unit, wanted.top)
    names = dataset.names(wanted.split)
    rows: list[dict[str, Any]] = []
    tiles = []
    for patch in patches:
        image = dataset.picture(wanted.split, patch.picture).image
        tiles.append(contact_sheets.patch(image, patch.box, _TILE))
        rows.append(
            {
                "picture": names[patch.picture],
                "label": patch.label,
                "value": patch.value,
                "box": [round(edge, 2) for edge in patch.box],
            }
        )
    if tiles:
        _save(contact_sheets.sheet(tiles), out)
    if wanted.json:
        print_json({"layer": wanted.layer, "unit": wanted.unit, "patches": rows})
    elif not rows:
        print(f"Unit {wanted.unit} of {wanted.layer} is silent on all pictures; nothing is drawn.")
    else:
        print(f"Unit {wanted.unit} of {wanted.layer} of {wanted.model}, drawn in {out}\n")
        table = [(*list(row.values())[:3], " ".join(f"{e:g}" for e in row["box"])) for row in rows]
        print_table(("picture", "label", "value", "box"), table)
    return 0


def _png_path(name: str) -> Path:
    path = Path(name)
    if path.suffix.lower() != ".png":
        raise ConfigError("--out", name, "a file that ends in .png")
    return path


def _save(pixels: NDArray[np.uint8], path: Path) -> None:
    from alexnet_core import rendering

    with files.replacing(path) as temporary:
        temporary.write_bytes(rendering.png(pixels))
