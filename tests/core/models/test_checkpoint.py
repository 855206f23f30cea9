from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
import torch

from alexnet_core.errors import (
    CheckpointError,
    ConfigError,
    DiskFullError,
    LabError,
    UnsafeCheckpointError,
)
from alexnet_core.models import checkpoint
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.checkpoint import Card
from alexnet_core.models.config import AlexNetConfig


@pytest.fixture
def network(tiny: AlexNetConfig) -> AlexNet:
    return build(tiny, seed=0)


@pytest.fixture
def saved(tmp_path: Path, network: AlexNet, card: Card) -> Path:
    folder = tmp_path / "runs" / "epoch-001"
    checkpoint.save(folder, network.state_dict(), card, {"step": 3, "moments": [torch.ones(2)]})
    return folder


def test_weights_and_card_come_back_as_they_were(saved: Path, network: AlexNet, card: Card) -> None:
    found, weights = checkpoint.load(saved)

    assert found.replace(weights_sha256="", weights_dtype="") == card
    assert found.weights_dtype == "float32"
    assert len(found.weights_sha256) == 64
    assert weights.keys() == network.state_dict().keys()
    assert all(torch.equal(weights[name], value) for name, value in network.state_dict().items())


def test_a_card_survives_json_and_is_plain_to_read(saved: Path, card: Card) -> None:
    assert Card.from_json(card.to_json()) == card
    document = json.loads((saved / "card.json").read_text(encoding="utf-8"))
    assert document["categories"] == list(card.categories)
    assert document["transform"]["input_size"] == 32
    assert document["model"]["name"] == "tiny"


def test_weights_that_left_their_folder_still_carry_their_card(
    saved: Path, tmp_path: Path, card: Card
) -> None:
    moved = (saved / "weights.safetensors").rename(tmp_path / "lonely.safetensors")

    inside = checkpoint.card_inside(moved)

    assert inside is not None
    assert (inside.categories, inside.transform) == (card.categories, card.transform)


def test_half_precision_and_channels_last_weights_are_kept(
    tmp_path: Path, network: AlexNet, card: Card
) -> None:
    state = network.to(memory_format=torch.channels_last).half().state_dict()

    published = checkpoint.save(tmp_path / "half", state, card)

    assert published.weights_dtype == "float16"
    weights = checkpoint.load_weights(tmp_path / "half")
    assert torch.equal(weights["conv2.weight"], state["conv2.weight"])


def test_what_a_run_needs_to_go_on_comes_back(saved: Path) -> None:
    state = checkpoint.load_resume(saved)

    assert state["step"] == 3
    assert torch.equal(state["moments"][0], torch.ones(2))


def test_a_checkpoint_without_it_says_so(tmp_path: Path, network: AlexNet, card: Card) -> None:
    checkpoint.save(tmp_path / "plain", network.state_dict(), card)

    assert not (tmp_path / "plain" / "resume.pt").exists()
    with pytest.raises(CheckpointError, match="nothing to go on from"):
        checkpoint.load_resume(tmp_path / "plain")


class Code:
    """Pickles to a call that leaves a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.trace}",)


def test_code_in_resume_state_is_refused_and_never_ran(saved: Path, tmp_path: Path) -> None:
    torch.save({"step": Code(tmp_path / "ran")}, saved / "resume.pt")

    with pytest.raises(UnsafeCheckpointError, match="could run code"):
        checkpoint.load_resume(saved)
    assert not (tmp_path / "ran").exists()


def test_a_truncated_resume_state_is_named_as_such(saved: Path) -> None:
    path = saved / "resume.pt"
    path.write_bytes(path.read_bytes()[:-200])

    with pytest.raises(CheckpointError, match=r"resume\.pt is damaged or cut short"):
        checkpoint.load_resume(saved)


def test_a_published_checkpoint_is_never_written_again(
    saved: Path, network: AlexNet, card: Card
) -> None:
    before = {path.name: path.read_bytes() for path in saved.iterdir()}

    with pytest.raises(FileExistsError):
        checkpoint.save(saved, network.state_dict(), card.replace(epoch=8))

    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before
    assert list(saved.parent.iterdir()) == [saved]


@pytest.mark.parametrize("file", ["weights.safetensors", "card.json", "resume.pt"])
def test_a_disk_that_fills_up_leaves_nothing(
    file: str, tmp_path: Path, network: AlexNet, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def full(self: Path, *arguments: object, **options: object) -> object:
        if self.name == file:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)

    with pytest.raises(DiskFullError, match="is full"):
        checkpoint.save(tmp_path / "runs" / "epoch-001", network.state_dict(), card, {"step": 1})

    assert list((tmp_path / "runs").iterdir()) == []


def test_a_failure_of_our_own_leaves_nothing_either(
    tmp_path: Path, network: AlexNet, card: Card
) -> None:
    with pytest.raises(AttributeError):
        checkpoint.save(tmp_path / "runs" / "x", {"conv1.weight": "no tensor"}, card)  # type: ignore[dict-item]

    folder = tmp_path / "runs"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_changed_weights_are_noticed(saved: Path) -> None:
    path = saved / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    with pytest.raises(CheckpointError, match="its hash is not the card's"):
        checkpoint.load(saved)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no usable card"),
        ("{", "no usable card"),
        ("[]", "no usable card"),
        ('{"categories": []}', "model is None"),
        ('{"colour": "red"}', "no usable card"),
    ],
)
def test_a_damaged_card_is_one_sentence(saved: Path, text: str, words: str) -> None:
    (saved / "card.json").write_text(text)

    with pytest.raises(CheckpointError, match=words) as caught:
        checkpoint.load(saved)
    assert "\n" not in str(caught.value)


def test_a_card_of_another_encoding_or_none_at_all_is_one_sentence(saved: Path) -> None:
    (saved / "card.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CheckpointError, match="No card can be read"):
        checkpoint.load_card(saved)
    (saved / "card.json").unlink()
    with pytest.raises(CheckpointError, match="No card can be read"):
        checkpoint.load_card(saved)


def test_a_folder_without_weights_says_so(saved: Path) -> None:
    (saved / "weights.safetensors").unlink()

    with pytest.raises(CheckpointError, match=r"weights\.safetensors can't be read"):
        checkpoint.load(saved)


def test_categories_and_transform_have_to_fit_the_network(card: Card) -> None:
    with pytest.raises(ConfigError, match="categories is '2 names'; allowed: 3 names"):
        card.replace(categories=("a", "b"))
    with pytest.raises(ConfigError, match="allowed: 32, the model's own"):
        card.replace(**{"transform.input_size": 30})


def test_a_home_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, network: AlexNet, card: Card
) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(LabError, match="can't be written"):
        checkpoint.save(tmp_path / "file" / "epoch-001", network.state_dict(), card)
