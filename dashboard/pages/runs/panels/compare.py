"""Several runs side by side: their curves, what their settings differ in, what came out."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from alexnet_core.errors import UnknownNameError
from alexnet_core.runs.records import Run
from alexnet_core.runs.store import Store
from dashboard.common import html
from dashboard.common.charts import show
from dashboard.common.format import percent
from dashboard.common.html import Html, tag
from dashboard.common.theme import class_colour
from dashboard.common.visitor import Visitor
from dashboard.pages.runs import charts, run_status
from dashboard.pages.runs.live_chart import Curve, live_chart
from dashboard.pages.runs.panels.settings import flat, shown

_NOT_SETTINGS = {"recipe"}
_RESULTS = ("Best validation", "Epoch", "Last loss", "Test", "Images a second", "Status")


@st.fragment
def compare(who: Visitor) -> None:
    """Show the runs that are ticked."""
    store = Store.open()
    runs = list(_found(store, who.compared))
    if len(runs) < 2:
        # One was deleted meanwhile.
        who.compared = tuple(run.id for run in runs)
        st.rerun()
    edited = {run.id: _edited(store, run) for run in runs}
    differences = differing(edited)
    labels = {run.id: label(run, differences) for run in runs}
    st.subheader(f"{len(runs)} runs compared", anchor=False)
    live_chart(
        [
            Curve(
                id=run.id,
                label=labels[run.id],
                colour=class_colour(at),
                state=run_status.state(run, store.edits(run.id)),
            )
            for at, run in enumerate(runs)
        ],
        key="curves-compared",
        file="compared-runs",
    )
    st.caption("Strong lines with points are validation, thin lines the smoothed training figures.")
    table, chart = st.columns([3, 2], gap="large")
    with table:
        html.show(_table(runs, labels, differences))
        st.download_button(
            "Results as CSV",
            _csv(runs, differences),
            file_name="compared-runs-results.csv",
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
    with chart:
        _effect(runs, labels, differences)


def differing(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Only the settings in which the runs differ: dotted name -> run -> value."""
    names = dict.fromkeys(name for fields in settings.values() for name in fields)
    found = {
        name: {run: fields.get(name) for run, fields in settings.items()}
        for name in names
        if name not in _NOT_SETTINGS
    }
    return {
        name: values for name, values in found.items() if len(set(map(repr, values.values()))) > 1
    }


def label(run: Run, differences: Mapping[str, Mapping[str, Any]]) -> str:
    """What sets a run apart, in few words."""
    words = [
        f"{name.rpartition('.')[2]} {shown(values[run.id])}" for name, values in differences.items()
    ]
    if 0 < len(words) <= 2:
        return ", ".join(words)
    return f"{run.recipe} {datetime.fromtimestamp(run.created):%d %b, %H:%M:%S}"


def _found(store: Store, wanted: Sequence[str]) -> Sequence[Run]:
    runs = []
    for run in wanted:
        try:
            runs.append(store.get(run))
        except UnknownNameError:
            continue
    return runs


def _edited(store: Store, run: Run) -> dict[str, Any]:
    fields = flat(run.config)
    for edit in store.edits(run.id):
        if edit.step is not None:
            fields |= edit.settings
    return fields


def _results(run: Run) -> list[str]:
    return [
        "" if run.best_validation_top1 is None else percent(run.best_validation_top1),
        str(run.best_epoch or ""),
        "" if run.train_loss is None else f"{run.train_loss:.3g}",
        "" if run.test_top1 is None else percent(run.test_top1),
        "" if run.images_per_second is None else f"{run.images_per_second:,.0f}",
        run.status,
    ]


def _table(
    runs: Sequence[Run], labels: Mapping[str, str], differences: Mapping[str, Mapping[str, Any]]
) -> Html:
    """A column a run; settings that differ above, results below."""
    heads = (
        tag(
            "th",
            tag("i", class_="lab-dot", style=f"background:{class_colour(at)}"),
            labels[run.id],
            scope="col",
        )
        for at, run in enumerate(runs)
    )
    differing = _part(
        "Differs in",
        [(name, [shown(values[run.id]) for run in runs]) for name, values in differences.items()],
    )
    results = [_results(run) for run in runs]
    came = _part(
        "Came to", [(name, [row[at] for row in results]) for at, name in enumerate(_RESULTS)]
    )
    table = tag(
        "table",
        tag("caption", "Compared runs"),
        tag("thead", tag("tr", tag("td"), heads)),
        differing,
        came,
        class_="lab-facts",
    )
    return tag("div", table, class_="lab-wide")


def _part(title: str, rows: Sequence[tuple[str, Sequence[str]]]) -> Html | None:
    if not rows:
        return None
    lines = (
        tag("tr", tag("th", name, scope="row"), [tag("td", value) for value in values])
        for name, values in rows
    )
    head = tag("tr", tag("th", title, scope="rowgroup", class_="lab-part"))
    return tag("tbody", head, lines)


def _csv(runs: Sequence[Run], differences: Mapping[str, Mapping[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    facts = (
        "status",
        "epoch",
        "step",
        "best_epoch",
        "best_validation_top1",
        "test_top1",
        "train_loss",
    )
    writer.writerow(["run", "recipe", "dataset", *differences, *facts])
    for run in runs:
        values = [shown(values[run.id]) for values in differences.values()]
        writer.writerow(
            [run.id, run.recipe, run.dataset, *values, *(getattr(run, fact) for fact in facts)]
        )
    return file.getvalue()


def _effect(
    runs: Sequence[Run], labels: Mapping[str, str], differences: Mapping[str, Mapping[str, Any]]
) -> None:
    """What the setting did, where the runs differ in one or two."""
    names = [name for name in differences if name != "seed"]
    if not 0 < len(names) <= 2:
        return
    name = (
        names[0]
        if len(names) == 1
        else st.segmented_control(
            "Setting", names, default=names[0], required=True, key="compared-setting"
        )
    )
    done = {
        labels[run.id]: (differences[name][run.id], run.best_validation_top1)
        for run in runs
        if run.best_validation_top1 is not None
    }
    if len(done) == len(runs):
        figure = charts.sweep(name, done)
        said = ", ".join(f"{name} {value}: {percent(top1)}" for value, top1 in done.values())
        show(figure, said, key="compared-effect", tools=False)
