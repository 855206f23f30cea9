"""A hidden unit of the ledger: where on the photo it comes from, and what excites it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core.data import datasets
from alexnet_core.errors import LabError
from dashboard.common.format import plain, rate
from dashboard.common.navigation import leave_for
from dashboard.common.passes.passes import Inside
from dashboard.common.units import RANKED, behind
from dashboard.common.visitor import EXCITED, Visitor
from dashboard.pages.explain.attributions import Asked
from dashboard.pages.explain.panels.opened_card import view
from dashboard.pages.explain.state import Choice
from dashboard.widgets.patches import patch_grid, ranking

if TYPE_CHECKING:
    from alexnet_core.data.dataset import Dataset
    from alexnet_core.inspection.top_activations import TopActivations

_PATCHES = 6


def hidden_unit(who: Visitor, chosen: Choice, found: Inside, layer: str, unit: int) -> None:
    """Show both, and the ways to more."""
    from alexnet_core.explanation.methods import registry
    from alexnet_core.explanation.target import Target

    row = registry.get("input-x-gradient")
    with st.container(key="ledger-photo"):
        st.markdown(f"**Unit {unit}: where on the photo it comes from**")
        view(
            "ledger-view",
            found,
            chosen,
            Asked(row.name, Target(layer=layer, unit=unit), row.options()),
            f"unit {unit} of {layer}",
            card=False,
        )
    with st.container(key="ledger-excites"):
        st.markdown(f"**Unit {unit}: what excites it**")
        _patches(who, found, layer, unit)
        if st.button(
            "More on Layers",
            icon=":material/grid_view:",
            type="tertiary",
            key="ledger-layers",
            help="The unit on the page Layers: its strongest patches, and a picture made for it",
        ):
            who.look_into(layer, unit, part=EXCITED)
            leave_for("layers")
        st.button(
            "Explain this unit above",
            icon=":material/north:",
            key="ledger-aim",
            on_click=_aim,
            args=(chosen, layer, unit),
            help="All cards then ask where this unit's value comes from.",
        )


def _aim(chosen: Choice, layer: str, unit: int) -> None:
    chosen.unit = (layer, unit)


def _patches(who: Visitor, found: Inside, layer: str, unit: int) -> None:
    spec, channel = behind(found.model.config, layer, unit, RANKED)
    for dataset, split, ranked in _known(who, found):
        _shown(who, dataset, split, ranked, spec.name, channel)
        return
    st.caption(
        "No data set was searched with this model yet. Layers finds the pictures that excite a "
        "unit most; they are then shown here as well."
    )


def _known(who: Visitor, found: Inside) -> Iterator[tuple[Dataset, str, TopActivations]]:
    """The rankings of this model that are kept: of its own data set, the chosen one, any other."""
    here = [entry.name for entry in datasets.listing() if entry.here]
    card = found.model.card
    first = [name for name in (card.dataset if card else "", who.dataset) if name in here]
    for name in dict.fromkeys([*first, who.dataset, *here]):
        try:
            dataset = datasets.open(name)
            # As Layers searches.
            split = "test" if dataset.card.length("test") else dataset.card.splits[-1]
            ranked = ranking(found.model, dataset, split)
        except LabError:
            continue
        if ranked is not None:
            yield dataset, split, ranked


def _shown(
    who: Visitor, dataset: Dataset, split: str, ranked: TopActivations, layer: str, unit: int
) -> None:
    patches = ranked.patches(layer, unit, _PATCHES)
    title = plain(dataset.card.title)
    if not patches:
        st.caption(f"Nothing: it is silent on all {ranked.about.pictures:,} pictures of {title}.")
        return
    patch_grid(
        f"What excites unit {unit} most",
        patches,
        dataset,
        split,
        who,
        title=lambda patch: f"Explain picture {patch.picture} ({patch.label})",
        key="ledger-patches",
    )
    share = rate(float(ranked.fires(layer)[unit]), 0)
    st.caption(
        f"Its strongest of {ranked.about.pictures:,} pictures of {title}; it fires on {share} of "
        "them. A click explains the picture."
    )
