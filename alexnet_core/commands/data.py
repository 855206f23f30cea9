"""List, import, fetch and show data sets."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from alexnet_core.commands.output import print_json, print_table, progress_bar
from alexnet_core.data import datasets, known
from alexnet_core.data.datasets import DatasetCard
from alexnet_core.data.importing import importer
from alexnet_core.errors import ConfigError


def listing(wanted: Namespace) -> int:
    """Data sets, here and known."""
    entries = datasets.listing()
    rows = [
        {"name": e.name, "here": e.here, "classes": e.classes, "train": e.train, "test": e.test}
        for e in entries
    ]
    if wanted.json:
        print_json(rows)
    else:
        print_table(("name", "here", "classes", "train", "test"), [tuple(r.values()) for r in rows])
    return 0


def show(wanted: Namespace) -> int:
    """What a data set holds."""
    _print_card(wanted, datasets.open(wanted.name).card)
    return 0


def bring(wanted: Namespace) -> int:
    """Turn a folder or ZIP into a data set."""
    try:
        percent = tuple(int(part) for part in wanted.percent.split(","))
    except ValueError:
        percent = ()
    if len(percent) != 3:
        raise ConfigError("--percent", wanted.percent, "three whole numbers such as 80,10,10")
    with progress_bar("Importing", " pictures") as progress:
        card = importer.import_dataset(
            Path(wanted.source),
            name=wanted.name,
            percent=percent,
            seed=wanted.seed,
            replace=wanted.replace,
            progress=progress,
        )
    _print_card(wanted, card)
    return 0


def download(wanted: Namespace) -> int:
    """Fetch a known data set."""
    with (
        progress_bar(f"Fetching {wanted.name}", "B") as progress,
        progress_bar("Importing", " pictures") as on_import,
    ):
        card = known.download(wanted.name, progress, on_import=on_import)
    _print_card(wanted, card)
    return 0


def _print_card(wanted: Namespace, card: DatasetCard) -> None:
    if wanted.json:
        print_json(json.loads(card.to_json()))
        return
    counts = ", ".join(f"{sum(of)} {split}" for split, of in card.counts.items())
    print(f"{card.name}: {len(card.classes)} classes, {counts} ({card.stored}).")
    print(f"Classes: {', '.join(card.classes)}")
    if card.rejected_count:
        print(f"Rejected: {card.rejected_count}")
        for rejected in card.rejected[:10]:
            print(f"  {rejected.name}: {rejected.reason}")
