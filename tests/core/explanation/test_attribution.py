from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_core.data.images import Picture
from alexnet_core.errors import CancelledError, CheckpointError, ConfigError, LabError
from alexnet_core.evaluation.classify import classify
from alexnet_core.explanation import attribution, scalar_target
from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.gradients import NoOptions, SaliencyOptions
from alexnet_core.explanation.methods.integrated_gradients import IntegratedOptions
from alexnet_core.explanation.methods.registry import METHODS
from alexnet_core.explanation.target import Target
from alexnet_core.inspection.ablation import Ablation, ablated
from alexnet_core.inspection.capture import capture
from alexnet_core.models.library import LoadedModel
from tests.core.explanation.small import images, photo, small

SLOW = [name for name, row in METHODS.items() if row.cost != "gradient"]


def state(model: LoadedModel) -> dict[str, object]:
    """All that a method could leave behind."""
    return {
        "weights": {name: value.clone() for name, value in model.network.state_dict().items()},
        "versions": [value._version for value in model.network.state_dict().values()],
        "gradients": [value.requires_grad for value in model.network.parameters()],
        "layers": [
            (name, type(layer), sorted(vars(layer)), len(layer._forward_hooks))
            for name, layer in model.network.named_modules()
        ],
        "training": [layer.training for layer in model.network.modules()],
    }


def assert_untouched(model: LoadedModel, before: dict[str, object]) -> None:
    after = state(model)
    old, new = before.pop("weights"), after.pop("weights")
    assert all(torch.equal(new[name], value) for name, value in old.items())
    assert after == before
    assert not model.lock.locked()


@pytest.mark.parametrize("name", METHODS)
def test_no_trace_is_left_whatever_happens(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = small("alexnet-2012")
    before = state(model)
    explain(model, photo(model), name)
    assert_untouched(model, before)

    before, passes = state(model), [0]
    forward = scalar_target.ScalarTarget.forward

    def breaking(self: scalar_target.ScalarTarget, values: torch.Tensor) -> torch.Tensor:
        passes[0] += 1
        found = forward(self, values)
        # Hooks are set by then.
        raise OSError("the lights went out")
        return found

    monkeypatch.setattr(scalar_target.ScalarTarget, "forward", breaking)
    if name not in ("saliency", "input-x-gradient"):
        with pytest.raises(OSError, match="the lights went out"):
            explain(model, photo(model), name)
        assert passes == [1]
    with pytest.raises(ConfigError):
        explain(model, photo(model), name, target=Target(index=99))
    assert_untouched(model, before)


@pytest.mark.parametrize("name", SLOW)
def test_progress_grows_to_the_end_and_cancel_ends_it(name: str) -> None:
    model = small("alexnet-cifar")
    before = state(model)
    seen: list[tuple[int, int]] = []
    found = explain(model, photo(model), name, progress=lambda *at: seen.append(at))
    assert len(seen) >= 2
    assert seen == sorted(seen)
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1] == seen[0][1] > 1
    again = explain(model, photo(model), name)
    assert np.array_equal(found.values, again.values)

    asked = []

    def enough() -> bool:
        asked.append(True)
        return len(asked) > 2

    # More than go through at once.
    many = {"samples": 50} if name in ("smoothgrad", "vargrad") else {}
    options = METHODS[name].options(**many)
    with pytest.raises(CancelledError, match="The explanation was cancelled"):
        explain(model, photo(model), name, options=options, cancelled=enough)
    assert len(asked) == 3
    assert_untouched(model, before)


def test_progress_counts_the_pictures_that_have_gone_through() -> None:
    model = small("alexnet-cifar")
    seen: list[tuple[int, int]] = []
    explain(model, photo(model), "integrated-gradients", progress=lambda *at: seen.append(at))
    # Fifty steps in two equal pieces; a piece counts once the next pass starts, and the last of
    # all is that of the baseline.
    assert seen == [(done, 50) for done in (0, 0, 25, 50, 50)]


def test_cancelled_at_once_it_computes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small("alexnet-cifar")
    monkeypatch.setattr(type(model.network), "forward", None)
    with pytest.raises(CancelledError):
        explain(model, photo(model), "saliency", cancelled=lambda: True)


def test_two_visitors_on_one_model_get_what_each_gets_alone() -> None:
    model = small("alexnet-cifar")
    names = ["lrp", "guided-backprop", "smoothgrad", "deep-lift", "lime", "gradient-shap"]
    alone = {name: explain(model, photo(model), name).values for name in names}
    found: dict[tuple[int, str], np.ndarray] = {}
    start = threading.Barrier(2)

    def visit(visitor: int, order: list[str]) -> None:
        start.wait()
        for name in order:
            found[visitor, name] = explain(model, photo(model), name).values

    threads = [
        threading.Thread(target=visit, args=(0, names * 2)),
        threading.Thread(target=visit, args=(1, (names * 2)[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 * len(names)
    for (_, name), values in found.items():
        assert np.array_equal(values, alone[name]), name


def test_a_model_that_is_busy_is_waited_for_only_to_copy_it() -> None:
    """While a method works the lock is free: a pass of the shared network needs no waiting."""
    model = small("alexnet-cifar")
    free = []

    def enough() -> bool:
        free.append(not model.lock.locked())
        return False

    explain(model, photo(model), "occlusion", cancelled=enough)
    assert len(free) > 3
    assert all(free)


def test_out_of_memory_is_tried_again_in_smaller_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small("alexnet-2012")
    forward, largest = scalar_target.ScalarTarget.forward, []

    def tight(self: scalar_target.ScalarTarget, values: torch.Tensor) -> torch.Tensor:
        largest.append(len(values))
        if len(values) > 5:
            raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate")
        return forward(self, values)

    whole = {name: explain(model, photo(model), name).values for name in SLOW}
    monkeypatch.setattr(scalar_target.ScalarTarget, "forward", tight)
    for name in SLOW:
        largest.clear()
        found = explain(model, photo(model), name)
        assert max(largest) > 5 >= largest[-1], name
        assert np.allclose(found.values, whole[name], atol=1e-4 * np.abs(whole[name]).max()), name

    def full(self: scalar_target.ScalarTarget, values: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(scalar_target.ScalarTarget, "forward", full)
    with pytest.raises(LabError, match="not enough memory for Occlusion on alexnet-2012"):
        explain(model, photo(model), "occlusion")


def test_another_error_is_not_taken_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small("alexnet-cifar")
    calls = []

    def broken(*_: object) -> torch.Tensor:
        calls.append(1)
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(scalar_target.ScalarTarget, "forward", broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        explain(model, photo(model), "occlusion")
    assert len(calls) == 1


def test_the_answer_that_is_explained_is_the_network_s() -> None:
    model = small("alexnet-2012")
    pixels = photo(model)
    best = classify(model, pixels, top=1).predictions[0]
    found = explain(model, pixels, "saliency")
    assert (found.target.index, found.target.label) == (best.index, best.label)
    assert found.logit == pytest.approx(best.logit, abs=1e-5)
    assert found.probability == pytest.approx(best.probability, abs=1e-6)
    assert found.seconds > 0
    assert np.array_equal(found.pixels, pixels)
    assert np.allclose(found.heat, found.values.sum(0))
    for array in (found.values, found.pixels):
        assert not array.flags.writeable


def test_a_photo_pixels_and_numbers_are_the_same_question() -> None:
    model = small("alexnet-cifar")
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (45, 60, 3), np.uint8))
    picture = Picture(image, "0", "PNG", "photo.png", (60, 45), ())
    pixels = model.transform.pixels(image)
    numbers = images(model, pixels)[0].numpy()
    one, two, three = (explain(model, given, "saliency") for given in (picture, pixels, numbers))
    assert np.array_equal(one.values, two.values)
    assert np.array_equal(one.values, three.values)
    assert np.array_equal(one.pixels, three.pixels)


def test_from_within_inference_mode() -> None:
    model = small("alexnet-cifar")
    expected = explain(model, photo(model), "deep-lift").values
    with torch.inference_mode():
        found = explain(model, photo(model), "deep-lift").values
        assert torch.is_inference_mode_enabled()
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("name", METHODS)
def test_a_constant_picture_is_no_trouble(name: str) -> None:
    model = small("alexnet-cifar")
    for level in (0, 128):
        found = explain(model, np.full_like(photo(model), level), name)
        assert np.isfinite(found.values).all()


def test_a_lesioned_network_is_explained_as_it_answers() -> None:
    model = small("alexnet-cifar")
    hurt = ablated(model, [Ablation(layer="relu2", units=(1, 2, 3))])
    before = state(model)
    found = explain(hurt, photo(model), "integrated-gradients", target=Target(index=2))
    assert found.logit == pytest.approx(float(capture(hurt, photo(model)).logits[2]), abs=1e-5)
    assert found.logit != pytest.approx(float(capture(model, photo(model)).logits[2]), abs=1e-3)
    assert_untouched(model, before)


def test_what_does_not_fit_is_refused() -> None:
    model = small("alexnet-cifar")
    pixels = photo(model)
    with pytest.raises(ConfigError, match=r"baseline is 'uint8 \(16, 32, 3\)'; allowed: uint8"):
        explain(model, pixels, "integrated-gradients", baseline=pixels[:16])
    with pytest.raises(ConfigError, match="baseline is 'float64"):
        explain(model, pixels, "integrated-gradients", baseline=pixels / 255)
    with pytest.raises(ConfigError, match="pixels is"):
        explain(model, pixels[:16], "saliency")
    with pytest.raises(ConfigError, match=r"picture is \(3, 16, 32\); allowed: \(3, 32, 32\)"):
        explain(model, np.zeros((3, 16, 32), np.float32), "saliency")
    with pytest.raises(ConfigError, match="options is 'NoOptions'; allowed: those of Saliency"):
        explain(model, pixels, "saliency", options=NoOptions())
    with pytest.raises(ConfigError, match="steps is 1001"):
        IntegratedOptions(steps=1001)
    with pytest.raises(ConfigError, match="baseline is 'white'"):
        IntegratedOptions(baseline="white")
    with pytest.raises(ConfigError, match="signed"):
        SaliencyOptions(signed="perhaps")


def test_a_broken_network_is_one_sentence() -> None:
    model = small("alexnet-cifar")
    with torch.no_grad():
        model.network.get_submodule("conv2").bias.fill_(float("nan"))
    broken = dataclasses.replace(model, reference="run:broken")
    with pytest.raises(CheckpointError, match="run:broken gives NaN or infinity for this picture"):
        explain(broken, photo(model), "saliency")


def test_numbers_that_break_on_the_way_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small("alexnet-cifar")
    bad = attribution.Result(values=torch.full((3, 32, 32), float("inf")))
    row = dataclasses.replace(METHODS["lrp"], run=lambda *_: bad)
    monkeypatch.setattr(attribution.registry, "get", lambda _: row)
    with pytest.raises(LabError, match="Layer-wise relevance gives NaN or infinity here"):
        explain(model, photo(model), "lrp")
