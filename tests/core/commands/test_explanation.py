from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alexnet_core import cli
from alexnet_core.data import images
from alexnet_core.evaluation.classify import classify
from alexnet_core.explanation import heat_maps
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.integrated_gradients import IntegratedOptions
from alexnet_core.explanation.methods.registry import METHODS
from alexnet_core.explanation.target import Target
from alexnet_core.models import library
from tests.core.conftest import left_on_screen

MODEL = "bundled:cifar10"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "a photo.png"
    coarse = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    Image.fromarray(coarse).resize((80, 60), Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command; gives its exit code, standard output and standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = int(left.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_integrated_gradients_for_a_cat(run: Any, photo: Path, tmp_path: Path) -> None:
    out, npz = tmp_path / "new" / "heat.png", tmp_path / "raw.npz"
    asked = ("explain", photo, "--model", MODEL, "--method", "integrated-gradients")
    code, said, _ = run(*asked, "--target", "cat", "--out", out, "--npz", npz, "--json")
    assert code == 0
    document = json.loads(said)
    keys = ["method", "target", "probability", "logit", "baseline_logit", "delta", "seconds"]
    assert list(document) == [*keys, "shape"]
    assert (document["method"], document["target"]) == ("integrated-gradients", "cat")
    assert document["shape"] == [3, 32, 32]

    model, picture = library.load(MODEL), images.read(photo)
    cat = next(p for p in classify(model, picture, 10).predictions if p.label == "cat")
    assert document["probability"] == pytest.approx(cat.probability, abs=1e-5)
    assert document["logit"] == pytest.approx(cat.logit, abs=1e-4)
    found = explain(model, picture, "integrated-gradients", target=Target(index=cat.index))
    with np.load(npz) as raw:
        assert np.array_equal(raw["values"], found.values)
        total = raw["values"].sum()
    gained = document["logit"] - document["baseline_logit"]
    assert document["delta"] == pytest.approx(total - gained, abs=1e-3)
    with Image.open(out) as drawn:
        overlay = heat_maps.overlay(found.pixels, found.heat, heat_maps.limit([found.heat]))
        assert np.array_equal(np.asarray(drawn), overlay)


@pytest.mark.parametrize("style", ["signed", "absolute", "contour"])
def test_each_way_to_draw(run: Any, photo: Path, tmp_path: Path, style: str) -> None:
    out = tmp_path / "heat.png"
    asked = ("explain", photo, "--model", MODEL, "--method", "saliency", "--out", out)
    assert run(*asked, "--style", style)[0] == 0
    found = explain(library.load(MODEL), images.read(photo), "saliency")
    end = heat_maps.limit([found.heat])
    expected = {
        "signed": heat_maps.drawn(found.heat, end),
        "absolute": heat_maps.drawn(found.heat, end, absolute=True),
        "contour": heat_maps.contour(found.pixels, found.heat),
    }
    with Image.open(out) as drawn:
        assert np.array_equal(np.asarray(drawn), expected[style])


def test_options_contrasts_and_units(run: Any, photo: Path) -> None:
    asked = ("explain", photo, "--model", MODEL, "--json")
    code, said, _ = run(*asked, "--set", "steps=7", "--set", "baseline=blur", "--target", "3")
    assert code == 0
    options = IntegratedOptions(steps=7, baseline="blur")
    model, picture = library.load(MODEL), images.read(photo)
    cat = Target(index=3)
    same = explain(model, picture, "integrated-gradients", target=cat, options=options)
    assert json.loads(said)["delta"] == pytest.approx(same.delta, abs=1e-4)

    _, said, _ = run(*asked, "--method", "grad-cam", "--target", "cat", "--against", "dog")
    document = json.loads(said)
    assert document["target"] == "cat and not dog"
    assert list(document) == ["method", "target", "probability", "logit", "seconds", "shape"]
    assert document["shape"] == [32, 32]

    _, said, _ = run(*asked, "--method", "saliency", "--unit", "conv3:7")
    document = json.loads(said)
    assert (document["target"], document["probability"]) == ("unit 7 of conv3", None)


def test_in_words(run: Any, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "heat.png"
    code, said, _ = run("explain", photo, "--model", MODEL, "--out", out)
    assert code == 0
    assert said.startswith("Integrated Gradients: Gradients summed")
    assert "baseline logit" in said
    assert "3x32x32" in said
    assert f"Drawn in {out}; the scale ends at" in said


def test_the_table_of_methods(run: Any) -> None:
    code, said, _ = run("methods", "--json")
    assert code == 0
    rows = json.loads(said)
    assert [row["name"] for row in rows] == list(METHODS)
    steps = next(row for row in rows if row["name"] == "integrated-gradients")["options"]["steps"]
    assert (steps["minimum"], steps["maximum"], steps["default"]) == (2, 1000, 50)
    assert "more come nearer" in steps["description"]
    lines = run("methods")[1].splitlines()
    assert all(any(line.startswith(f"{name} ") for line in lines) for name in METHODS)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--method", "gradcam"), 2, "nearest: grad-cam"),
        (("--target", "cot"), 2, "(nearest: cat)"),
        (("--target", "10"), 2, "target is '10'"),
        (("--target", "cat", "--against", "cat"), 2, "against is 3; allowed: another class"),
        (("--unit", "conv3"), 2, "--unit is 'conv3'; allowed: LAYER:N, such as conv3:7"),
        (("--unit", "conv3:7", "--target", "cat"), 2, "allowed: no class beside it"),
        (("--unit", "conv9:7"), 2, "layer is 'conv9'"),
        (("--unit", "conv3:999"), 2, "channel is 999"),
        (("--set", "steps=0"), 2, "steps is 0"),
        (("--set", "step=5"), 2, "step is 5; allowed: the fields baseline"),
        (("--set", "steps"), 2, "FIELD=VALUE"),
        (("--out", "heat.jpg"), 2, "--out is 'heat.jpg'; allowed: a file that ends in .png"),
        (("--npz", "raw.npy"), 2, "--npz is 'raw.npy'; allowed: a file that ends in .npz"),
        (("--style", "loud"), 2, "invalid choice: 'loud'"),
    ],
)
def test_a_wrong_argument_is_one_sentence(
    run: Any, photo: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    got, out, err = run("explain", photo, "--model", MODEL, *arguments)
    assert (got, out) == (code, "")
    assert says in err
    assert len(left_on_screen(err)) == 1


def test_a_photo_that_is_not_there(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "heat.png"
    code, said, err = run("explain", "nowhere.png", "--model", MODEL, "--out", out)
    assert (code, said, len(left_on_screen(err))) == (1, "", 1)
    assert "nowhere.png" in err
    assert not out.exists()
