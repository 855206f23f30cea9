"""The sanity lever: forget what the network learned, from the top down, and watch each map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from alexnet_core import rendering
from dashboard.common import caches, html
from dashboard.common.charts import show
from dashboard.common.format import plain, signed
from dashboard.common.html import Html, tag
from dashboard.common.passes.passes import Inside
from dashboard.common.work import Work
from dashboard.pages.explain import charts, trial_work
from dashboard.pages.explain.panels.progress import ended, watching
from dashboard.pages.explain.state import Choice, refusal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from alexnet_core.explanation.evaluation.parameter_randomisation import Cascade

_KEY = "explain-lever"
_SIDE = 160
INTACT = "nothing"


def lever(chosen: Choice, found: Inside) -> None:
    """Offer the lever for the methods that have cards, and show what it does."""
    st.markdown(
        "A map that stays the same when the network has forgotten everything can't tell why it "
        "answered. The lever replaces the weights by random ones, from the last layer down (the "
        "model parameter randomisation test of Adebayo et al., 2018)."
    )
    names = [name for name in chosen.methods if not refusal(chosen, found, name)]
    if not names:
        st.caption("Choose a method above first.")
        return
    asked = [chosen.asked(name) for name in names]
    key = (found.token, *(one.text() for one in asked))
    held = st.session_state.get(_KEY)
    work: Work[Cascade] | None = held[1] if held and held[0] == key else None
    if work is None or work.state in ("cancelled", "failed"):
        if work is not None:
            ended(work)
        st.button(
            "Randomise the layers",
            icon=":material/shuffle:",
            key="lever-begin",
            help="Explains the picture once a layer and method.",
            on_click=lambda: st.session_state.update({_KEY: (key, trial_work.lever(found, asked))}),
        )
    elif work.found is None:
        watching(work, "lever", "maps")
    else:
        _shown(work.found)


def _shown(made: Cascade) -> None:
    from alexnet_core.explanation.evaluation import parameter_randomisation

    layers = [INTACT, *(step.layer for step in made.steps)]
    down_to = st.select_slider(
        "Forgotten, from the last layer down to",
        layers,
        value=made.judged,
        key=f"lever-{'-'.join(layers)}",
    )
    step = next((step for step in made.steps if step.layer == down_to), None)
    said = parameter_randomisation.sentence(made.unchanged)
    if said:
        st.warning(plain(said), icon=":material/visibility_off:")
    else:
        st.success(
            f"All of these methods change once {plain(made.judged)} and what follows has forgotten "
            "what it learned, as they should.",
            icon=":material/check:",
        )
    cards = []
    for name, found in made.intact.items():
        heat = found.heat if step is None else step.heats[name]
        correlation = 1.0 if step is None else step.correlations[name]
        cards.append(_card(name, heat, correlation))
    maps, chart = st.columns([1, 1], gap="large")
    with maps:
        html.show(tag("div", cards, class_="lab-lever"))
    with chart:
        _chart(made, layers, down_to)
    st.caption(
        "The figure is the rank correlation with the map of the intact network: 1 is the same "
        "order of pixels, 0 none; flat is the same everywhere. "
        f"From {parameter_randomisation.UNCHANGED} on, the grey band, a map counts as unchanged."
    )


def _chart(made: Cascade, layers: list[str], down_to: str) -> None:
    from alexnet_core.explanation.evaluation import parameter_randomisation
    from alexnet_core.explanation.methods import registry

    names = list(made.intact)
    show(
        charts.forgetting(
            {name: registry.get(name).title for name in names},
            layers,
            {name: [1.0, *(step.correlations[name] for step in made.steps)] for name in names},
            down_to,
            parameter_randomisation.UNCHANGED,
        ),
        f"Rank correlation of {len(names)} maps with the intact ones while layers are forgotten.",
        key="lever-plot",
    )


def _card(name: str, heat: NDArray[np.float32], correlation: float | None) -> Html:
    from alexnet_core.explanation import heat_maps
    from alexnet_core.explanation.methods import registry

    picture = rendering.enlarge(heat_maps.drawn(heat, heat_maps.limit([heat])), _SIDE)
    address = caches.address(rendering.png(picture), "png")
    title = registry.get(name).title
    said = "flat" if correlation is None else signed(correlation)
    caption = tag("figcaption", tag("b", title), tag("span", said))
    return tag("figure", tag("img", alt=f"{title} now", src=address), caption)
