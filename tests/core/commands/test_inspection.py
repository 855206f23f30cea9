from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alexnet_core import cli
from alexnet_core.data import datasets, images
from alexnet_core.inspection.capture import capture
from alexnet_core.models import library
from tests.core.conftest import left_on_screen

MODEL, SHAPES = "bundled:cifar10", "shapes:train=10,test=20,size=48"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "a photo.png"
    levels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    Image.fromarray(levels).save(path)
    return path


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command; gives its exit code, standard output and standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.mark.parametrize(("layer", "side"), [("conv2", 8 * 66 + 2), ("fc6", 23 * 14 + 2)])
def test_a_layer_s_channels_in_numbers_and_as_a_picture(
    run: Any, photo: Path, tmp_path: Path, layer: str, side: int
) -> None:
    out = tmp_path / "new" / "grid.png"
    code, said, _ = run("layers", photo, "--model", MODEL, "--layer", layer, "--out", out, "--json")

    assert code == 0
    document = json.loads(said)
    assert list(document) == ["model", "layer", "shape", "channels"]
    values = capture(library.load(MODEL), images.read(photo)).outputs[layer]
    assert (document["model"], document["layer"]) == (MODEL, layer)
    assert document["shape"] == list(values.shape)
    assert [channel["index"] for channel in document["channels"]] == list(range(len(values)))
    for channel, map_ in zip(document["channels"], values, strict=True):
        assert list(channel) == ["index", "mean", "std", "min", "max", "sparsity"]
        expected = [map_.mean(), map_.std(), map_.min(), map_.max()]
        assert list(channel.values())[1:5] == pytest.approx(expected, abs=1e-5)
    assert size_of(out)[0] == side


def test_a_layer_as_a_table(run: Any, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "grid.png"
    code, said, _ = run("layers", photo, "--model", MODEL, "--layer", "relu5", "--out", out)
    assert code == 0
    assert said.startswith(f"relu5 of {MODEL}: 256x7x7, drawn in {out}\n")
    assert "The 20 strongest of 256; --json gives all." in said


def test_what_excites_a_unit(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "patches.png"
    asked = ("units", "--model", MODEL, "--dataset", SHAPES, "--layer", "conv3", "--unit", 7)
    code, said, _ = run(*asked, "--out", out, "--json")

    assert code == 0
    document = json.loads(said)
    assert list(document) == ["layer", "unit", "patches"]
    assert (document["layer"], document["unit"]) == ("conv3", 7)
    patches = document["patches"]
    assert len(patches) == 9
    assert all(list(patch) == ["picture", "label", "value", "box"] for patch in patches)
    values = [patch["value"] for patch in patches]
    assert values == sorted(values, reverse=True)
    names = datasets.open(SHAPES).names("test")
    for patch in patches:
        assert patch["picture"] in names
        assert f"/{patch['label']}/" in patch["picture"]
        left, top, right, bottom = patch["box"]
        assert 0 <= left < right <= 48
        assert 0 <= top < bottom <= 48
    assert size_of(out) == (3 * 98 + 2, 3 * 98 + 2)

    code, said, _ = run(*asked, "--out", out, "--top", 2)
    assert code == 0
    assert said.splitlines()[0] == f"Unit 7 of conv3 of {MODEL}, drawn in {out}"
    assert len(said.splitlines()) == 5


def test_a_silent_unit_has_nothing_to_draw(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alexnet_core.inspection.top_activations import TopActivations

    monkeypatch.setattr(TopActivations, "patches", lambda *_: ())
    out = tmp_path / "patches.png"
    asked = ("units", "--model", MODEL, "--dataset", SHAPES, "--layer", "relu3", "--unit", 7)
    code, said, _ = run(*asked, "--out", out)
    assert (code, out.exists()) == (0, False)
    assert said == "Unit 7 of relu3 is silent on all pictures; nothing is drawn.\n"
    assert json.loads(run(*asked, "--out", out, "--json")[1])["patches"] == []


UNITS = ("units", "--model", MODEL, "--dataset", SHAPES)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("layers", "{photo}", "--model", MODEL, "--layer", "conv9"), 2, "nearest: conv"),
        (("layers", "{photo}", "--model", "moon", "--layer", "conv1"), 2, "model is 'moon'"),
        (("layers", "nowhere.png", "--model", MODEL, "--layer", "conv1"), 1, "nowhere.png"),
        ((*UNITS, "--layer", "conv3", "--unit", "192"), 2, "allowed: 0 to 191, as conv3 has"),
        ((*UNITS, "--layer", "conv3", "--unit", "-1"), 2, "allowed: 0 to 191, as conv3 has"),
        ((*UNITS, "--layer", "fc8", "--unit", "10"), 2, "unit is 10; allowed: 0 to 9"),
        ((*UNITS, "--layer", "pool3", "--unit", "0"), 2, "layer is 'pool3'"),
        ((*UNITS, "--layer", "fc8", "--unit", "0", "--top", "17"), 2, "--top is 17"),
        ((*UNITS, "--layer", "fc8", "--unit", "0", "--split", "val"), 1, "has no val split"),
    ],
)
def test_a_wrong_argument_is_one_sentence(
    run: Any,
    photo: Path,
    tmp_path: Path,
    home: Path,
    arguments: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    given = [argument.replace("{photo}", str(photo)) for argument in arguments]
    got, out, err = run(*given, "--out", tmp_path / "x.png")
    assert (got, out) == (code, "")
    assert says in err
    assert len(left_on_screen(err)) == 1
    assert not (tmp_path / "x.png").exists()
    # Nothing was ranked first.
    assert not list(home.glob("inspection/*.safetensors"))


def test_a_picture_is_a_png(run: Any, photo: Path) -> None:
    asked = ("layers", photo, "--model", MODEL, "--layer", "conv1")
    code, _, err = run(*asked, "--out", "grid.jpg")
    assert (code, err) == (2, "--out is 'grid.jpg'; allowed: a file that ends in .png.\n")


def test_a_broken_network_is_one_sentence(
    run: Any, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    model = library.load(MODEL)
    with torch.no_grad():
        model.network.get_submodule("conv2").bias.fill_(float("nan"))
    monkeypatch.setattr(library, "load", lambda reference: model)
    asked = ("layers", photo, "--model", MODEL, "--out", tmp_path / "x.png", "--json")
    code, _, err = run(*asked, "--layer", "conv2")
    assert (code, len(left_on_screen(err))) == (1, 1)
    assert "From conv2 on, some numbers of this network are NaN" in err
    assert run(*asked, "--layer", "conv1")[0] == 0
