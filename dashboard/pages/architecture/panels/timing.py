"""What each layer takes on this machine, measured where a visitor wants to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alexnet_core.errors import ConfigError
from alexnet_core.models.config import AlexNetConfig
from dashboard.common.format import plain

if TYPE_CHECKING:
    from alexnet_core.inspection.layer_cost import Cost


def timed(
    configs: Sequence[AlexNetConfig], above: DeltaGenerator
) -> list[Mapping[str, float] | None]:
    """Time the layers of each network, if that is switched on.

    Args:
        configs: the networks.
        above: where the switch stands.

    Returns:
        For each network the milliseconds by layer; None for all where one was not timed.
    """
    with above:
        wanted = st.toggle(
            "Time each layer",
            key="architecture-timed",
            help="Runs one picture through the network nine times on this machine.",
        )
    if not wanted:
        return [None for _ in configs]
    try:
        with st.spinner("Timing each layer"):
            costs = [_cost(config.to_json()) for config in configs]
    except ConfigError as error:
        st.warning(plain(f"It can't be timed: {error}"), icon=":material/timer_off:")
        return [None for _ in configs]
    st.caption(
        plain(
            f"Timed on {costs[0].device}: the median of {costs[0].repeats} passes of one picture, "
            "each layer by itself, in 32-bit numbers."
        )
    )
    return [{layer.anatomy.name: layer.milliseconds for layer in cost.layers} for cost in costs]


@st.cache_data(max_entries=32, show_spinner=False)
def _cost(config: str) -> Cost:
    # It brings torch, which the drawing does without.
    from alexnet_core.inspection.layer_cost import measure

    return measure(AlexNetConfig.from_json(config))
