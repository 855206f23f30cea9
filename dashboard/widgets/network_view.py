"""A picture as a network gets it: cut to size, then as numbers around zero."""

from __future__ import annotations

import streamlit as st

from alexnet_core.rendering import DIVERGING
from dashboard.common.caches import Seen

_PLANES = ("red", "green", "blue")


def network_view(seen: Seen, size: int) -> None:
    """Show the input of the network.

    Args:
        seen: the pictures.
        size: pixels of the input a side.
    """
    planes = "".join(
        f"<figure>{_image(address, f'{name} after normalisation')}"
        f"<figcaption>{name}</figcaption></figure>"
        for name, address in zip(_PLANES, seen.planes, strict=True)
    )
    st.html(
        '<div class="lab-seen">'
        f"<figure class='lab-input'>{_image(seen.pixels, 'the input of the network')}"
        f"<figcaption>cut to {size} × {size} pixels</figcaption></figure>"
        f'<div><div class="lab-planes">{planes}</div>{_legend(seen.limit)}</div></div>'
    )


def _image(address: str, alt: str) -> str:
    return f'<img alt="{alt}" src="{address}">'


def _legend(limit: float) -> str:
    return (
        '<div class="lab-legend" role="img" '
        f'aria-label="Scale from minus {limit:.1f}, purple, over zero, white, '
        f'to plus {limit:.1f}, orange">'
        f"<span>−{limit:.1f}</span>"
        f'<div style="background:linear-gradient(90deg,{",".join(DIVERGING)})"></div>'
        f"<span>+{limit:.1f}</span></div>"
        '<p class="lab-note">The same as numbers: each colour minus its mean, '
        "over its standard deviation.</p>"
    )
