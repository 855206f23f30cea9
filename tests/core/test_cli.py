from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from alexnet_core import cli
from alexnet_core.models import variants
from alexnet_core.runs.records import RunStatus
from tests.core.conftest import left_on_screen
from tests.lab import Lab

TINY_RUN = [
    *("train", "--recipe", "shapes-quick", "--dataset", "shapes:size=32,train=40,test=20"),
    *("--set", "epochs=1", "--set", "batch_size=8", "--set", "device=cpu"),
]


@pytest.fixture
def run(capsys):
    """Run a command; gives its exit code, standard output and standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = cli.main(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def run_json(run):
    """Run a command with --json; gives the document."""

    def call(*arguments: str):
        code, out, err = run(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    return call


@pytest.fixture
def class_folders(tmp_path: Path) -> Path:
    folder = tmp_path / "pets"
    for number, name in enumerate(("cat", "dög with space")):
        (folder / name).mkdir(parents=True)
        for picture in range(10):
            colour = (40 + picture, 200 * number, 90)
            Image.new("RGB", (20, 16), colour).save(folder / name / f"{picture}.png")
    return folder


def test_models_lists_every_variant(run_json, run):
    found = run_json("models")
    assert [entry["name"] for entry in found] == list(variants.names())
    keys = {
        "name",
        "input_size",
        "num_classes",
        "parameters",
        "trainable_parameters",
        "source",
    }
    assert all(set(entry) == keys for entry in found)
    gfg = next(entry for entry in found if entry["name"] == "alexnet-gfg")
    assert (gfg["parameters"], gfg["trainable_parameters"]) == (28_075_752, 28_056_616)
    assert "28,075,752" in run("models")[1]


@pytest.mark.parametrize("name", variants.names())
def test_describe_gives_every_layer(run_json, name):
    document = run_json("describe", name)
    layers = {layer["name"]: layer for layer in document["layers"]}
    wanted = {"name", "kind", "output_shape", "parameters", "macs", "receptive_field"}
    assert all(wanted <= set(layer) for layer in layers.values())
    assert document["parameters"] == sum(layer["parameters"] for layer in layers.values())
    assert len(layers["conv5"]["output_shape"]) == 3
    assert len(layers["fc6"]["output_shape"]) == 1


def test_data_list_names_known_sets_and_whether_they_are_here(run_json):
    found = {entry["name"]: entry for entry in run_json("data", "list")}
    assert set(found["cifar10"]) == {"name", "here", "classes", "train", "test"}
    assert found["shapes"]["here"] is True
    assert found["cifar10"]["here"] is False


def test_a_folder_becomes_a_data_set(run_json, class_folders):
    card = run_json("data", "import", str(class_folders), "--name", "pets")
    assert card["classes"] == ["cat", "dög with space"]
    assert run_json("data", "show", "pets") == card
    (entry,) = (entry for entry in run_json("data", "list") if entry["name"] == "pets")
    assert (entry["here"], entry["classes"], entry["train"]) == (True, 2, 16)


def test_train_then_evaluate_then_classify(run_json, run, tmp_path):
    summary = run_json(*TINY_RUN)
    assert set(summary) >= {"run", "best_epoch", "validation_top1", "test_top1", "seconds"}
    model = f"run:{summary['run']}"
    dataset = "shapes:size=32,train=40,test=20"
    accuracy = run_json("evaluate", "--model", model, "--dataset", dataset, "--split", "test")
    assert accuracy["top1"] == pytest.approx(summary["test_top1"])
    assert accuracy["n"] == 20
    assert accuracy["top1"] <= accuracy["top5"] <= 1
    good, bad = tmp_path / "good one.png", tmp_path / "bad.jpg"
    Image.new("RGB", (50, 40), "red").save(good)
    bad.write_text("<html>no picture</html>")
    missing = str(tmp_path / "missing.png")
    code, out, err = run(
        "classify", str(good), str(bad), missing, "--model", model, "--top", "3", "--json"
    )
    answers = json.loads(out)
    assert code == 1, err
    assert [answer["file"] for answer in answers] == [str(good), str(bad), missing]
    assert [set(answer) for answer in answers] == [
        {"file", "predictions"},
        {"file", "error"},
        {"file", "error"},
    ]
    predictions = answers[0]["predictions"]
    assert len(predictions) == 3
    assert all(set(guess) == {"label", "probability", "logit"} for guess in predictions)
    probabilities = [guess["probability"] for guess in predictions]
    assert probabilities == sorted(probabilities, reverse=True)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("train", "--recipe", "nope"), 2, "recipe is 'nope'"),
        (("train",), 2, "--recipe is None"),
        ((*TINY_RUN, "--set", "colour=1"), 2, "colour is 1"),
        ((*TINY_RUN, "--set", "epochs=0"), 2, "epochs is 0"),
        ((*TINY_RUN, "--set", "epochs"), 2, "--set is 'epochs'"),
        ((*TINY_RUN, "--resume", "x"), 2, "no other option beside it"),
        (("train", "--resume", "x"), 2, "run is 'x'"),
        (("train", "--recipe", "shapes-quick", "--dataset", "moon"), 2, "dataset is 'moon'"),
        (("train", "--recipe", "cifar10-fast"), 1, "is not on this machine yet"),
        (("describe", "alexnet-2013"), 2, "nearest: alexnet-2012"),
        (("data", "show", "moon"), 2, "dataset is 'moon'"),
        (("data", "import", "nowhere.zip"), 1, "nowhere.zip"),
        (("data", "import", "nowhere.zip", "--percent", "1,2"), 2, "--percent is '1,2'"),
        (("evaluate", "--model", "random:x", "--dataset", "shapes"), 2, "variant is 'x'"),
        (("evaluate", "--model", "moon", "--dataset", "shapes"), 2, "model is 'moon'"),
        (("classify", "x.png", "--model", "random:alexnet-cifar", "--top", "0"), 2, "--top is 0"),
        (("classify", "x.png", "--model", "file:nowhere"), 1, "nowhere"),
        (("frobnicate",), 2, "invalid choice: 'frobnicate'"),
        (("classify",), 2, "required: FILE"),
    ],
)
def test_a_wrong_argument_is_one_sentence(run, arguments, code, says):
    got, out, err = run(*arguments)
    assert got == code
    assert out == ""
    assert says in err
    sentences = [line for line in left_on_screen(err) if not line.startswith("Run ")]
    assert len(sentences) == 1


def test_ctrl_c_saves_and_the_run_goes_on(home):
    command = [sys.executable, "-m", "alexnet_core.cli", *TINY_RUN, "--set", "epochs=1000"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    name = process.stderr.readline().removeprefix("Run ").partition(":")[0]
    history = home / "runs" / name / "history.json"
    deadline = time.monotonic() + 120
    while not history.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, rest
    assert f"alexnet-lab train --resume {name}" in rest
    pointers = json.loads((home / "runs" / name / "pointers.json").read_text())
    assert pointers["interrupted"].startswith("interrupted-")


def test_a_detached_run_is_listed_steered_measured_and_taken_away(run, run_json, home, tmp_path):
    name = run_json(*TINY_RUN, "--set", "epochs=1000", "--detach")["run"]
    lab = Lab(home)
    lab.until_step(name, 10)
    assert run_json("pause", name)["status"] in ("pausing", "paused")
    assert lab.until(name, RunStatus.PAUSED).requested == "pause"
    code, _, err = run("edit", name, "--set", "batch_size=3")
    assert (code, "batch_size is 3; allowed: lr, epochs, early_stopping" in err) == (2, True)
    run_json("edit", name, "--set", f"epochs={lab.store.get(name).epoch + 1}", "--set", "lr=0.001")
    assert run_json("resume", name)["requested"] == "run"
    finished = run_json("watch", name)
    assert (finished["status"], finished["attempts"]) == ("finished", 2)
    (entry,) = run_json("runs")
    assert entry == finished
    assert set(entry) == {
        *("id", "status", "requested", "recipe", "dataset", "epoch", "epochs", "step", "steps"),
        *("attempts", "best_epoch", "best_validation_top1", "reason"),
    }
    assert run_json("show", name)["config"]["batch_size"] == 8
    code, out, _ = run("metrics", name, "--csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert list(rows[0]) == ["name", "step", "epoch", "value", "time"]
    losses = [row for row in rows if row["name"] == "train/loss"]
    assert [int(row["step"]) for row in losses] == list(range(1, entry["steps"] + 1))
    assert lab.store.edits(name)[0].step in range(11, entry["steps"])

    exported = tmp_path / "out.zip"
    run_json("export", name, str(exported))
    with zipfile.ZipFile(exported) as archive:
        archive.extractall(tmp_path)
        inside = {Path(member).relative_to(name).as_posix() for member in archive.namelist()}
    assert inside == {
        *("model/weights.safetensors", "model/card.json"),
        *("config.json", "metrics.csv", "reproduce.py"),
    }
    measured = subprocess.run(
        [sys.executable, str(tmp_path / name / "reproduce.py")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    said = lab.store.get(name).test_top1
    assert measured == f"top-1 {said:.4f}; the card says {said}\n"

    copy = run_json("clone", name, "--set", "epochs=1")
    assert copy["id"] != name
    lab.until(copy["id"], RunStatus.FINISHED)
    assert lab.store.get(copy["id"]).parent == name
    run_json("delete", name, "--yes")
    assert [entry["id"] for entry in run_json("runs")] == [copy["id"]]
    assert not (home / "runs" / name).exists()


def test_listing_starts_without_torch():
    code = (
        "import sys; from alexnet_core import cli; "
        "cli.main(['models']); cli.main(['describe', 'alexnet-2012']); cli.main(['data', 'list']);"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_command_opens_the_lab(monkeypatch):
    became = []

    def become(program: str, arguments: list[str]) -> None:
        became.append(arguments)
        raise SystemExit(0)  # a real execv does not return either

    monkeypatch.setattr(os, "execv", become)
    with pytest.raises(SystemExit):
        cli.main([])
    assert became == [[sys.executable, "-P", "-m", "dashboard"]]
