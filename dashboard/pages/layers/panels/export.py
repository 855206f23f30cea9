"""The same arrays in Python, and as a file."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import streamlit as st

from dashboard.common.passes.passes import Inside
from dashboard.common.picture_code import picture_code
from dashboard.common.visitor import Visitor

_LINES = """\
from pathlib import Path

{imports}from alexnet_core.data import images
from alexnet_core.inspection.capture import capture
from alexnet_core.models import library

model = library.load({model!r})
picture = images.read({path})
captured = capture(model, picture)
maps = captured.outputs[{layer!r}]  # {shape}
one = maps[{unit}]
print(maps.shape, one.min(), one.mean(), one.max())
"""

_FILTERS = """
from alexnet_core.inspection import filters

kernels = filters.kernels(model.network, {layer!r})  # {shape}
"""


def taking(who: Visitor, found: Inside) -> None:
    """Offer the layer's arrays as a file and as lines of Python."""
    with st.container(horizontal=True, vertical_alignment="center", key="layers-taking"):
        st.download_button(
            "NPZ",
            lambda: npz(who, found),
            file_name=f"{who.layer}.npz",
            mime="application/octet-stream",
            icon=":material/download:",
            help="All numbers of this layer for this picture, for NumPy.",
            on_click="ignore",
            key="npz",
        )
        code = st.expander(
            "The same in Python", icon=":material/code:", key="layers-code", on_change="rerun"
        )
    if code.open:
        code.code(code_for(who, found))


def npz(who: Visitor, found: Inside) -> bytes:
    """The layer's output, what the network saw and, of a convolution, its kernels."""
    arrays: dict[str, Any] = {
        "maps": found.captured.outputs[who.layer],
        "pixels": found.captured.pixels,
    }
    if found.model.config.layer(who.layer).kind == "conv":
        from alexnet_core.inspection import filters

        with found.model.lock:
            arrays["kernels"] = filters.kernels(found.model.network, who.layer)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def code_for(who: Visitor, found: Inside) -> str:
    """A script that gives the arrays on the screen."""
    imports, path = picture_code(who)
    spec = found.model.config.layer(who.layer)
    lines = _LINES.format(
        imports=imports,
        model=who.model,
        path=path,
        layer=who.layer,
        unit=who.unit,
        shape=spec.out_shape,
    )
    if spec.kind == "conv":
        shape = (spec.out_shape[0], spec.in_shape[0] // spec.groups, spec.kernel, spec.kernel)
        lines += _FILTERS.format(layer=who.layer, shape=shape)
    return lines
