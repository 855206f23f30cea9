from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from alexnet_core.data import transforms
from alexnet_core.errors import CheckpointError, MismatchError, UnknownNameError
from alexnet_core.models import checkpoint, library, variants
from alexnet_core.models.alexnet import AlexNet, build
from alexnet_core.models.checkpoint import Card
from alexnet_core.models.config import AlexNetConfig


@pytest.fixture
def network(tiny: AlexNetConfig) -> AlexNet:
    return build(tiny, seed=0)


@pytest.fixture
def run(home: Path, network: AlexNet, card: Card) -> Path:
    """A run of three epochs of which the second was best and the first is gone."""
    folder = home / "runs" / "20260102-test"
    for epoch in (2, 3):
        place = folder / "checkpoints" / f"epoch-{epoch:03}"
        checkpoint.save(place, network.state_dict(), card.replace(epoch=epoch))
    (folder / "pointers.json").write_text(json.dumps({"best": 2, "last": 3}))
    return folder


def same(network: AlexNet, other: AlexNet) -> bool:
    ours, theirs = network.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[n], theirs[n]) for n in ours)


def test_a_torchvision_file_answers_as_torchvision_does(tmp_path: Path) -> None:
    from torchvision.models import alexnet

    torch.manual_seed(0)
    theirs = alexnet().eval()
    path = tmp_path / "alexnet.pth"
    torch.save(theirs.state_dict(), path)
    images = torch.randn(2, 3, 224, 224)

    model = library.load(f"file:{path}")
    path.unlink()

    with torch.inference_mode():
        expected, found = theirs(images), model.network(images)
    assert expected.std() > 1e-3
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    assert model.config == variants.get("alexnet-owt").config
    assert model.transform == transforms.imagenet()
    assert model.categories[:2] == ("tench", "goldfish")
    assert model.card is None


def test_a_run_is_its_best_epoch(run: Path, network: AlexNet, card: Card) -> None:
    model = library.load(f"run:{run.name}")

    assert model.reference == f"run:{run.name}"
    assert model.card is not None
    assert model.card.epoch == 2
    assert same(model.network, network)
    assert not model.network.training
    assert (model.config, model.transform) == (card.model, card.transform)
    assert model.categories == card.categories


def test_a_finished_run_is_its_result(run: Path, network: AlexNet, card: Card) -> None:
    checkpoint.save(run / "result", network.state_dict(), card.replace(note="final"))

    model = library.load(f"run:{run.name}")

    assert model.card is not None
    assert model.card.note == "final"


def test_an_epoch_of_a_run_can_be_named(run: Path) -> None:
    model = library.load(f"run:{run.name}@3")

    assert model.card is not None
    assert model.card.epoch == 3


@pytest.mark.parametrize("epoch", ["1", "x", "-1", "²", "../../x", "9" * 5000])
def test_an_epoch_that_is_not_kept_is_answered_with_those_that_are(run: Path, epoch: str) -> None:
    with pytest.raises(UnknownNameError, match="allowed: 2, 3"):
        library.load(f"run:{run.name}@{epoch}")


@pytest.mark.parametrize("name", ["", "nothing", "..", "../runs/20260102-test", "/etc"])
def test_an_unknown_run_is_answered_with_those_there_are(run: Path, name: str) -> None:
    with pytest.raises(UnknownNameError, match="allowed: 20260102-test"):
        library.load(f"run:{name}")


@pytest.mark.parametrize("pointers", ["{}", "", "[]"])
def test_a_run_without_a_finished_epoch_says_so_and_is_not_listed(run: Path, pointers: str) -> None:
    (run / "pointers.json").write_text(pointers)

    with pytest.raises(CheckpointError, match="has no finished epoch to load"):
        library.load(f"run:{run.name}")
    assert not any(entry.reference.startswith("run:") for entry in library.listing())


def test_a_checkpoint_loads_from_anywhere_as_folder_or_file(
    tmp_path: Path, network: AlexNet, card: Card
) -> None:
    folder = tmp_path / "käse und brot"
    checkpoint.save(folder, network.state_dict(), card)

    for reference in (f"file:{folder}", f"file:{folder / 'weights.safetensors'}"):
        model = library.load(reference)
        assert same(model.network, network)
        assert model.categories == card.categories


def test_a_card_lies_beside_a_file_or_inside_it(
    tmp_path: Path, network: AlexNet, card: Card
) -> None:
    checkpoint.save(tmp_path / "saved", network.state_dict(), card)
    moved = (tmp_path / "saved" / "weights.safetensors").rename(tmp_path / "mine.safetensors")
    assert library.load(f"file:{moved}").categories == card.categories

    other = card.replace(categories=("a", "b", "c"))
    moved.with_suffix(".json").write_text(other.to_json())
    assert library.load(f"file:{moved}").categories == ("a", "b", "c")


def test_a_file_without_a_card_is_known_by_its_shapes(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    config = variants.get("alexnet-cifar", num_classes=4).config
    save_file(build(config, seed=0).state_dict(), tmp_path / "x.safetensors")

    model = library.load(f"file:{tmp_path / 'x.safetensors'}")

    assert model.config == config
    assert model.categories == ("class 0", "class 1", "class 2", "class 3")
    assert model.transform.input_size == 32


def test_a_file_of_no_variant_without_a_card_says_what_is_missing(
    tmp_path: Path, network: AlexNet
) -> None:
    from safetensors.torch import save_file

    save_file(network.state_dict(), tmp_path / "x.safetensors")

    with pytest.raises(CheckpointError, match=r"put its card beside it as x\.json"):
        library.load(f"file:{tmp_path / 'x.safetensors'}")


def test_weights_that_are_not_the_cards_are_refused(
    tmp_path: Path, network: AlexNet, card: Card
) -> None:
    wide = card.replace(**{"model.hidden_sizes": (8, 7)})
    checkpoint.save(tmp_path / "saved", network.state_dict(), wide)

    with pytest.raises(MismatchError, match=r"fc7\.weight is 6x8 in the file, but tiny .* 7x8"):
        library.load(f"file:{tmp_path / 'saved'}")


def test_a_card_that_promises_a_huge_network_takes_no_memory(
    tmp_path: Path, network: AlexNet, card: Card
) -> None:
    # 4 x 65,536 x 65,536 weights would be 52 GB if they were made before they are compared.
    wide = card.replace(**{"model.hidden_sizes": (65_536,) * 4})
    checkpoint.save(tmp_path / "saved", network.state_dict(), wide)

    with pytest.raises(MismatchError, match=r"fc6\.weight is 8x36"):
        library.load(f"file:{tmp_path / 'saved'}")


def test_a_random_model_is_the_same_each_time_and_belongs_to_its_caller() -> None:
    first, second = library.load("random:alexnet-cifar"), library.load("random:alexnet-cifar")

    assert same(first.network, second.network)
    assert first.network is not second.network
    assert first.lock is not second.lock
    assert not first.network.training
    assert len(first.categories) == 10


@pytest.mark.parametrize(
    "reference",
    ["", "bundled", "bundled:", "bundled:nothing", "bundled:../models/cifar10", "file:", "file",
     "imagenet:x", "model.pt", "http://localhost/x.pt"],
)  # fmt: skip
def test_an_unknown_reference_is_answered_with_what_there_is(reference: str) -> None:
    with pytest.raises(
        UnknownNameError, match=r"model is .*imagenet.*random:alexnet-2012.*file:PATH"
    ):
        library.load(reference)


def test_an_unknown_variant_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="nearest: alexnet-owt"):
        library.load("random:alexnet-own")


def test_imagenet_says_how_to_bring_it() -> None:
    with pytest.raises(CheckpointError, match="weights download.* weights import FILE"):
        library.load("imagenet")


def test_the_list_names_all_there_is_and_what_is_not_here_yet(
    run: Path, tmp_path: Path, network: AlexNet, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.save(tmp_path / "models" / "pets", network.state_dict(), card)
    monkeypatch.setattr(library, "assets", lambda: tmp_path / "models")

    found = {entry.reference: entry for entry in library.listing()}

    assert list(found) == [
        "bundled:pets",
        "imagenet",
        f"run:{run.name}",
        *(f"random:{name}" for name in variants.names()),
    ]
    assert [reference for reference, entry in found.items() if not entry.here] == ["imagenet"]
    assert found["bundled:pets"].title == "pets, 3 classes (ships with the lab)"
    assert found[f"run:{run.name}"].title == f"cifar10-fast on pets, epoch 2 ({run.name})"
    assert library.load("bundled:pets").categories == card.categories


def test_one_damaged_card_does_not_hide_the_others(run: Path) -> None:
    (run / "checkpoints" / "epoch-002" / "card.json").write_text("{")

    titles = {entry.reference: entry.title for entry in library.listing()}

    assert titles[f"run:{run.name}"] == f"{run.name} (its card can't be read)"


def test_what_ships_is_small_and_answers() -> None:
    model = library.load("bundled:cifar10")
    folder = library.assets() / "cifar10"

    assert sum(path.stat().st_size for path in folder.iterdir()) <= 12e6
    assert len(model.categories) == 10
    assert model.card is not None
    assert model.card.command
    assert model.card.metrics["test_top1"] > 0.85
    assert {weight.dtype for weight in model.network.parameters()} == {torch.float32}


def test_what_a_reference_means_changes_with_its_weights(
    run: Path, network: AlexNet, card: Card, tmp_path: Path
) -> None:
    first = library.identity(f"run:{run.name}")
    assert library.identity(f"run:{run.name}") == first
    assert library.identity(f"run:{run.name}@2") == first
    (run / "pointers.json").write_text(json.dumps({"best": 3}))
    assert library.identity(f"run:{run.name}") != first
    checkpoint.save(tmp_path / "own", network.state_dict(), card)
    here = library.identity(f"file:{tmp_path / 'own'}")
    (tmp_path / "own" / checkpoint.WEIGHTS).unlink()
    assert library.identity(f"file:{tmp_path / 'own'}") != here
    assert library.identity("random:alexnet-cifar") == "random:alexnet-cifar"
    for unknown in ("random:nothing", "bundled:nothing", "run:nothing", "nothing"):
        with pytest.raises(UnknownNameError):
            library.identity(unknown)
