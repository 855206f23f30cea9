from __future__ import annotations

import os
import pickle
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from alexnet_core.errors import CheckpointError, UnsafeCheckpointError
from alexnet_core.models.foreign import pytorch


class Call:
    """Pickles to a call of a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[object, ...]:
        return self.call


def test_a_plain_state_dict_is_read_whole(tmp_path: Path) -> None:
    shared = torch.arange(12.0).view(3, 4)
    table = {"a": shared, "b": shared.T, "half": torch.ones(2, dtype=torch.float16)}
    torch.save(
        {"state_dict": {f"module.{name}": value for name, value in table.items()}},
        tmp_path / "w.pth",
    )

    found = pytorch.read(tmp_path / "w.pth")

    assert found.keys() == table.keys()
    assert all(torch.equal(found[name], value) for name, value in table.items())
    assert found["half"].dtype == torch.float16


def test_what_a_file_is_its_bytes_decide(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "weights.pth")

    assert pytorch.read(tmp_path / "weights.pth")["a"].tolist() == [1, 1]


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_a_pickle_with_code_is_refused_and_the_code_never_ran(form: str, tmp_path: Path) -> None:
    path, trace = tmp_path / "weights.pt", tmp_path / "ran"
    content = {"conv1.weight": Call(os.system, f"touch {trace}")}
    if form == "pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")

    with pytest.raises(UnsafeCheckpointError, match=r"weights\.pt could run code") as caught:
        pytorch.read(path)

    assert not trace.exists()
    assert "\n" not in str(caught.value)
    assert form == "pickle" or f"{os.system.__module__}.system" in str(caught.value)


def test_a_truncated_pytorch_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"a": torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[:2000])

    with pytest.raises(CheckpointError, match=r"weights\.pt is damaged or cut short"):
        pytorch.read(path)


def test_a_truncated_safetensors_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"a": torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(CheckpointError, match="damaged or cut short"):
        pytorch.read(path)


def deflated(path: Path) -> None:
    """300 MB of zeros in 300 KB: a ZIP that really is compressed."""
    plain = path.with_suffix(".plain")
    torch.save({"a": torch.zeros(300 * 2**20, dtype=torch.uint8)}, plain)
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for entry in source.infolist():
            target.writestr(entry.filename, source.read(entry))
    plain.unlink()


def stretched(path: Path) -> None:
    """One stored number that claims to be 32 GB."""
    torch.save({"a": torch.zeros(1).expand(2**30, 8)}, path)


def greedy(path: Path) -> None:
    """A call that may run, and asks for 64 GB."""
    torch.save({"a": Call(bytearray, 2**36)}, path)


@pytest.mark.parametrize(
    "bomb",
    [
        deflated,
        stretched,
        pytest.param(
            greedy,
            marks=pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's"),
        ),
    ],
)
def test_a_small_file_that_unpacks_hugely_is_refused(bomb: object, tmp_path: Path) -> None:
    path = tmp_path / "bomb.pt"
    bomb(path)  # type: ignore[operator]
    assert path.stat().st_size < 2 * 2**20

    with pytest.raises(CheckpointError, match="unpacks to far more than its size"):
        pytorch.read(path)


def test_a_file_without_a_table_of_tensors_is_refused(tmp_path: Path) -> None:
    torch.save({"epoch": 3, "weights": [torch.ones(2)]}, tmp_path / "weights.pt")

    with pytest.raises(CheckpointError, match="no table of named tensors"):
        pytorch.read(tmp_path / "weights.pt")


@pytest.mark.parametrize(
    "content", [b"", b"<!DOCTYPE html><html></html>", b"\xff\xd8\xff\xe0JFIF "]
)
def test_what_is_no_file_of_weights_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(content)

    with pytest.raises(CheckpointError, match=r"weights\.pt is no file of weights"):
        pytorch.read(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="can't be read"):
        pytorch.read(tmp_path / "nothing.pt")
    with pytest.raises(CheckpointError, match="can't be read"):
        pytorch.read(tmp_path)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.pt"
    with path.open("wb") as file:
        file.write(b"PK\3\4")
        file.truncate(pytorch.MOST_BYTES + 1)

    with pytest.raises(CheckpointError, match="the lab reads up to 2"):
        pytorch.read(path)
