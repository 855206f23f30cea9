from __future__ import annotations

from pathlib import Path

import pytest
import torch

from alexnet_core.data import datasets
from alexnet_core.data.transforms import Transform, imagenet
from alexnet_core.errors import ConfigError
from alexnet_core.evaluation.evaluate import evaluate
from alexnet_core.evaluation.views import TenViews, ten_views, widened
from alexnet_core.models import library

DRAWN = "shapes:size=32,train=40,test=20"


def test_corners_and_centre_come_first_and_then_their_mirror_images() -> None:
    images = torch.arange(2 * 3 * 6 * 7.0).view(2, 3, 6, 7)
    views = ten_views(images, 4).view(10, 2, 3, 4, 4)
    assert torch.equal(views[0], images[:, :, :4, :4])
    assert torch.equal(views[1], images[:, :, :4, 3:])
    assert torch.equal(views[2], images[:, :, 2:, :4])
    assert torch.equal(views[3], images[:, :, 2:, 3:])
    assert torch.equal(views[4], images[:, :, 1:5, 1:5])
    assert torch.equal(views[5:], views[:5].flip(4))


def test_the_answer_is_the_mean_of_ten_probabilities() -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 8 * 8, 5))
    images = torch.randn(4, 3, 10, 10)
    with torch.inference_mode():
        found = TenViews(network, 8)(images)
        each = torch.stack([network(view) for view in ten_views(images, 8).chunk(10)])
    assert torch.allclose(found.exp(), each.softmax(2).mean(0), atol=1e-6)
    assert torch.allclose(found.exp().sum(1), torch.ones(4))


@pytest.mark.parametrize(
    ("transform", "side"),
    [
        (imagenet(), 256),
        (Transform(input_size=224), 256),
        (Transform(input_size=64, resize=64), 73),
        (Transform(input_size=32, resize=36), 36),
        (Transform(input_size=64, framing="squash"), 73),
        (Transform(input_size=64, framing="pad"), 73),
    ],
)
def test_room_for_views_is_what_the_crop_leaves_or_that_of_2012(
    transform: Transform, side: int
) -> None:
    wide = widened(transform)
    assert wide.input_size == side
    assert (wide.framing, wide.mean) == (transform.framing, transform.mean)


def test_ten_views_of_a_split_are_those_of_each_picture(home: Path) -> None:
    model = library.load("random:alexnet-cifar")
    shapes = datasets.open(DRAWN)
    model.__dict__["categories"] = tuple(shapes.card.classes)
    found = evaluate(model, DRAWN, "test", views=10)

    wide = widened(model.transform)
    right, loss = 0, 0.0
    for number, label in enumerate(shapes.labels("test").tolist()):
        image = wide(shapes.picture("test", number).image)[None]
        with torch.inference_mode():
            shares = model.network(ten_views(image, 32)).softmax(1).mean(0)
        right += int(shares.argmax() == label)
        loss -= shares[label].log().item()
    assert found.n == 20
    assert found.top1 == pytest.approx(right / 20)
    assert found.loss == pytest.approx(loss / 20, rel=1e-4)
    assert found.loss != evaluate(model, DRAWN, "test").loss
    assert not model.network.training


def test_other_numbers_of_views_are_refused() -> None:
    with pytest.raises(ConfigError, match="views is 5; allowed: 1 or 10"):
        evaluate(library.load("random:alexnet-cifar"), DRAWN, "test", views=5)
