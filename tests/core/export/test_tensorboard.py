from __future__ import annotations

import sys
import time

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from alexnet_core import home as homes
from alexnet_core.errors import HomeError, TrainingError, UnknownNameError
from alexnet_core.export.tensorboard import write_events
from alexnet_core.runs.records import MetricPoint, Run
from alexnet_core.runs.store import Store


@pytest.fixture
def logged(home) -> str:
    """A run of three steps."""
    store = Store.open()
    store.add(
        Run(
            id="short",
            lab=homes.lab(),
            recipe="x",
            dataset="shapes",
            config={"epochs": 1},
            created=time.time(),
        )
    )
    store.log("short", [MetricPoint("train/loss", s, 1, 1.5 / s, 100.0 + s) for s in (1, 2, 3)])
    return "short"


def test_every_figure_with_its_step_and_time(logged, tmp_path):
    folder = write_events(logged, tmp_path)
    assert folder == tmp_path / "short"
    events = EventAccumulator(str(folder))
    events.Reload()
    assert events.Tags()["scalars"] == ["train/loss"]
    found = [(event.step, event.value, event.wall_time) for event in events.Scalars("train/loss")]
    assert found == [(1, 1.5, 101.0), (2, 0.75, 102.0), (3, 0.5, 103.0)]
    (text,) = events.Tensors("config/text_summary")
    assert b'"epochs": 1' in text.tensor_proto.string_val[0]


def test_what_stands_in_the_way_is_said(logged, tmp_path, monkeypatch):
    with pytest.raises(UnknownNameError, match="none"):
        write_events("none", tmp_path)
    write_events(logged, tmp_path)
    with pytest.raises(TrainingError, match="is not empty"):
        write_events(logged, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(HomeError, match="can't be written"):
        write_events(logged, tmp_path / "file")
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(TrainingError, match=r"alexnet-lab\[tensorboard\]"):
        write_events(logged, tmp_path / "new")
