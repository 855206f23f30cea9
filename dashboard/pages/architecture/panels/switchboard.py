"""The switches of a network, thrown one by one: shapes and costs follow at once."""

from __future__ import annotations

import streamlit as st

from dashboard.common.format import counted
from dashboard.pages.architecture.panels.switches import CONVOLUTIONS, Switches, label
from dashboard.pages.architecture.plan import Board, Resolved, Starts

_NORMS = {"none": "None", "lrn": "Local", "batch": "Batch"}
_TOWERS = {1: "One", 2: "Two"}
_ACTIVATIONS = {"relu": "ReLU", "tanh": "tanh"}
_LISTS = ("conv_kernels", "conv_strides", "conv_paddings")


def switchboard(board: Board, known: Starts, resolved: Resolved) -> None:
    """Show the switches of the first network.

    Args:
        board: the visitor's plans.
        known: what plans start from.
        resolved: what the first plan comes to.
    """
    switches = Switches(board.plan, known, resolved.refusals)
    changed = len(board.plan.changes)
    st.subheader("Switchboard", anchor=False)
    if changed:
        with st.container(horizontal=True, gap="small"):
            st.button(
                f"Undo {counted(changed, 'change')}",
                icon=":material/undo:",
                type="tertiary",
                key="architecture-reset",
                on_click=board.begin,
                args=(board.plan.start,),
            )
            if board.against is None:
                st.button(
                    "Compare with before",
                    icon=":material/compare:",
                    type="tertiary",
                    key="architecture-before",
                    on_click=board.compare,
                    args=(board.plan.start,),
                )
    else:
        st.caption("Throw a switch: shapes, parameters and cost follow at once.")
    with st.grid(2, min_column_width=130, gap=("small", "small")):
        switches.number("input_size", step=16)
        switches.number("num_classes")
    st.markdown(f"**{label('conv_channels')}**")
    with st.grid(5, min_column_width=84, gap="small"):
        for number in CONVOLUTIONS:
            switches.width(number)
    switches.why("conv_channels")
    with st.grid(4, min_column_width=190, gap=("small", "small")):
        switches.choice("towers", _TOWERS)
        switches.pooling()
        switches.choice("norm", _NORMS)
        switches.choice("activation", _ACTIVATIONS)
        switches.numbers("hidden_sizes")
        switches.share("dropout")
    box = st.expander("More switches", key="architecture-more", on_change="rerun")
    if box.open:
        with box, st.grid(2, min_column_width=200, gap=("small", "small")):
            for name in _LISTS:
                switches.numbers(name)
            switches.convolutions("pool_after")
            switches.convolutions("norm_after")
