from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from alexnet_core import cli
from alexnet_core.commands import jobs
from alexnet_core.data import datasets, shapes
from alexnet_core.data.dataset import DrawnDataset
from alexnet_core.data.tasks import Measure
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import CancelledError, ConfigError, DataError, LabError, UnknownNameError
from alexnet_core.explanation import report_job
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.evaluation import (
    localisation,
    parameter_randomisation,
    report,
    report_files,
    report_schema,
)
from alexnet_core.explanation.evaluation.metrics import FIGURES, Bench, QualityOptions
from alexnet_core.explanation.evaluation.report_schema import Report, ReportOptions
from alexnet_core.explanation.evaluation.statistics import spearman
from alexnet_core.explanation.methods.registry import METHODS
from alexnet_core.jobs import queue, task
from alexnet_core.models import library, variants
from alexnet_core.models.alexnet import build
from alexnet_core.models.library import LoadedModel

DRAWN = "shapes:size=32,train=10,test=40"
NAMES = ("saliency", "grad-cam", "layer-activation")
QUICK = ReportOptions(
    n=5,
    methods=NAMES,
    quality=QualityOptions(steps=3, squares=5, disturbed=1),
    sensitivity=3,
    sanity=2,
    seed=3,
)


def made(seed: int = 0, **changes: Any) -> LoadedModel:
    small: dict[str, Any] = {"conv_channels": (8, 12, 10, 14, 12), "hidden_sizes": (20, 16)}
    config = variants.get("alexnet-cifar", num_classes=10, **(small | changes)).config
    return LoadedModel(
        reference="made for a test",
        network=build(config, seed=seed).eval(),
        config=config,
        transform=Transform(input_size=config.input_size),
        categories=shapes.CLASSES,
        card=None,
    )


@pytest.fixture
def model() -> LoadedModel:
    return made()


def test_the_means_are_those_of_the_single_pictures(model: LoadedModel) -> None:
    told: list[tuple[int, int]] = []
    found = report.make(model, DRAWN, QUICK, progress=lambda *at: told.append(at))
    assert told == [(done, 5) for done in range(1, 6)]
    assert len(set(found.pictures)) == 5
    assert (found.model, found.dataset, found.options) == ("made for a test", DRAWN, QUICK)

    opened = datasets.open(DRAWN)
    assert isinstance(opened, DrawnDataset)
    maps: dict[str, list[Any]] = {name: [] for name in NAMES}
    figures: dict[str, list[Any]] = {name: [] for name in NAMES}
    points: dict[str, list[Any]] = {name: [] for name in NAMES}
    for number in found.pictures:
        picture = opened.picture("test", number)
        mask = localisation.mask_of(opened, "test", number, model.transform)
        for name in NAMES:
            one = explain(model, picture, name)
            maps[name].append(one)
            bench = Bench(model, one.pixels, one.target, QUICK.quality)
            figures[name].append(bench.measure(one).quality)
            points[name].append(localisation.point(one.heat, mask))
    for method in found.methods:
        assert list(method.figures) == list(FIGURES)
        for figure in set(FIGURES) - {"seconds"}:
            looked = found.pictures[:3] if figure == "sensitivity" else found.pictures
            own = figures[method.method][: len(looked)]
            expected = [getattr(one, figure) for one in own]
            estimate = method.figures[figure]
            assert estimate is not None
            assert estimate.n == len(looked)
            assert estimate.mean == pytest.approx(np.mean(expected), rel=1e-5)
            assert estimate.low <= estimate.mean <= estimate.high
        assert method.localisation == localisation.summarise(points[method.method], seed=3)
    for row, one in zip(found.agreement, NAMES, strict=True):
        for agreed, other in zip(row, NAMES, strict=True):
            pairs = zip(maps[one], maps[other], strict=True)
            assert agreed == pytest.approx(np.mean([spearman(a.heat, b.heat) for a, b in pairs]))


def test_forgetting_is_summed_up_over_the_first_pictures(model: LoadedModel) -> None:
    found = report.make(model, DRAWN, QUICK)
    opened = datasets.open(DRAWN)
    cascades = [
        parameter_randomisation.randomise_cascade(
            model, opened.picture("test", number), NAMES, seed=3 + number
        )
        for number in found.pictures[:2]
    ]
    for method in found.methods:
        told = method.parameter_randomisation
        assert told is not None
        assert told.layers == parameter_randomisation.steps_of(model.config)
        assert told.judged == "fc6"
        for place, estimate in enumerate(told.correlations):
            expected = [one.steps[place].correlations[method.method] for one in cascades]
            assert estimate is not None
            assert estimate.mean == pytest.approx(np.mean(expected))
            assert estimate.n == 2
        assert told.unchanged == (method.method == "layer-activation")
    assert found.of("layer-activation").title in found.sentence


def test_it_is_made_once_and_stored_with_the_checkpoint(
    model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert report.load(model, DRAWN, QUICK) is None
    found = report.make(model, DRAWN, QUICK)

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("explained again")

    monkeypatch.setattr(report, "explain", never)
    assert report.make(model, DRAWN, QUICK) == found
    assert report.load(model, DRAWN, QUICK) == found
    assert Report.from_json(found.to_json()) == found
    # The same weights under another name and in another process.
    assert report.load(replace(made(), reference="another"), DRAWN, QUICK) == found
    assert report_files.listing(model) == [found]
    for other in (made(seed=1), made(norm="none")):
        assert report.load(other, DRAWN, QUICK) is None
        assert report_files.listing(other) == []
    assert report.load(model, "shapes:size=32,train=10,test=41", QUICK) is None
    assert report.load(model, DRAWN, QUICK.replace(seed=4)) is None
    with pytest.raises(AssertionError, match="explained again"):
        report.make(model, DRAWN, QUICK.replace(n=4))


def test_a_damaged_report_is_made_anew(model: LoadedModel) -> None:
    options = QUICK.replace(n=1, methods=("saliency",), sanity=0)
    report.make(model, DRAWN, options)
    path = report_files.path_of(model, datasets.open(DRAWN), options)
    path.write_text(path.read_text()[:-20])
    assert report.load(model, DRAWN, options) is None
    assert report_files.listing(model) == []
    assert report.make(model, DRAWN, options).methods[0].parameter_randomisation is None
    assert report.load(model, DRAWN, options) is not None


def test_pictures_of_all_classes_are_drawn_and_no_more_than_there_are(model: LoadedModel) -> None:
    options = QUICK.replace(n=30, methods=("layer-activation",), sanity=0, sensitivity=0)
    found = report.make(model, DRAWN, options)
    assert len(found.pictures) == len(set(found.pictures)) == 30
    assert found.methods[0].figures["sensitivity"] is None
    assert {number % 10 for number in found.pictures} == set(range(10))
    every = report.make(model, DRAWN, options.replace(n=1000))
    assert sorted(every.pictures) == list(range(40))


def test_cancelled_it_keeps_nothing(model: LoadedModel, home: Path) -> None:
    seen: list[int] = []
    with pytest.raises(CancelledError):
        report.make(
            model,
            DRAWN,
            QUICK,
            progress=lambda done, _: seen.append(done),
            cancelled=lambda: len(seen) >= 2,
        )
    assert seen == [1, 2]
    assert not list((home / "explanation").rglob("*"))
    assert not model.lock.locked()


def test_without_names_it_takes_what_is_quick_and_possible(model: LoadedModel) -> None:
    chosen, refused = report.usual(model)
    assert refused == {}
    assert set(chosen) == {name for name in METHODS if METHODS[name].cost != "perturbation"}
    tanh = made(activation="tanh")
    chosen, refused = report.usual(tanh)
    assert "guided-backprop" not in chosen
    assert "tanh" in refused["guided-backprop"]
    with pytest.raises(ConfigError, match="methods is 'guided-backprop'; allowed: .*tanh"):
        report.make(tanh, DRAWN, QUICK.replace(methods=("saliency", "guided-backprop")))


def test_a_method_that_fails_on_one_picture_is_measured_on_the_others(
    model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def fails(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments[2])
        if arguments[2] == "grad-cam" and calls.count("grad-cam") == 2:
            raise LabError("Grad-CAM gives NaN or infinity here: a division by almost zero.")
        return explain(*arguments, **options)

    monkeypatch.setattr(report, "explain", fails)
    found = report.make(model, DRAWN, QUICK)
    assert [method.failed for method in found.methods] == [0, 1, 0]
    counts = []
    for method in found.methods:
        deletion, told = method.figures["deletion"], method.parameter_randomisation
        assert deletion is not None
        assert method.localisation is not None
        assert told is not None
        last = told.correlations[0]
        assert last is not None
        counts.append((deletion.n, method.localisation.hit.n, last.n))
    assert counts == [(5, 5, 2), (4, 4, 1), (5, 5, 2)]

    def nothing(*_: Any, **__: Any) -> Any:
        raise LabError("No memory.")

    monkeypatch.setattr(report, "explain", nothing)
    with pytest.raises(DataError, match=r"No method could explain picture \d+ of shapes"):
        report.make(model, DRAWN, QUICK.replace(seed=8))


def test_what_is_not_there_is_refused(model: LoadedModel) -> None:
    with pytest.raises(UnknownNameError, match="method is 'grad-kam'.*nearest: grad-cam"):
        report.make(model, DRAWN, QUICK.replace(methods=("grad-kam",)))
    with pytest.raises(DataError, match="has no val split"):
        report.make(model, DRAWN, QUICK.replace(split="val"))
    with pytest.raises(UnknownNameError, match="dataset is 'nowhere'"):
        report.make(model, "nowhere", QUICK)
    with pytest.raises(ConfigError, match="each method once"):
        QUICK.replace(methods=("saliency", "saliency"))
    with pytest.raises(ConfigError, match="n is 0"):
        ReportOptions(n=0)


@pytest.fixture
def never_starts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Jobs whose process is forever about to take its lock; the commands that were given."""
    commands: list[Any] = []

    def popen(command: list[str], **_: Any) -> Any:
        commands.append(command)
        return SimpleNamespace(poll=lambda: None)

    monkeypatch.setattr(queue.subprocess, "Popen", popen)
    monkeypatch.setattr(queue, "START_SECONDS", 3600.0)
    monkeypatch.setattr(queue, "_children", [])
    return commands


@pytest.fixture
def shipped() -> LoadedModel:
    return library.load("bundled:cifar10")


def test_a_job_makes_it_and_a_page_reads(shipped: LoadedModel, never_starts: list[Any]) -> None:
    options = QUICK.replace(n=2, sanity=1)
    job = report_job.begin(shipped, DRAWN, options)
    assert never_starts[0][0] == sys.executable
    told: list[tuple[str, int, int, str]] = []
    # What the process does, from the task as it is written down for it.
    jobs.run(task.read(job.task.to_json()), lambda *said: told.append(said))
    assert told[0] == (report_job.READING, 0, 0, "")
    assert told[-1] == (report_job.EXPLAINING, 2, 2, "pictures")
    found = report.load(shipped, DRAWN, options)
    assert found is not None
    assert len(found.pictures) == 2


def test_who_asks_for_the_same_joins_the_job(shipped: LoadedModel, never_starts: list[Any]) -> None:
    assert report_job.going(shipped, DRAWN, QUICK) is None
    job = report_job.begin(shipped, DRAWN, QUICK)
    assert report_job.begin(shipped, DRAWN, QUICK) == job
    assert report_job.going(shipped, DRAWN, QUICK) == job
    assert report_job.going(shipped, DRAWN) is None
    assert len(never_starts) == 1
    with pytest.raises(DataError, match=r"Explanations of bundled:cifar10 on shapes.* wait"):
        report_job.begin(shipped, DRAWN)


def test_what_is_being_made_of_these_weights_is_known(
    shipped: LoadedModel, never_starts: list[Any], model: LoadedModel
) -> None:
    assert report_job.making(shipped) == []
    job = report_job.begin(shipped, DRAWN, QUICK)
    other = queue.start(Measure(name=DRAWN))
    old = queue.start(Measure(name="old"))
    (old.folder / queue.TASK).write_text(job.task.to_json().replace("options", "of-old"))
    [found] = report_job.making(shipped)
    assert (found, found.task.dataset, found.task.options) == (job, DRAWN, QUICK)
    # One that another version of the lab began can't be read and is passed over.
    assert {one.id for one in queue.listing()} == {job.id, other.id}
    # The same weights under another name, and others.
    assert report_job.making(replace(shipped, reference="another")) == [found]
    assert report_job.making(model) == []
    queue.write(job.folder / queue.OUTCOME, queue.Outcome(status="stopped"))
    assert report_job.making(shipped) == []


def test_other_weights_under_the_same_name_are_not_explained(
    shipped: LoadedModel, never_starts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = report_job.begin(shipped, DRAWN, QUICK)
    other = made()
    monkeypatch.setattr(library, "load", lambda reference: other)
    with pytest.raises(DataError, match="bundled:cifar10 or shapes.* has changed since"):
        report_job.do(job.task, lambda *_: None)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command; gives its exit code, standard output and standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


COMMAND = ("explain-report", "--model", "bundled:cifar10", "--dataset", DRAWN)
METHODS_ASKED = ("--methods", "saliency, guided-backprop")


def test_the_command_prints_one_document(run: Any, shipped: LoadedModel) -> None:
    code, said, _ = run(*COMMAND, "--n", 2, *METHODS_ASKED, "--json")
    assert code == 0
    document = json.loads(said)
    assert list(document) == list(Report.model_fields)
    options = ReportOptions(n=2, methods=("saliency", "guided-backprop"))
    assert Report.from_json(said) == report.load(shipped, DRAWN, options)
    guided = document["methods"][1]
    assert guided["method"] == "guided-backprop"
    assert list(guided["figures"]["deletion"]) == ["mean", "low", "high", "n", "median"]
    assert guided["forgetting"]["unchanged"] is True

    code, said, _ = run(*COMMAND, "--n", 2, *METHODS_ASKED)
    assert code == 0
    lines = said.splitlines()
    assert lines[0] == f"bundled:cifar10 on 2 pictures of {DRAWN} (test)"
    head = lines[2].split()
    assert head[:3] == ["method", "deletion", "insertion"]
    assert head[-3:] == ["inside", "hit", "forgot"]
    row = dict(zip(head, lines[4].split(), strict=True))
    assert row["method"] == "guided-backprop"
    assert float(row["deletion"]) == pytest.approx(guided["figures"]["deletion"]["mean"], abs=6e-4)
    for column in ("inside", "hit"):
        assert float(row[column]) == pytest.approx(guided["truth"][column]["mean"], abs=6e-4)
    assert float(row["sensitivity"]) == pytest.approx(
        guided["figures"]["sensitivity"]["median"], abs=6e-4
    )
    assert float(row["forgot"]) == pytest.approx(
        guided["forgetting"]["correlations"][2]["mean"], abs=6e-4
    )
    assert document["sentence"] in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--n", 0), "n is 0"),
        (("--methods", "grad-kam"), "nearest: grad-cam"),
        (("--dataset", "nowhere"), "dataset is 'nowhere'"),
        (("--model", "nothing"), "model is 'nothing'"),
    ],
)
def test_the_command_refuses_in_a_sentence(
    run: Any, arguments: tuple[object, ...], sentence: str
) -> None:
    code, said, told = run(*COMMAND, *arguments)
    assert (code, said) == (2, "")
    assert sentence in told
    assert "Traceback" not in told


def test_the_old_names_work_for_one_release(shipped: LoadedModel) -> None:
    """A report that an earlier version stored, and a script that reads ``--json``."""
    options = ReportOptions(n=1, methods=("saliency",), sanity=1, sensitivity=0)
    found = report.make(shipped, DRAWN, options)
    document = report_schema.document(found)
    (method,) = document["methods"]
    assert method["truth"] == method["localisation"]
    assert method["truth"]["inside"] == method["localisation"]["relevance_mass_accuracy"]
    assert method["forgetting"] == method["parameter_randomisation"]
    assert method["figures"]["unexplained"] == method["figures"]["infidelity_normalised"]
    assert report_schema.Report.from_json(json.dumps(document)) == found

    for field in ("localisation", "parameter_randomisation"):
        del method[field]
    del method["truth"]["relevance_mass_accuracy"]
    del method["figures"]["infidelity_normalised"]
    path = report_files.path_of(shipped, datasets.open(DRAWN), options)
    path.write_text(json.dumps(document), encoding="utf-8")
    assert report.load(shipped, DRAWN, options) == found
    path.unlink()
