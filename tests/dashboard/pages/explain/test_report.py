"""Many pictures: the part of the page Explain that reports over a data set."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from alexnet_core.commands import jobs
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.errors import LabError
from alexnet_core.explanation import report_job
from alexnet_core.explanation.evaluation import report as reports
from alexnet_core.explanation.evaluation import report_files
from alexnet_core.explanation.evaluation.localisation import Localisation
from alexnet_core.explanation.evaluation.metrics import QualityOptions
from alexnet_core.explanation.evaluation.report_schema import (
    ByChance,
    MethodSummary,
    ParameterRandomisation,
    Report,
    ReportOptions,
)
from alexnet_core.explanation.evaluation.statistics import Estimate
from alexnet_core.jobs import queue, task
from alexnet_core.jobs.queue import Job, Outcome, Progress
from dashboard.common import caches
from dashboard.pages.explain import report_charts
from dashboard.pages.explain.panels import report_table
from dashboard.pages.explain.panels.report_progress import outlook
from dashboard.pages.explain.report_columns import Column, columns, table_of
from tests.dashboard.conftest import checked, first_page, html, photo

SMALL = "shapes:train=60,test=20,size=16"
MODEL = "random:alexnet-cifar"
KEPT = "report-kept"

OpenReport = Callable[..., AppTest]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs whose process is forever about to take its lock."""
    monkeypatch.setattr(
        queue.subprocess, "Popen", lambda *_, **__: SimpleNamespace(poll=lambda: None)
    )
    monkeypatch.setattr(queue, "START_SECONDS", 3600.0)
    monkeypatch.setattr(queue, "_children", [])


@pytest.fixture
def open_report(home: Path, held: None) -> OpenReport:
    """Open the part with the query of a link."""

    def opened(**query: str) -> AppTest:
        link = {"part": "many-pictures", "model": MODEL} | query
        return checked(first_page("explain", **link).run())

    return opened


def said(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader, *page.warning, *page.success]
    return "\n".join(element.value.replace("\\", "") for element in shown)


def warnings(page: AppTest) -> list[str]:
    return [element.value.replace("\\", "") for element in page.warning]


def keys(page: AppTest) -> set[str]:
    return {str(button.key) for button in page.button}


def under_way(page: AppTest) -> list[str]:
    return [element.proto.text.replace("\\", "") for element in page.get("progress")]


def begun(page: AppTest) -> Job:
    checked(page.button(key="report-begin").click().run())
    (job,) = queue.listing()
    return job


def ended(job: Job, **outcome: Any) -> None:
    """What the process of a job leaves when it ends."""
    queue.write(job.folder / queue.OUTCOME, Outcome(**outcome))


def fake(mean: float, spread: float = 0.1, n: int = 20) -> Estimate:
    return Estimate(mean=mean, low=mean - spread, high=mean + spread, n=n, median=mean)


def method(name: str, title: str, **given: Any) -> MethodSummary:
    figures: dict[str, Estimate | None] = {
        "deletion": fake(0.5), "insertion": fake(0.6), "infidelity": fake(0.2),
        "infidelity_normalised": None, "sensitivity": fake(0.3, n=5), "sparseness": fake(0.4),
        "seconds": fake(0.02, 0.01),
    }  # fmt: skip
    fields: dict[str, Any] = {"failed": 0, "localisation": None, "parameter_randomisation": None}
    return MethodSummary(
        method=name, title=title, figures=figures | given.pop("figures", {}), **(fields | given)
    )


def forgetting(last: float) -> ParameterRandomisation:
    return ParameterRandomisation(
        layers=("fc8", "fc7", "fc6"),
        correlations=(fake(0.9), None, fake(last)),
        judged="fc6",
        unchanged=last >= 0.7,
    )


def truth(inside: float, gain: float) -> Localisation:
    return Localisation(
        hit=fake(inside), relevance_mass_accuracy=fake(inside), chance=fake(0.2),
        hit_gain=fake(gain), gain=fake(gain),
    )  # fmt: skip


def made(**changes: Any) -> Report:
    fields: dict[str, Any] = {
        "model": MODEL,
        "dataset": SMALL,
        "options": ReportOptions(n=20, sanity=4, sensitivity=5),
        "pictures": tuple(range(20)),
        "methods": (
            method(
                "saliency", "Saliency", localisation=truth(0.25, 0.05),
                parameter_randomisation=forgetting(0.1),
                figures={"deletion": fake(0.45)},
            ),
            method(
                "guided-backprop", "Guided Backprop", localisation=truth(0.4, 0.2),
                parameter_randomisation=forgetting(0.95),
                figures={"deletion": fake(0.1, 0.05)}, failed=3,
            ),
        ),
        "by_chance": ByChance(deletion=fake(0.5), insertion=fake(0.3)),
        "agreement": ((1.0, None), (None, 1.0)),
        "refused": {"lrp": "It has tanh."},
        "sentence": "Guided Backprop hardly changes when the layers forget.",
        "seconds": 75.0,
    }  # fmt: skip
    return Report(**(fields | changes))


def keep(report: Report, name: str = "a") -> Report:
    """Store a report with the model's weights."""
    report_files.save(report_files.folder_of(caches.model(MODEL)) / f"{name}.json", report)
    return report


def test_a_report_is_made_in_the_background_and_shown(open_report: OpenReport) -> None:
    page = open_report(dataset=SMALL, methods="saliency,grad-cam")
    assert page.query_params["part"] == "many-pictures"
    assert page.number_input[0].value == 20
    assert (page.number_input[0].min, page.number_input[0].max) == (1, 20)
    assert "shown once a few pictures are done" in said(page)
    page.number_input[0].set_value(2)
    page.segmented_control(key="report-methods-2").set_value("cards")
    page.run()
    assert page.button(key="report-begin").label == "Explain 2 pictures"
    job = begun(page)
    assert f"report-cancel-{job.id}" in keys(page)
    assert under_way(page) == [f"{SMALL}, test pictures: starting"]
    assert page.button(key="report-begin").disabled
    queue.write(job.folder / queue.PROGRESS, Progress(stage="Explaining", done=1, total=2))
    # Whoever comes now sees it too, also with other choices.
    other = open_report(dataset="shapes")
    assert under_way(other) == [f"{SMALL}, test pictures: 1 of 2"]
    assert other.button(key="report-begin").disabled
    # What the process does, from the task as it is written down for it.
    place = jobs.run(task.read(job.task.to_json()), lambda *_: None)
    ended(job, status="done", result=place)
    page = checked(page.run())
    assert not under_way(page)
    assert "nothing of it is kept" not in said(page)
    assert queue.listing() == []
    options = ReportOptions(n=2, methods=("saliency", "grad-cam"))
    found = reports.load(caches.model(MODEL), SMALL, options)
    assert found is not None
    text = html(page)
    assert f">{found.of('saliency').title}<" in text
    assert "<dd>2</dd>" in text
    assert "By chance" in text
    assert "So few pictures" in said(page)
    # It is there, so a second click makes none.
    checked(page.button(key="report-begin").click().run())
    assert queue.listing() == []


def test_what_is_asked_for_outlives_another_set_and_slow_methods_are_named(
    open_report: OpenReport,
) -> None:
    page = open_report(dataset=SMALL, methods="saliency,occlusion")
    assert page.number_input[0].value == 20
    assert "Slow" not in said(page)
    page.segmented_control(key="report-methods-2").set_value("cards")
    assert "covered one by one: Occlusion." in said(checked(page.run()))
    page = checked(page.selectbox(key=f"report-set-{MODEL}").set_value("shapes").run())
    assert page.number_input[0].value == 50
    page = checked(page.number_input[0].set_value(7).run())
    page = checked(page.selectbox(key=f"report-set-{MODEL}").set_value(SMALL).run())
    assert page.number_input[0].value == 7
    assert page.button(key="report-begin").label == "Explain 7 pictures"


def test_a_report_is_cancelled(open_report: OpenReport) -> None:
    page = open_report(dataset=SMALL)
    job = begun(page)
    checked(page.button(key=f"report-cancel-{job.id}").click().run())
    assert job.stopping
    assert under_way(page) == [f"{SMALL}, test pictures: stopping"]
    assert f"report-cancel-{job.id}" not in keys(page)
    ended(job, status="stopped")
    (sentence,) = warnings(checked(page.run()))
    assert "nothing of it is kept" in sentence
    assert not page.button(key="report-begin").disabled
    assert not checked(page.run()).warning


@pytest.fixture
def pets(tmp_path: Path, home: Path) -> Path:
    """A data set of one's own without test pictures; gives the folder of all."""
    for label in ("cat", "dog"):
        for number in range(6):
            path = tmp_path / "Pets" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(photo("red" if label == "cat" else "blue", size=(12 + number, 10)))
    import_dataset(tmp_path / "Pets", name="pets", percent=(70, 30, 0))
    return home / "datasets"


def test_a_set_that_vanished_is_one_sentence(open_report: OpenReport, pets: Path) -> None:
    page = open_report(dataset="pets")
    job = begun(page)
    shutil.rmtree(pets)
    with pytest.raises(LabError) as caught:
        jobs.run(task.read(job.task.to_json()), lambda *_: None)
    ended(job, status="failed", sentence=str(caught.value))
    page = checked(page.run())
    assert len(page.warning) == 2
    assert all("pets" in sentence for sentence in warnings(page))
    assert "report-begin" not in keys(page)
    page = checked(page.selectbox(key=f"report-set-{MODEL}").set_value("shapes").run())
    assert not page.warning
    assert not page.button(key="report-begin").disabled


def test_a_set_that_vanishes_between_sight_and_click_is_one_sentence(
    open_report: OpenReport, pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_report(dataset="pets")
    begin = report_job.begin

    def vanished(*asked: Any) -> Job:
        shutil.rmtree(pets)
        return begin(*asked)

    monkeypatch.setattr(report_job, "begin", vanished)
    checked(page.button(key="report-begin").click().run())
    # Why nothing was begun, and why nothing can be.
    assert len(page.warning) == 2
    assert all("pets" in sentence for sentence in warnings(page))
    assert queue.listing() == []


def test_a_set_without_test_pictures_says_which_are_taken(
    open_report: OpenReport, pets: Path
) -> None:
    page = open_report(dataset="pets")
    assert "no test pictures, so validation pictures are taken" in said(page)
    assert begun(page).task.target.endswith("on pets (val)")


def test_a_run_that_went_on_to_other_weights_says_so(open_report: OpenReport) -> None:
    page = open_report(dataset=SMALL)
    job = begun(page)
    changed = job.task.replace(key=f"another{job.task.key}")
    with pytest.raises(LabError) as caught:
        jobs.run(changed, lambda *_: None)
    ended(job, status="failed", sentence=str(caught.value))
    (sentence,) = warnings(checked(page.run()))
    assert "has changed since this was asked for" in sentence


def test_earlier_reports_are_there_at_once_and_can_be_chosen(open_report: OpenReport) -> None:
    keep(made())
    page = open_report()
    assert not [one for one in page.selectbox if one.key == "report-kept"]
    assert "<dd>1 min 15 s</dd>" in html(page)
    assert "These methods took 1 min 15 s for 20 pictures before." in said(page)
    told = said(page)
    assert "Guided Backprop hardly changes" in told
    assert "Guided Backprop gave nothing on 3 of 20 pictures." in told
    assert "Left out: Layer-wise relevance: It has tanh." in told
    assert "sensitivity on 5 of them and forgetting on 4 alone" in told
    keep(made(dataset="gone", pictures=(1, 2), sentence="", seconds=3.0), "b")
    page = open_report()
    select = page.selectbox(key=KEPT)
    assert sorted(select.options) == [
        "gone, test pictures: 2 pictures, 2 methods",
        f"{SMALL}, test pictures: 20 pictures, 2 methods",
    ]
    for place, option in enumerate(select.options):
        page = checked(page.selectbox(key=KEPT).select_index(place).run())
        assert f"<dd>{'3 s' if option.startswith('gone') else '1 min 15 s'}</dd>" in html(page)


def test_methods_are_ranked_by_the_figure_that_is_chosen(open_report: OpenReport) -> None:
    keep(made())
    page = open_report()
    select = page.selectbox(key="report-figure")
    assert select.value == "inside"
    assert select.options[:2] == ["Inside the object", "Hottest pixel"]
    assert "Unexplained" not in select.options
    for figure, first in (("inside", "Guided"), ("forgetting", "Saliency"), ("deletion", "Guided")):
        page = checked(page.selectbox(key="report-figure").set_value(figure).run())
        body = html(page).partition('class="lab-report"')[2].partition("<tbody>")[2]
        assert body.startswith(f'<tr><th scope="row">{first}')
        (plot,) = page.get("plotly_chart")
        assert f"best is {first}" in plot.proto.alt


def test_every_column_knows_its_chance() -> None:
    found = columns(made())
    assert list(found) == [
        "inside", "hit", "deletion", "insertion", "infidelity", "sensitivity", "sparseness",
        "forgetting", "seconds",
    ]  # fmt: skip
    apart = {name: one.beyond and set(one.beyond) for name, one in found.items()}
    # An interval of gains that reaches zero, or of figures that touches chance, proves nothing.
    assert apart["inside"] == {"guided-backprop"}
    assert apart["deletion"] == {"guided-backprop"}
    assert apart["insertion"] == {"saliency", "guided-backprop"}
    assert apart["forgetting"] == {"saliency"}
    assert apart["seconds"] is None
    assert list(found["insertion"].ranked()) == ["saliency", "guided-backprop"]
    bare = columns(made(methods=(method("saliency", "Saliency"),)))
    assert "inside" not in bare
    assert "forgetting" not in bare


def test_the_plot_has_every_interval_and_the_level_of_chance() -> None:
    found, titles = columns(made()), {"saliency": "Saliency", "guided-backprop": "Guided Backprop"}
    figure = report_charts.intervals(found["deletion"], titles)
    better, rest = figure.data
    assert (list(better.y), list(rest.y)) == (["Guided Backprop"], ["Saliency"])
    assert list(better.error_x.array) == pytest.approx([0.05])
    assert list(better.error_x.arrayminus) == pytest.approx([0.05])
    assert list(figure.layout.yaxis.categoryarray) == ["Guided Backprop", "Saliency"]
    assert figure.layout.yaxis.autorange == "reversed"
    band, line = figure.layout.shapes
    assert (band.x0, band.x1, line.x0) == pytest.approx((0.4, 0.6, 0.5))
    assert figure.layout.annotations[0].text == "chance"
    (line,) = report_charts.intervals(found["forgetting"], titles).layout.shapes
    assert line.x0 == 0.7
    assert not report_charts.intervals(found["seconds"], titles).layout.shapes
    apart = {"saliency": fake(0.001, 0.0005), "guided-backprop": fake(1.0)}
    wide = Column(name="x", title="X", sentence="", better="lower", values=apart)
    assert report_charts.intervals(wide, titles).layout.xaxis.type == "log"
    below = Column(
        name="x", title="X", sentence="", better="lower", values=apart | {"saliency": fake(0)}
    )
    assert report_charts.intervals(below, titles).layout.xaxis.type == "linear"


def test_the_table_has_means_intervals_and_what_is_not_known() -> None:
    report = made(methods=(*made().methods, method("lime", "<b>LIME</b>", figures={
        "deletion": None, "seconds": fake(123.456)})))  # fmt: skip
    titles = {one.method: one.title for one in report.methods}
    text = report_table.table(columns(report), titles, "deletion")
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)', text)
    assert heads[:4] == ["Method", "Deletion", "Inside the object", "Hottest pixel"]
    assert len(heads) == len(columns(report)) + 1
    rows = text.partition("<tbody>")[2].split("<tr")[1:]
    names = [row.partition('scope="row">')[2].partition("</th>")[0] for row in rows]
    assert names == ["Guided Backprop", "Saliency", "&lt;b&gt;LIME&lt;/b&gt;", "By chance"]
    assert "0.100<span>0.050 to 0.150</span>" in rows[0]
    assert "<b>unchanged</b> 0.950" in rows[0]
    assert "unchanged" not in rows[1]
    assert 'aria-label="not known">–' in rows[2]
    assert "40.0 %<span>30.0 % to 50.0 %</span>" in rows[0]
    assert ">123<" in rows[2]
    assert 'aria-sort="ascending"' in text


def test_numbers_keep_three_digits_of_the_largest() -> None:
    def shown(value: float, largest: float) -> str:
        values = {"a": fake(largest), "b": None}
        column = Column(name="x", title="X", sentence="", better="lower", values=values)
        return report_table.number(value, column)

    assert shown(0.01234, 0.02) == "0.0123"
    assert shown(-0.0004, 0.9) == "0.000"
    assert shown(-0.25, 0.9) == "−0.250"
    assert shown(1234.5, 2000) == "1234"
    assert shown(0, 0) == "0.00"


def test_the_files_hold_every_number() -> None:
    report = made()
    rows = list(csv.DictReader(io.StringIO(table_of(report))))
    found = {(row["method"], row["figure"]): row for row in rows}
    assert len(found) == len(rows)
    deletion = found["guided-backprop", "deletion"]
    assert [float(deletion[name]) for name in ("mean", "low", "high", "median", "pictures")] == (
        pytest.approx([0.1, 0.05, 0.15, 0.1, 20])
    )
    assert float(found["saliency", "object-gain"]["mean"]) == 0.05
    assert float(found["saliency", "forgotten-down-to-fc6"]["mean"]) == 0.1
    assert ("saliency", "infidelity_normalised") not in found
    assert ("saliency", "forgotten-down-to-fc7") not in found
    assert float(found["by-chance", "insertion"]["mean"]) == 0.3
    assert Report.from_json(report.to_json()) == report


def test_time_to_go_is_what_was_measured_or_nothing() -> None:
    options = ReportOptions(n=20, sanity=4, sensitivity=8)
    # The first look came late, so nothing is known before three others.
    assert outlook([], 20, options) == ""
    assert outlook([(1, 0.0), (2, 5.0), (3, 15.0)], 20, options) == ""
    early = [(0, 0.0), (1, 10.0), (2, 20.0), (3, 30.0)]
    assert outlook(early, 20, options) == "at most 2 min 50 s to go"
    # What took longer before does not count any more.
    later = [*early, (4, 40.0), (6, 44.0)]
    assert outlook(later, 20, options) == "at most 28 s to go"
    last = [*later, (8, 48.0), (10, 49.0), (12, 50.0)]
    assert outlook(last, 20, options) == "about 4 s to go"
    assert outlook([*last, (20, 54.0)], 20, options) == ""
    bare = ReportOptions(n=20, sanity=0, sensitivity=8, quality=QualityOptions(disturbed=0))
    assert outlook(early, 20, bare) == "about 2 min 50 s to go"


def test_a_figure_that_another_report_lacks_gives_way(open_report: OpenReport) -> None:
    keep(made(dataset="drawn"))
    keep(made(dataset="bare", methods=(method("saliency", "Saliency"),)), "b")
    page = open_report()
    places = {one.partition(",")[0]: at for at, one in enumerate(page.selectbox(key=KEPT).options)}
    page = checked(page.selectbox(key=KEPT).select_index(places["drawn"]).run())
    page = checked(page.selectbox(key="report-figure").set_value("hit").run())
    page = checked(page.selectbox(key=KEPT).select_index(places["bare"]).run())
    assert page.selectbox(key="report-figure").value == "deletion"


def test_few_pictures_that_make_the_mean_are_named(open_report: OpenReport) -> None:
    wild = Estimate(mean=90.0, low=0.1, high=300.0, n=5, median=0.2)
    keep(made(methods=(method("saliency", "Saliency", figures={"sensitivity": wild}),)))
    page = open_report()
    assert "make its sensitivity 90; half of them have at most 0.2" in said(page)
    assert page.selectbox(key="report-figure").value == "deletion"
