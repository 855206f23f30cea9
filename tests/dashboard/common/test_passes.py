from __future__ import annotations

import gc
import gzip
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from alexnet_core.errors import CheckpointError, LabError, UnknownNameError
from alexnet_core.inspection import ablation, filters, receptive_field
from alexnet_core.inspection.ablation import Ablation
from alexnet_core.inspection.capture import capture
from alexnet_core.models import checkpoint, library
from alexnet_core.models.alexnet import build
from alexnet_core.models.checkpoint import Card
from alexnet_core.models.config import AlexNetConfig
from dashboard.common import caches
from dashboard.common.passes import passes, wire
from tests.dashboard.conftest import checked, first_page
from tests.dashboard.server.test_routes import get

MODELS = ("bundled:cifar10", "random:alexnet-cifar")


def unpacked(sent: bytes) -> tuple[dict[str, Any], np.ndarray]:
    """The head and the bytes of what a browser gets."""
    length = int.from_bytes(sent[:4], "little")
    return json.loads(sent[4 : 4 + length]), np.frombuffer(sent[4 + length :], np.uint8)


def look(model: str = MODELS[0], sample: str = "cat") -> passes.Inside:
    return passes.look(caches.sample(sample), model)


@pytest.fixture
def run(home: Path) -> Callable[[int], None]:
    """A run of a tiny network; called with an epoch it makes that one its best."""
    config = AlexNetConfig(
        name="tiny", input_size=32, num_classes=3, conv_channels=(4, 8, 8, 8, 4),
        conv_kernels=(3,) * 5, conv_strides=(1,) * 5, conv_paddings=(1,) * 5, towers=1,
        hidden_sizes=(8, 6), initialisation="he",
    )  # fmt: skip
    folder = home / "runs" / "going"

    def best(epoch: int) -> None:
        network = build(config, seed=epoch)
        card = Card(
            model=config, categories=("a", "b", "c"), epoch=epoch, dataset="shapes",
            transform=library.load(MODELS[1]).transform,
        )  # fmt: skip
        place = folder / "checkpoints" / f"epoch-{epoch:03}"
        checkpoint.save(place, network.state_dict(), card)
        (folder / "pointers.json").write_text(json.dumps({"best": epoch}))

    return best


def test_a_pass_is_made_once_and_named_by_picture_and_model() -> None:
    first = look()
    assert look() is first
    assert passes.captured(caches.sample("cat"), MODELS[0]) is first.captured
    others = {look(sample="coffee").token, look(MODELS[1]).token}
    assert len(others | {first.token}) == 3
    assert passes.by_token(first.token) is first


def test_a_run_that_moves_on_is_looked_into_anew(run: Callable[[int], None]) -> None:
    run(1)
    first = look("run:going")
    assert look("run:going") is first
    run(2)
    second = look("run:going")
    assert second.token != first.token
    assert second.model.card is not None
    assert second.model.card.epoch == 2
    assert caches.model("run:going") is second.model
    assert not np.array_equal(first.captured.logits, second.captured.logits)
    best = caches.answer(caches.sample("cat"), "run:going").predictions[0]
    assert best.logit == pytest.approx(float(second.captured.logits.max()), abs=1e-5)


def test_a_checkpoint_that_was_deleted_is_one_sentence(
    run: Callable[[int], None], home: Path
) -> None:
    run(1)
    look("run:going")
    folder = home / "runs" / "going"
    (folder / "checkpoints" / "epoch-001" / checkpoint.WEIGHTS).unlink()
    with pytest.raises(CheckpointError):
        look("run:going")
    (folder / "pointers.json").unlink()
    with pytest.raises(UnknownNameError):
        look("run:going")


def test_a_pass_that_is_not_kept_any_more_has_no_name() -> None:
    token = look(sample="horse").token
    passes._look.clear()
    gc.collect()
    with pytest.raises(UnknownNameError):
        passes.by_token(token)
    assert get(f"/api/inside/{token}/strip/all").status == 404


def test_a_pass_does_not_keep_its_network_in_memory(run: Callable[[int], None]) -> None:
    run(1)
    found = look("run:going")
    weights = unpacked(wire.kernels(found, "conv2"))
    caches._model.clear()
    gc.collect()
    assert found._model() is None
    again = unpacked(wire.kernels(found, "conv2"))
    assert again[0] == weights[0]
    assert np.array_equal(again[1], weights[1])
    run(2)
    caches._model.clear()
    gc.collect()
    with pytest.raises(CheckpointError, match="other weights"):
        wire.kernels(found, "conv2")


def test_the_page_follows_a_run_that_moves_on(run: Callable[[int], None]) -> None:
    run(1)
    page = first_page("layers", model="run:going", layer="conv3", unit="2")

    def token() -> str:
        grids = [e for e in checked(page.run()).get("bidi_component") if e.key == "layer-grid"]
        return str(json.loads(grids[0].proto.json)["token"])

    first = token()
    assert token() == first
    run(2)
    assert token() == look("run:going").token != first
    assert not page.warning


def test_visitors_side_by_side_see_their_own_maps() -> None:
    """Two models, two pictures, ablations at the same time; every pass is as if alone."""
    wanted = [(model, sample) for model in MODELS for sample in ("cat", "coffee")]
    alone = {
        pair: capture(library.load(pair[0]), caches.decoded(caches.sample(pair[1])))
        for pair in wanted
    }
    passes._look.clear()
    start = threading.Barrier(len(wanted))

    def visit(pair: tuple[str, str]) -> None:
        start.wait()
        for turn in range(3):
            found = look(*pair)
            change = Ablation(layer="conv2", units=(turn,), factor=3.0)
            ablation.answer(found.model, found.captured.pixels, [change])
            assert found.source.sha256 == caches.sample(pair[1]).sha256
            for name, values in alone[pair].outputs.items():
                np.testing.assert_allclose(found.captured.outputs[name], values, atol=1e-5)

    with ThreadPoolExecutor(len(wanted)) as threads:
        list(threads.map(visit, wanted))
    network = caches.model(MODELS[0]).network
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize("layer", ["conv1", "relu3", "pool5", "fc6", "fc8"])
def test_maps_come_as_they_are_to_a_255th_of_their_span(layer: str) -> None:
    found = look()
    values = found.captured.outputs[layer].reshape(len(found.captured.outputs[layer]), -1)
    head, levels = unpacked(wire.maps(found, layer))
    lowest, highest = (np.array(head[name])[:, None] for name in ("lowest", "highest"))
    span = highest - lowest
    shown = lowest + levels.reshape(len(values), -1) / 255 * span
    assert (np.abs(shown - values) <= span / 255 + 1e-3 * np.abs(values).max()).all()
    assert head["layer_limit"] == pytest.approx(np.abs(values).max(), rel=1e-4)
    assert head["global_limit"] >= head["layer_limit"]
    if layer.startswith("relu"):
        assert ((shown == 0) == (values == 0)).mean() > 0.99
        assert head["sparsity"] == pytest.approx((values == 0).mean(axis=1).tolist(), abs=1e-4)


def test_every_position_has_its_place_on_the_photo() -> None:
    found = look()
    head, _ = unpacked(wire.maps(found, "conv3"))
    _, rows, columns = head["shape"]
    assert (len(head["rows"]), len(head["columns"])) == (rows, columns)
    tops = [top for top, _ in head["rows"]]
    assert tops == sorted(tops)
    # The cat is wider than high: its middle is cut out, in full height.
    assert (head["rows"][0][0], head["rows"][-1][1]) == (0, 1)
    assert head["columns"][0][0] > 0.1
    assert head["columns"][-1][1] < 0.9


def test_filters_of_a_first_layer_are_colours_and_of_others_their_largest_slice() -> None:
    found = look()
    head, levels = unpacked(wire.kernels(found, "conv1"))
    weights = filters.kernels(found.model.network, "conv1")
    assert head["rgb"]
    assert levels.size == weights.size
    assert head["strength"] == pytest.approx(filters.norms(weights).tolist(), rel=1e-3)
    head, levels = unpacked(wire.kernels(found, "conv4"))
    weights = filters.kernels(found.model.network, "conv4")
    assert levels.size == weights[:, 0].size
    for unit in (0, 9):
        norms = (weights[unit] ** 2).sum(axis=(1, 2))
        assert head["slices"][unit] == norms.argmax()
        assert head["highest"][unit] == pytest.approx(weights[unit, norms.argmax()].max(), rel=1e-3)


def test_a_value_answers_to_the_pixels_of_its_field_alone() -> None:
    found = look()
    path = f"/api/inside/{found.token}/effective/conv2?unit=3&row=10&column=20"
    head, levels = unpacked(get(path).body)
    side = found.model.transform.input_size
    assert head["shape"] == [1, side, side]
    box = receptive_field.field(found.model.config, "conv2", 10, 20)
    outside = levels.reshape(side, side).copy()
    assert outside.max() == 255
    outside[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] = 0
    assert not outside.any()
    for wrong in ("unit=64", "unit=x", "unit=3&row=99", "unit=-1"):
        path = f"/api/inside/{found.token}/effective/conv2?{wrong}"
        assert get(path).status == 400


def test_maps_that_are_no_numbers_are_said_to_be() -> None:
    levels, lowest, highest = wire.quantised(
        np.array([[[1.0, np.nan]], [[np.inf, 0.0]], [[2.0, 4.0]]], np.float32)
    )
    assert lowest == [None, None, 2.0]
    assert highest == [None, None, 4.0]
    assert levels[2].tolist() == [0, 255]
    assert passes.strongest(np.array([[[np.nan]], [[-3.0]], [[2.0]]], np.float32)) == 1


def test_the_routes_give_what_the_page_draws_and_say_no_in_a_sentence() -> None:
    found = look()
    packed = get(f"/api/inside/{found.token}/maps/conv2", accept_encoding="gzip")
    plain = get(f"/api/inside/{found.token}/maps/conv2")
    assert packed.headers["content-encoding"] == "gzip"
    assert "immutable" in packed.headers["cache-control"]
    assert gzip.decompress(packed.body) == plain.body == wire.maps(found, "conv2")
    assert len(packed.body) < 100_000
    head, levels = unpacked(get(f"/api/inside/{found.token}/strip/all").body)
    assert [layer["name"] for layer in head["layers"]] == list(found.captured.outputs)
    assert levels.size == sum(layer["size"][0] * layer["size"][1] for layer in head["layers"])
    photo = get(f"/api/inside/{found.token}/photo/original")
    assert photo.headers["content-type"] == "image/jpeg"
    for path, status in (
        ("maps/conv9", 404),
        ("filters/relu1", 400),
        ("nothing/conv1", 404),
    ):
        refused = get(f"/api/inside/{found.token}/{path}")
        assert refused.status == status
        assert refused.json["error"]
    stranger = get(f"/api/inside/{found.token}/maps/conv2", sec_fetch_site="cross-site")
    assert stranger.status == 403


def test_a_network_whose_numbers_overflow_can_be_looked_into(
    run: Callable[[int], None], home: Path
) -> None:
    run(1)
    place = home / "runs" / "going" / "checkpoints" / "epoch-001"
    card, weights = checkpoint.load(place)
    weights["conv3.weight"] = torch.full_like(weights["conv3.weight"], 3e38)
    checkpoint.save(place.with_name("epoch-002"), weights, card)
    found = look("run:going@2")
    assert "conv3" in found.captured.warning
    head, _ = unpacked(wire.strip(found))
    ends = {layer["name"]: layer["lowest"] for layer in head["layers"]}
    assert ends["conv2"] is not None
    assert ends["conv3"] is None
    wire.kernels(found, "conv3")
    assert found.limit > 0


def test_pictures_that_the_network_does_not_take_are_one_sentence(home: Path) -> None:
    with pytest.raises(LabError):
        look("random:nothing")
