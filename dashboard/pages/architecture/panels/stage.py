"""The networks on show: what is impossible about them, their sums, drawing, table, and ways on."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alexnet_core.errors import ImpossibleShapeError
from dashboard.common import caches
from dashboard.common.format import plain
from dashboard.common.navigation import leave_for
from dashboard.common.refusals import sentence
from dashboard.common.visitor import Visitor
from dashboard.pages.architecture.diagram import Opened, drawing
from dashboard.pages.architecture.layers import Network, table
from dashboard.pages.architecture.panels.switches import label
from dashboard.pages.architecture.panels.timing import timed
from dashboard.pages.architecture.panels.totals import totals
from dashboard.pages.architecture.plan import CHOSEN, Board, Plan, Resolved, Starts
from dashboard.pages.architecture.wire import document

LAYERS_PAGE = "layers"
TRAIN_PAGE = "train"


def stage(
    who: Visitor, board: Board, known: Starts, resolved: Resolved, above: DeltaGenerator
) -> None:
    """Show the first network, or both.

    Args:
        who: the visitor.
        board: the visitor's plans.
        known: what plans start from.
        resolved: what the first plan comes to.
        above: where the ways on stand.
    """
    plans = [(board.plan, resolved)]
    if board.against is not None:
        plans.append((board.against, board.against.resolve(known)))
    for at, (plan, found) in enumerate(plans):
        name = "This network" if len(plans) == 1 else f"Network {'AB'[at]}"
        _impossible(name, plan, found, known)
    asked = st.container()
    times = timed([found.config for _, found in plans], above)
    networks = [
        Network.of(plan.title(known), found.config, spent)
        for (plan, found), spent in zip(plans, times, strict=True)
    ]
    totals(networks)
    opened = drawing(
        document(
            networks,
            opens=[_opens(plan, known) for plan, _ in plans],
            lost=[found.broken.layer if found.broken else "" for _, found in plans],
            picture=caches.thumbnail(who.source),
        ),
        key="architecture-drawing",
    )
    if opened is not None:
        plan, _ = plans[opened.network]
        _open(who, board, plan, known, opened)
    if board.asked and any(plan.changes for plan, _ in plans):
        with asked:
            _no_weights(who, board, known)
    with above:
        _ways_on(who, resolved, networks)


def _impossible(name: str, plan: Plan, found: Resolved, known: Starts) -> None:
    """Say where it breaks, and what would work."""
    broken = found.broken
    if broken is not None:
        with st.container(key=f"architecture-broken-{name[-1]}", gap="small"):
            st.error(
                plain(why_broken(broken)),
                title=f"{name} can't be built",
                icon=":material/block:",
            )
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    f"Take {broken.smallest_input} pixels",
                    icon=":material/check:",
                    on_click=plan.set,
                    args=(known, "input_size", broken.smallest_input),
                    key=f"architecture-take-{name[-1]}",
                )
                st.caption(f"It is drawn with an input of {broken.smallest_input} pixels.")
    elif found.refusals:
        reasons = " ".join(f"{label(at)}: {sentence(why)}" for at, why in found.refusals.items())
        st.error(
            plain(f"{reasons} It is drawn without that."),
            title=f"{name} can't be built",
            icon=":material/block:",
        )


def why_broken(error: ImpossibleShapeError) -> str:
    """Where a network breaks and the smallest input that works, in one sentence."""
    return (
        f"With an input of {error.value} × {error.value} pixels no pixel would be left at "
        f"{error.layer}; the smallest input that works is {error.smallest_input} × "
        f"{error.smallest_input}."
    )


def _opens(plan: Plan, known: Starts) -> str:
    """What a click on a layer does."""
    if plan.changes:
        return "A plan: it has no weights to look into yet."
    if plan.start == CHOSEN:
        return "Click or press Enter to look inside."
    return f"Click or press Enter to look inside an untrained {known[plan.start].name}."


def _open(who: Visitor, board: Board, plan: Plan, known: Starts, opened: Opened) -> None:
    """Go to the layer, if there is a network to look into."""
    if plan.changes:
        board.asked = opened.layer
        return
    if plan.start != CHOSEN and not _alike(plan, known):
        who.model = f"random:{plan.start}"
    _look_into(who, opened.layer)


def _alike(plan: Plan, known: Starts) -> bool:
    """Whether the chosen model is this very variant, apart from its classes."""
    chosen, variant = known.get(CHOSEN), known[plan.start]
    if chosen is None:
        return False
    return chosen.replace(num_classes=variant.num_classes, name=variant.name) == variant


def _look_into(who: Visitor, layer: str) -> NoReturn:
    who.look_into(layer)
    leave_for(LAYERS_PAGE)


def _no_weights(who: Visitor, board: Board, known: Starts) -> None:
    """What to do about a layer of a network that is only planned."""
    layer = board.asked
    chosen = known.get(CHOSEN)
    st.info(
        plain(
            f"{layer} of this network has no weights yet, so there is nothing to look into. "
            "Train the network first, or look into the chosen model."
        ),
        icon=":material/draw:",
    )
    has_it = chosen is not None and any(spec.name == layer for spec in chosen.layers())
    if has_it and st.button(
        f"Look into {layer} of the chosen model", key="architecture-look", icon=":material/search:"
    ):
        board.asked = ""
        _look_into(who, layer)


def _ways_on(who: Visitor, resolved: Resolved, networks: list[Network]) -> None:
    """Take the network to the Train page, or the table along."""
    st.download_button(
        "Table as CSV",
        table(networks),
        file_name="layers.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="architecture-csv",
    )
    if resolved.sound and st.button(
        "Train this network",
        type="primary",
        icon=":material/play_arrow:",
        key="architecture-train",
        help="Opens the Train page with this network; its classes come from the data set.",
    ):
        who.network = resolved.config
        leave_for(TRAIN_PAGE)
