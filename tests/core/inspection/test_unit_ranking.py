from __future__ import annotations

import errno
import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_core.data import datasets
from alexnet_core.data.importing.importer import import_dataset
from alexnet_core.data.transforms import Transform
from alexnet_core.errors import (
    CancelledError,
    CheckpointError,
    ConfigError,
    DataError,
    DiskFullError,
    UnknownNameError,
)
from alexnet_core.inspection import ranking_files, unit_ranking
from alexnet_core.inspection.capture import capture
from alexnet_core.inspection.receptive_field import field, on_original
from alexnet_core.inspection.top_activations import TopActivations
from alexnet_core.inspection.unit_ranking import load, rank
from alexnet_core.models.alexnet import build
from alexnet_core.models.config import AlexNetConfig
from alexnet_core.models.library import LoadedModel

SHAPES = "shapes:train=10,test=40,size=24"
NETWORK = AlexNetConfig(
    name="tiny",
    input_size=20,
    num_classes=3,
    conv_channels=(4, 6, 6, 6, 4),
    conv_kernels=(3, 3, 3, 3, 3),
    conv_strides=(1, 1, 1, 1, 1),
    conv_paddings=(1, 1, 1, 1, 1),
    norm="batch",
    norm_position="before_activation",
    hidden_sizes=(8, 6),
    initialisation="he",
)
RANKED = [
    name
    for name in (spec.name for spec in NETWORK.layers())
    if name[:4] in ("conv", "relu") or name[:2] == "fc"
]


def fresh(seed: int = 0) -> LoadedModel:
    return LoadedModel(
        reference="random:tiny",
        network=build(NETWORK, seed).eval(),
        config=NETWORK,
        transform=Transform(input_size=20, resize=22),
        categories=("a", "b", "c"),
        card=None,
    )


@pytest.fixture(scope="module")
def by_hand() -> dict[str, np.ndarray[Any, Any]]:
    """What every ranked layer gives for every picture, (N, C, H, W) or (N, features)."""
    model, dataset = fresh(), datasets.open(SHAPES)
    passes = [capture(model, dataset.picture("test", n)).outputs for n in range(40)]
    return {name: np.stack([outputs[name] for outputs in passes]) for name in RANKED}


@pytest.fixture
def pets(tmp_path: Path) -> str:
    """A stored data set of 30 test pictures."""
    random = np.random.default_rng(0)
    for animal in ("cat", "dog"):
        for number in range(15):
            path = tmp_path / "pets" / "test" / animal / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            levels = random.integers(0, 256, (26, 30, 3), np.uint8)
            Image.fromarray(levels).save(path)
        path = tmp_path / "pets" / "train" / animal / "0.png"
        path.parent.mkdir(parents=True)
        Image.new("RGB", (30, 26), "red").save(path)
    import_dataset(tmp_path / "pets", name="pets", percent=(80, 10, 10))
    return "pets"


def halves(home: Path) -> list[Path]:
    return [path for path in home.glob("inspection/*") if path.suffix != ".lock"]


@pytest.mark.parametrize("portion", [1, 7, 256])
def test_the_strongest_are_those_that_a_search_by_hand_finds(
    by_hand: dict[str, np.ndarray[Any, Any]], portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_ranking, "_MOST_PICTURES", portion)
    told: list[tuple[int, int]] = []
    found = rank(fresh(), SHAPES, progress=lambda done, total: told.append((done, total)))

    assert told[-1] == (40, 40)
    assert len(told) == math.ceil(40 / portion)
    assert list(found.layers) == RANKED
    labels = datasets.open(SHAPES).labels("test")
    checked = 0
    for layer, values in by_hand.items():
        best = values.reshape(*values.shape[:2], -1).max(2)
        for unit in range(values.shape[1]):
            patches = found.patches(layer, unit, 16)
            expected = np.sort(best[:, unit])[::-1][:16]
            if layer.startswith("relu"):
                expected = expected[expected > 0]
            assert [patch.value for patch in patches] == pytest.approx(expected.tolist(), abs=1e-4)
            assert len({patch.picture for patch in patches}) == len(patches)
            for patch in patches:
                there = values[patch.picture, unit]
                at = there[patch.row, patch.column] if there.ndim else there
                assert float(at) == pytest.approx(patch.value, abs=1e-4)
                assert patch.label == found.about.classes[labels[patch.picture]]
                seen = field(NETWORK, layer, patch.row, patch.column)
                assert patch.box == on_original(seen, found.about.transform, (24, 24))
                checked += 1
            share = (best[:, unit] > 0).mean()
            assert found.fires(layer)[unit] == pytest.approx(share, abs=1e-9)
    assert checked > 500


def test_it_is_worked_out_once_for_each_checkpoint_and_data_set() -> None:
    told: list[int] = []
    first = rank(fresh(), SHAPES)
    again = rank(fresh(), SHAPES, progress=lambda done, total: told.append(done))
    assert not told
    assert again.patches("conv2", 3) == first.patches("conv2", 3)
    assert again.about == first.about
    read = load(fresh(), SHAPES)
    assert read is not None
    assert read.patches("fc8", 1) == first.patches("fc8", 1)
    assert load(fresh(seed=1), SHAPES) is None
    assert load(fresh(), SHAPES, "train") is None
    assert load(fresh(), "shapes:train=10,test=41,size=24") is None


def test_a_damaged_file_counts_for_nothing() -> None:
    rank(fresh(), SHAPES)
    path = ranking_files.path_of(ranking_files.key(fresh(), datasets.open(SHAPES), "test"))
    path.write_bytes(path.read_bytes()[:-1000])
    assert load(fresh(), SHAPES) is None
    assert rank(fresh(), SHAPES).patches("conv1", 0)
    assert load(fresh(), SHAPES) is not None


def test_two_at_once_do_the_work_once() -> None:
    told: list[int] = []
    found: list[TopActivations] = []

    def work() -> None:
        found.append(rank(fresh(), SHAPES, progress=lambda done, total: told.append(done)))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [40]
    assert found[0].patches("conv3", 2) == found[1].patches("conv3", 2)


def test_who_cancels_keeps_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_ranking, "_MOST_PICTURES", 10)
    done: list[int] = []
    with pytest.raises(CancelledError, match="was cancelled; nothing of it is kept"):
        rank(
            fresh(),
            SHAPES,
            progress=lambda at, total: done.append(at),
            cancelled=lambda: len(done) == 2,
        )
    assert done == [10, 20]
    assert not halves(home)


def test_a_data_set_that_vanishes_in_the_middle_is_a_sentence(
    home: Path, pets: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_ranking, "_MOST_PICTURES", 10)

    def vanish(done: int, total: int) -> None:
        if done == 10:
            datasets.delete(pets)

    with pytest.raises(DataError, match="pets was removed or changed while its pictures were"):
        rank(fresh(), pets, progress=vanish)
    assert not halves(home)


def test_a_picture_s_own_size_decides_its_box(pets: str) -> None:
    found = rank(fresh(), pets)
    assert found.sizes.tolist() == [[30, 26]] * 30
    boxes = [patch.box for unit in range(8) for patch in found.patches("fc6", unit)]
    # 20 of the 22 pixels to which the short side was resized, in the middle.
    short = 26 * 20 / 22
    assert {round(box.bottom - box.top, 3) for box in boxes} == {round(short, 3)}
    assert {(box.left > 0, box.right < 30) for box in boxes} == {(True, True)}


def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFullError, match="is full; free some room first"):
        rank(fresh(), SHAPES)
    monkeypatch.undo()
    assert not list(home.glob("inspection/*.safetensors"))
    assert not list(home.glob("inspection/.partial-*"))


def test_what_a_killed_process_left_is_cleared_away(home: Path) -> None:
    name = ranking_files.key(fresh(), datasets.open(SHAPES), "test")
    half = home / "inspection" / f".partial-0-{name}.safetensors"
    other = half.with_name(".partial-0-other.safetensors")
    half.parent.mkdir(parents=True)
    half.touch()
    other.touch()
    rank(fresh(), SHAPES)
    assert not half.exists()
    assert other.exists()


def test_a_network_that_broke_has_no_order() -> None:
    model = fresh()
    with torch.no_grad():
        model.network.get_submodule("conv3").weight[1].fill_(math.nan)
    with pytest.raises(CheckpointError, match="NaN or infinity in conv3"):
        rank(model, SHAPES)
    assert model.lock.acquire(blocking=False)


def test_a_unit_that_never_fires_has_no_patches() -> None:
    model = fresh()
    with torch.no_grad():
        model.network.get_submodule("norm1").bias[2] = -1000.0
    found = rank(model, SHAPES)
    assert found.patches("relu1", 2) == ()
    assert len(found.patches("conv1", 2)) == 9
    assert found.fires("relu1")[2] == 0
    assert found.dead("relu1") == 0.25
    assert found.dead("conv1") == 0


def test_what_is_not_there_is_refused() -> None:
    found = rank(fresh(), SHAPES)
    with pytest.raises(UnknownNameError, match="layer is 'pool1'"):
        found.patches("pool1", 0)
    with pytest.raises(ConfigError, match="channel is 6; allowed: 0 to 5, as conv2 has"):
        found.patches("conv2", 6)
    with pytest.raises(ConfigError, match="count is 17; allowed: 1 to 16"):
        found.patches("conv2", 0, 17)
    with pytest.raises(DataError, match="has no val split"):
        rank(fresh(), SHAPES, "val")
    with pytest.raises(UnknownNameError, match="dataset is 'moon'"):
        rank(fresh(), "moon")


def test_fewer_pictures_than_patches_are_all_ranked() -> None:
    found = rank(fresh(), "shapes:train=10,test=5,size=24")
    assert len(found.patches("conv2", 0, 16)) == 5
