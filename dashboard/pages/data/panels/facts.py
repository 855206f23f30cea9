"""What is known of a data set as a whole: its classes, its sizes, its colours."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import streamlit as st

from alexnet_core.data import statistics
from alexnet_core.data.cards import MEAN, SPLITS, DatasetCard
from alexnet_core.data.catalogue import KNOWN
from alexnet_core.data.dataset import Dataset
from alexnet_core.data.statistics import Figures
from alexnet_core.errors import LabError
from dashboard.common import caches, html
from dashboard.common.charts import show
from dashboard.common.format import counted, memory_size, percent, plain
from dashboard.common.html import Html, join, tag
from dashboard.common.visitor import Visitor
from dashboard.pages.data.charts import SPLIT_NAMES, balance, sizes
from dashboard.pages.data.panels.measured import measured
from dashboard.pages.data.state import Desk

_UNEVEN = 1.5
_CHANNELS = ("Red", "Green", "Blue")
_MEAN_SIDE = 192


def strip(dataset: Dataset) -> None:
    """The facts of a data set in one line."""
    card = dataset.card
    facts = {"Classes": f"{len(card.classes):,}"}
    facts |= {SPLIT_NAMES[split]: f"{card.length(split):,}" for split in SPLITS}
    facts["Size in pixels"] = _range(card)
    if card.total_bytes:
        facts["On the disk"] = memory_size(card.total_bytes)
    if card.stored != "drawn":
        facts["Copies"] = f"{card.duplicates:,}"
        facts["Left out"] = f"{card.rejected_count:,}"
    html.show(html.facts(facts.items()))


def about(card: DatasetCard) -> str:
    """What a data set is for and where it comes from, in Markdown."""
    told = [KNOWN[card.name].purpose] if card.name in KNOWN else []
    if card.stored == "drawn":
        told.append("Drawn by the lab whenever its pictures are needed.")
    elif card.stored == "copied":
        told.append(f"Copied from {Path(card.source).name}, {card.created[:10]}.")
    else:
        told.append(f"Its pictures lie in {card.source}.")
    told += [f"Split: {card.split_by}.", f"Licence: {card.licence}."]
    return plain(" ".join(told))


def classes(card: DatasetCard) -> None:
    """How many pictures each class has, and whether that is fair."""
    totals = [sum(of) for of in zip(*card.counts.values(), strict=True)]
    st.markdown(_balance(card, totals))
    show(
        balance(card.classes, card.counts),
        f"Pictures of each of {len(card.classes)} classes: "
        f"between {min(totals):,} and {max(totals):,}",
        key="balance",
    )
    rows = zip(card.classes, *card.counts.values(), strict=True)
    _download(f"{_file(card)}-classes.csv", ["class", *card.counts], rows)


def sizes_and_colours(who: Visitor, desk: Desk, dataset: Dataset) -> None:
    """How large the pictures are, their mean, and the mean and spread of each colour."""
    found = measured(desk, dataset)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("**Sizes**")
        if found is not None:
            _sizes(who, dataset.card, found)
    with right:
        _colours(dataset, found)


def _range(card: DatasetCard) -> str:
    left, top, right, bottom = card.size_range
    if (left, top) == (right, bottom):
        return f"{left} × {top}"
    return f"{left} × {top} to {right:,} × {bottom:,}"


def _balance(card: DatasetCard, totals: list[int]) -> str:
    most, least = max(totals), min(totals)
    largest = plain(card.classes[totals.index(most)])
    if most <= _UNEVEN * least:
        return (
            f"The classes are even: {least:,} to {most:,} pictures each."
            if most > least
            else f"The classes are even: {most:,} pictures each."
        )
    smallest = plain(card.classes[totals.index(least)])
    return (
        f"The classes are uneven: {largest} has {most:,} pictures, {smallest} {least:,}. A network "
        f"that always answered {largest} would be right in {percent(most / sum(totals))} of the "
        "cases, so look at each class's own accuracy too."
    )


def _sizes(who: Visitor, card: DatasetCard, found: Figures) -> None:
    size = _input_size(who)
    if len(found.sizes) == 1:
        told = f"Every picture is {found.sizes[0].width} × {found.sizes[0].height} pixels."
        if size is not None:
            told += f" The chosen model gets {size} × {size}."
        st.markdown(told)
        return
    rounded = "" if found.rounded_to == 1 else f", rounded to {found.rounded_to} pixels"
    st.markdown(f"{_range(card)} pixels{rounded}; larger discs stand for more pictures.")
    if size is not None:
        small = sum(s.pictures for s in found.sizes if min(s.width, s.height) < size)
        share = f" Smaller than that, so enlarged: {counted(small, 'picture')}." if small else ""
        st.caption(f"The dotted square is what the chosen model gets: {size} × {size}.{share}")
    show(
        sizes(found.sizes, size),
        f"Width against height of the pictures: {_range(card)} pixels",
        key="sizes",
    )
    _download(f"{_file(card)}-sizes.csv", ["width", "height", "pictures"], found.sizes)


def _input_size(who: Visitor) -> int | None:
    try:
        return caches.model(who.model).transform.input_size
    except LabError:
        return None


def _colours(dataset: Dataset, found: Figures | None) -> None:
    card = dataset.card
    st.markdown("**The mean picture**")
    path = statistics.drawn_mean(dataset) if card.stored == "drawn" else dataset.folder / MEAN
    if found is not None and path.is_file():
        html.show(_mean(path))
    st.markdown("**Mean and spread of each colour**")
    rows = (
        tag("tr", tag("th", name, scope="row"), tag("td", f"{mean:.4f}"), tag("td", f"{std:.4f}"))
        for name, mean, std in zip(_CHANNELS, card.mean, card.std, strict=True)
    )
    heads = (tag("th", text, scope="col") for text in ("Mean", "Standard deviation"))
    html.show(
        tag(
            "table",
            tag("caption", "Colours of the training pictures"),
            tag("thead", tag("tr", tag("td"), heads)),
            tag("tbody", rows),
            class_="lab-facts",
        )
    )
    st.caption(
        "On a scale from 0 to 1, of the training pictures alone. A network that learns from this "
        "set subtracts the mean and divides by the deviation."
    )


def _mean(path: Path) -> Html:
    address = caches.address(path.read_bytes(), "png")
    picture = tag(
        "img", alt="The mean of all pictures", width=_MEAN_SIDE, height=_MEAN_SIDE, src=address
    )
    note = (
        "All pictures laid over one another. A shape that shows through is where most of them have "
        "their object; an even grey says that they differ."
    )
    return join(tag("div", picture, class_="lab-mean"), tag("p", note, class_="lab-note"))


def _file(card: DatasetCard) -> str:
    return card.name.partition(":")[0]


def _download(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows(rows)
    st.download_button(
        "CSV",
        file.getvalue(),
        file_name=name,
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=f"csv-{name}",
    )
