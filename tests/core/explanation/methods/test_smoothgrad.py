from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from alexnet_core.explanation.attribution import explain
from alexnet_core.explanation.methods.gradients import SaliencyOptions
from alexnet_core.explanation.methods.smoothgrad import SmoothGradOptions, VarGradOptions
from alexnet_core.explanation.methods.subject import Seeded
from alexnet_core.explanation.target import Target
from tests.core.explanation.small import images, photo, small

OF = VarGradOptions.model_fields["of"].annotation.__args__


@pytest.mark.parametrize("of", OF)
def test_any_gradient_method_can_be_smoothed(of: str) -> None:
    model = small("alexnet-cifar")
    options = SmoothGradOptions(of=of, samples=3)
    smooth = explain(model, photo(model), "smoothgrad", options=options)
    vary = explain(model, photo(model), "vargrad", options=VarGradOptions(of=of, samples=3))
    shape = (32, 32) if of == "grad-cam" else (3, 32, 32)
    assert smooth.values.shape == vary.values.shape == shape
    assert smooth.values.any()
    assert (vary.values > -1e-5).all()
    assert vary.values.max() > 0


def test_smoothing_is_the_mean_and_variance_over_noisy_pictures() -> None:
    model = small("alexnet-owt")
    pixels = photo(model)
    x = images(model, pixels)
    spread = 0.3 * float(x.max() - x.min())
    random = torch.Generator().manual_seed(7)
    side = model.config.input_size
    noise = torch.normal(0.0, torch.full((6, 3, side, side), spread), generator=random)
    slopes = []
    for noisy in x + noise:
        options = SaliencyOptions(signed=True)
        found = explain(model, noisy.numpy(), "saliency", target=Target(index=1), options=options)
        slopes.append(found.values)
    given = {"samples": 6, "noise": 0.3, "seed": 7}
    target = Target(index=1)

    def values(method: str, options: VarGradOptions) -> np.ndarray:
        return explain(model, pixels, method, target=target, options=options).values

    mean, square = np.mean(slopes, axis=0), np.mean(np.square(slopes), axis=0)
    assert np.allclose(values("smoothgrad", SmoothGradOptions(**given)), mean, atol=1e-5)
    squared = values("smoothgrad", SmoothGradOptions(**given, squared=True))
    assert np.allclose(squared, square, atol=1e-6)
    assert np.allclose(values("vargrad", VarGradOptions(**given)), square - mean**2, atol=1e-6)


def test_seeded_draws_are_those_of_the_seed_and_touch_nothing() -> None:
    def draw() -> list[torch.Tensor]:
        chances = torch.full((50,), 0.5)
        return [
            torch.normal(0, torch.ones(50)),
            torch.bernoulli(chances),
            torch.randn(1, 50),
            torch.multinomial(chances, 5),
        ]

    before = torch.get_rng_state()
    with Seeded(3):
        found = draw()
    assert torch.equal(torch.get_rng_state(), before)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        expected = draw()
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_another_thread_draws_as_it_would_anyway() -> None:
    drawn = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        expected = torch.randn(5)
        torch.manual_seed(11)
        with Seeded(3):
            other = threading.Thread(target=lambda: drawn.append(torch.randn(5)))
            other.start()
            other.join()
    assert torch.equal(drawn[0], expected)


def test_a_picture_of_one_colour_has_no_noise() -> None:
    model = small("alexnet-cifar")
    flat = np.full_like(photo(model), 90)
    # Of one colour in the network's numbers too, which differ where the means do.
    grey = np.full((3, 32, 32), 0.25, dtype=np.float32)
    plain = explain(model, grey, "saliency", options=SaliencyOptions(signed=True)).values
    smooth = explain(model, grey, "smoothgrad").values
    assert np.allclose(smooth, plain, atol=1e-6)
    assert explain(model, flat, "smoothgrad").values.any()
