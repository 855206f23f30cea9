from __future__ import annotations

import itertools
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from alexnet_core.errors import DatasetNotHereError, DiskFullError, DivergedError, UnknownNameError
from alexnet_core.evaluation.evaluate import evaluate
from alexnet_core.models import checkpoint, library
from alexnet_core.training import epoch_records, run
from alexnet_core.training.config import RunConfig
from alexnet_core.training.metrics import StepMetrics
from tests.core.training.listener import Listener

DRAWN = "shapes:size=16,train=60,test=20"


@pytest.fixture
def config(tiny_config):
    return tiny_config(dataset=DRAWN, epochs=2, batch_size=16, validation_percent=20)


def execute(config, name: str = "r", *, command: str = "", resume: bool = False, **heard):
    """Run it; ``heard`` are methods of the callback."""
    callback = Listener(**heard)
    return run.execute(config, run=name, callback=callback, command=command, resume=resume)


def folder(home: Path, name: str = "r") -> Path:
    return home / "runs" / name


def test_a_run_leaves_config_history_checkpoints_and_result(config, home):
    summary = execute(config, command="alexnet-lab train")
    assert summary.reason == "finished"
    stored = RunConfig.from_json((folder(home) / "config.json").read_bytes())
    assert stored == config.replace(**{"model.num_classes": 10})
    history = json.loads((folder(home) / "history.json").read_text())
    assert [metrics["epoch"] for metrics in history] == [1, 2]
    card = checkpoint.load_card(folder(home) / "result")
    assert card.model.num_classes == len(card.categories) == 10
    assert card.metrics["test_top1"] == summary.test_top1
    assert card.metrics["validation_top1"] == pytest.approx(summary.validation_top1)
    assert (card.command, card.recipe, card.dataset) == ("alexnet-lab train", "custom", DRAWN)
    assert card.seconds == pytest.approx(sum(metrics["seconds"] for metrics in history))
    kept = {path.name for path in (folder(home) / "checkpoints").iterdir()}
    assert kept == {"epoch-001", "epoch-002"}


def test_checkpoints_that_take_too_much_room_are_thinned_out(config, home):
    summary = execute(config.replace(epochs=4, keep_gb=1e-9))
    kept = {path.name for path in (folder(home) / "checkpoints").iterdir()}
    assert kept == {"epoch-004", f"epoch-{summary.best_epoch:03}"}


def test_a_damaged_checkpoint_gives_way_to_the_one_before(config, home):
    whole = execute(config.replace(epochs=3), "whole")
    calls = itertools.count()
    execute(config.replace(epochs=3), should_stop=lambda: next(calls) >= 2 * 3 + 1)
    newest = sorted((folder(home) / "checkpoints").iterdir())
    assert [path.name[:5] for path in newest] == ["epoch", "epoch", "inter"]
    for damaged in newest[1:]:
        whole_file = (damaged / "resume.pt").read_bytes()
        (damaged / "resume.pt").write_bytes(whole_file[: len(whole_file) // 2])
    said = []
    again = execute(config.replace(epochs=3), resume=True, on_note=said.append)
    assert again.reason == "finished"
    assert "is damaged or cut short" in said[0]
    assert "goes on from the checkpoint before" in said[0]
    assert again.test_top1 == whole.test_top1
    _, expected = checkpoint.load(folder(home, "whole") / "checkpoints" / "epoch-003")
    _, found = checkpoint.load(folder(home) / "checkpoints" / "epoch-003")
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_full_disk_is_noticed_before_a_checkpoint_is_begun(config, home, monkeypatch):
    class Full(NamedTuple):
        free: int = 2**20

    monkeypatch.setattr("shutil.disk_usage", lambda path: Full())
    with pytest.raises(DiskFullError, match="has 1 MB free"):
        execute(config)
    assert not (folder(home) / "pointers.json").exists()
    assert not list((folder(home) / "checkpoints").glob("*"))


def test_each_epoch_leaves_confusion_pinned_answers_and_filters(config):
    execute(config)
    assert epoch_records.listing("r") == (1, 2)
    pinned = epoch_records.pinned_pictures("r")
    assert len(pinned) == 8
    assert len({picture.label for picture in pinned}) == 8
    assert pinned[0].pixels.shape == (16, 16, 3)
    last = epoch_records.load("r", 2)
    assert last.kept
    assert last.probabilities.shape == (8, 10)
    assert last.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert last.confusion.sum() == 10
    assert last.filters.shape == (4, 3, 3, 3)
    # The answers are the kept network's own.
    model = library.load("run:r@2")
    pixels = torch.from_numpy(np.stack([picture.pixels for picture in pinned]))
    with torch.inference_mode():
        expected = model.network(model.transform.normalise(pixels)).softmax(dim=1)
    assert torch.allclose(torch.from_numpy(last.probabilities), expected, atol=0.02)
    with pytest.raises(UnknownNameError, match="epoch is '3'; allowed: 1, 2"):
        epoch_records.load("r", 3)


def test_the_result_evaluates_to_what_the_run_said(config):
    summary = execute(config)
    accuracy = evaluate(library.load("run:r"), DRAWN, "test")
    assert accuracy.top1 == pytest.approx(summary.test_top1)
    assert accuracy.n == 20


@pytest.mark.parametrize("stop_at", [1, 4])
def test_a_stopped_run_is_resumed_to_the_same_weights(config, home, stop_at):
    execute(config, "whole")
    calls = itertools.count()
    stopped = execute(config, "parts", should_stop=lambda: next(calls) >= stop_at)
    assert stopped.reason == "stopped"
    assert stopped.test_top1 is None
    resumed = execute(config, "parts", resume=True)
    assert resumed.reason == "finished"
    _, whole = checkpoint.load(folder(home, "whole") / "checkpoints" / "epoch-002")
    _, parts = checkpoint.load(folder(home, "parts") / "checkpoints" / "epoch-002")
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert not list(folder(home, "parts").glob("checkpoints/interrupted-*"))


def test_a_diverged_run_keeps_the_last_good_epoch(config, home, monkeypatch):
    from alexnet_core.training.learner import Learner

    learn = Learner.learn

    def poisoned(self, batch):
        result = learn(self, batch)
        return result * torch.nan if self.step > 4 else result

    monkeypatch.setattr(Learner, "learn", poisoned)
    with pytest.raises(DivergedError, match="nan at step 5"):
        execute(config)
    assert [path.name for path in (folder(home) / "checkpoints").iterdir()] == ["epoch-001"]
    assert library.load("run:r").card.epoch == 1


def test_finetuning_starts_from_given_weights_and_keeps_frozen_ones(config, home):
    execute(config, "source")
    tuned = config.replace(
        start_from="run:source",
        freeze_features=True,
        dataset="shapes:size=16,train=60,test=20,seed=5",
    )
    execute(tuned, "tuned")
    before = library.load("run:source").network.state_dict()
    after = library.load("run:tuned").network.state_dict()
    assert torch.equal(before["conv3.weight"], after["conv3.weight"])
    assert not torch.equal(before["fc6.weight"], after["fc6.weight"])


def test_what_is_not_there_is_named(config):
    with pytest.raises(DatasetNotHereError, match="not on this machine"):
        execute(config.replace(dataset="cifar10"))
    with pytest.raises(UnknownNameError, match="dataset is 'moon'"):
        execute(config.replace(dataset="moon"))


def test_no_validation_trains_on_everything(config):
    summary = execute(config.replace(validation_percent=0))
    assert summary.validation_top1 is None
    assert summary.best_epoch == 2
    assert summary.test_top1 is not None


def test_a_run_that_an_earlier_release_began_goes_on(home):
    """Stopped in its second epoch of three, after step 4, by the release of before this tree."""
    with zipfile.ZipFile(Path(__file__).with_name("run-of-0.1.0.zip")) as archive:
        archive.extractall(home / "runs")
    began = RunConfig.from_json((folder(home, "before") / "config.json").read_bytes())
    before = json.loads((folder(home, "before") / "history.json").read_text())
    seen = []
    summary = execute(began, "before", resume=True, on_metrics=seen.append)
    assert summary.reason == "finished"
    steps = [metrics.step for metrics in seen if isinstance(metrics, StepMetrics)]
    assert steps == list(range(5, 10))
    history = json.loads((folder(home, "before") / "history.json").read_text())
    assert history[:1] == before
    assert [metrics["epoch"] for metrics in history] == [1, 2, 3]
    card = checkpoint.load_card(folder(home, "before") / "result")
    assert (card.command, card.metrics["test_top1"]) == ("alexnet-lab train", summary.test_top1)
    assert epoch_records.listing("before") == (1, 2, 3)
    assert len(epoch_records.pinned_pictures("before")) == 8
