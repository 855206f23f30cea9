"""Method trial: all methods on this picture, ranked by a figure that a person chooses."""

from __future__ import annotations

import streamlit as st

from dashboard.common.charts import show
from dashboard.common.format import plain
from dashboard.common.passes.passes import Inside
from dashboard.pages.explain import charts, trial_work
from dashboard.pages.explain.attributions import Asked
from dashboard.pages.explain.panels.progress import ended, watching
from dashboard.pages.explain.state import Choice, refusal
from dashboard.pages.explain.trial_work import Trial

_KEY = "explain-trial"


def trial(chosen: Choice, found: Inside) -> None:
    """Offer the trial, show it growing, and rank what is there."""
    st.markdown(
        "Which method to believe on this picture? Nobody knows the true reason for an answer, so "
        "each figure asks for a consequence: if the hot pixels matter, taking them away must "
        "change the answer."
    )
    asked, refused = _asked(chosen, found)
    with st.container(horizontal=True, vertical_alignment="bottom", key="trial-bar"):
        figure = _figure()
        sensitivity = st.toggle(
            "Sensitivity too",
            key="trial-sensitivity",
            help=f"Explains the picture {trial_work.DISTURBED} more times with each method, so "
            "it takes that much longer.",
        )
        made = _made(trial_work.key_of(found, asked, sensitivity=sensitivity))
        going = made is not None and made.work is not None and made.work.state == "going"
        st.button(
            f"Try all {len(asked)} methods",
            icon=":material/leaderboard:",
            key="trial-begin",
            disabled=going,
            on_click=_begin,
            args=(found, asked, sensitivity),
        )
    if refused:
        st.caption("Left out: " + " ".join(plain(said) for said in refused))
    if made is None or made.work is None:
        return
    if going:
        watching(made.work, "trial", "methods")
    else:
        ended(made.work)
    _ranked(made, figure)


def _asked(chosen: Choice, found: Inside) -> tuple[list[Asked], list[str]]:
    """The questions to all methods, and a sentence for each that can't be asked."""
    from alexnet_core.explanation.methods.registry import METHODS

    asked, refused = [], []
    for name, row in METHODS.items():
        said = refusal(chosen, found, name)
        if said:
            refused.append(f"{row.title}: {said}")
        else:
            asked.append(chosen.asked(name))
    return asked, refused


def _figure() -> str:
    from alexnet_core.explanation.evaluation.metrics import FIGURES

    names = [name for name, figure in FIGURES.items() if figure.better != "neither"]
    return str(
        st.selectbox(
            "Rank by",
            names,
            format_func=lambda name: FIGURES[name].title,
            key="trial-figure",
            help="  \n".join(f"**{one.title}**: {one.sentence}" for one in FIGURES.values()),
            width=220,
        )
    )


def _begin(found: Inside, asked: list[Asked], sensitivity: bool) -> None:
    st.session_state[_KEY] = trial_work.begin_trial(found, asked, sensitivity=sensitivity)


def _made(key: tuple[object, ...]) -> Trial | None:
    """The trial of this very question; what was tried of another is another's."""
    found = st.session_state.get(_KEY)
    return found if isinstance(found, Trial) and found.key == key else None


def _ranked(made: Trial, figure: str) -> None:
    from alexnet_core.explanation.evaluation.metrics import FIGURES
    from alexnet_core.explanation.methods.registry import METHODS

    figures = dict(made.figures)
    ranked = trial_work.values(figures, figure)
    if ranked:
        measured = [
            name
            for name in FIGURES
            if any(getattr(quality, name) is not None for quality in figures.values())
        ]
        rows = [
            {"Place": place, "Method": METHODS[name].title}
            | {FIGURES[one].title: getattr(figures[name], one) for one in measured}
            for place, name in enumerate(ranked, start=1)
        ]
        table, plot = st.columns([5, 4], gap="medium")
        with table:
            st.dataframe(
                rows,
                hide_index=True,
                height="content",
                key="trial-table",
                column_config={
                    FIGURES[one].title: st.column_config.NumberColumn(
                        help=FIGURES[one].sentence, format="%.3g"
                    )
                    for one in measured
                },
            )
        with plot:
            meant = FIGURES[figure]
            show(
                charts.against_seconds(
                    {name: row.title for name, row in METHODS.items()},
                    {name: row.cost for name, row in METHODS.items()},
                    ranked,
                    {name: quality.seconds for name, quality in figures.items()},
                    f"{meant.title}, {meant.better} is better",
                ),
                f"{meant.title} against seconds; best is {METHODS[next(iter(ranked))].title}.",
                key="trial-plot",
            )
    for name, said in made.failed.items():
        st.caption(f"{METHODS[name].title} has no figures: {plain(said)}")
